/* Numbers of many tensors: computed by workers, a few dozen at a time, written in order. */
#include "export/export_view.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <mtui/pool.h>

#include "export/progress.h"

#define BATCH_TENSORS	    64
#define BATCH_POOL_ELEMENTS 1000000  /* fewer are read before a thread has started */
#define BATCH_LOOK	    50000000 /* ns between looks at the workers */

struct batch {
	struct export_run *run;
	export_compute *compute;
	struct pool *pool;     /* NULL: everything on this thread */
	pthread_mutex_t mutex; /* of what follows up to the empty line */
	pthread_cond_t finished;
	size_t left;   /* slots that are not finished */
	uint64_t done; /* elements of tensors that are */
	uint64_t seen; /* with those of the tensor read last */
	uint32_t last; /* that tensor */
	bool stopped;

	struct progress progress; /* of the thread that exports */
	uint64_t total;
	size_t n_slots;
	struct slot {
		struct batch *batch;
		struct export_result result;
	} slots[BATCH_TENSORS];
};

static const struct tensor *slot_tensor(const struct slot *slot)
{
	return slot->batch->run->model->tensors + slot->result.tensor;
}

/* On the thread that exports: tells how far the work is, and whether it goes on. */
static void batch_look(struct batch *batch)
{
	char buffer[64];

	pthread_mutex_lock(&batch->mutex);
	uint64_t seen = batch->seen;
	uint32_t last = batch->last;
	pthread_mutex_unlock(&batch->mutex);
	if (!progress_update(&batch->progress, seen, batch->total,
			     model_tensor_label(batch->run->model, last, buffer)))
		return;
	pthread_mutex_lock(&batch->mutex);
	batch->stopped = true;
	pthread_mutex_unlock(&batch->mutex);
}

static bool slot_progress(void *context, uint64_t done, uint64_t total)
{
	struct slot *slot = context;
	struct batch *batch = slot->batch;
	double share = total ? (double)done / (double)total : 0;

	if (!batch->pool)
		batch_look(batch);
	pthread_mutex_lock(&batch->mutex);
	batch->seen = batch->done + (uint64_t)(share * (double)slot_tensor(slot)->present);
	batch->last = slot->result.tensor;
	bool stopped = batch->stopped;
	pthread_mutex_unlock(&batch->mutex);
	return stopped;
}

static void slot_run(void *context)
{
	struct slot *slot = context;
	struct batch *batch = slot->batch;
	const struct analysis_watch watch = { slot_progress, slot, batch->pool };

	slot->result.good = batch->compute(batch->run, &watch, &slot->result);
	pthread_mutex_lock(&batch->mutex);
	batch->done += slot_tensor(slot)->present;
	batch->seen = batch->done;
	batch->last = slot->result.tensor;
	batch->left--;
	pthread_cond_signal(&batch->finished);
	pthread_mutex_unlock(&batch->mutex);
}

static void batch_wait(struct batch *batch)
{
	pthread_mutex_lock(&batch->mutex);
	while (batch->left > 0) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += BATCH_LOOK;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&batch->finished, &batch->mutex, &until);
		pthread_mutex_unlock(&batch->mutex);
		batch_look(batch);
		pthread_mutex_lock(&batch->mutex);
	}
	pthread_mutex_unlock(&batch->mutex);
}

static uint64_t elements_of(const struct export_run *run)
{
	uint64_t sum = 0;
	size_t at = 0;

	for (uint32_t t; (t = export_next_tensor(run, &at)) != NO_INDEX;)
		sum += run->model->tensors[t].present;
	return sum;
}

/* Fills the slots with the next tensors and computes them. */
static void batch_run(struct batch *batch, size_t *at)
{
	batch->n_slots = 0;
	while (batch->n_slots < BATCH_TENSORS) {
		struct slot *slot = batch->slots + batch->n_slots;
		uint32_t tensor = export_next_tensor(batch->run, at);

		if (tensor == NO_INDEX)
			break;
		batch->n_slots++;
		pthread_mutex_lock(&batch->mutex);
		batch->left++;
		pthread_mutex_unlock(&batch->mutex);
		slot->batch = batch;
		slot->result.tensor = tensor;
		slot->result.good = false;
		slot->result.error = (struct error){ .code = ERROR_NONE, .offset = -1 };
		if (!batch->pool || !pool_add(batch->pool, 0, slot_run, slot))
			slot_run(slot);
	}
	batch_wait(batch);
}

bool export_batches(struct export_run *run, export_compute *compute, export_each *each,
		    struct error *err)
{
	struct batch *batch = malloc(sizeof *batch);
	size_t at = 0;

	if (!batch)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	batch->run = run;
	batch->compute = compute;
	batch->done = batch->seen = 0;
	batch->left = 0;
	batch->last = 0;
	batch->stopped = false;
	batch->total = elements_of(run);
	batch->pool = NULL;
	if (run->subject->threads != 1 && batch->total >= BATCH_POOL_ELEMENTS)
		batch->pool = pool_new(run->subject->threads);
	pthread_mutex_init(&batch->mutex, NULL);
	pthread_cond_init(&batch->finished, NULL);
	progress_begin(&batch->progress, run->subject->progress, run->output);
	do {
		batch_run(batch, &at);
		for (size_t i = 0; i < batch->n_slots; i++)
			each(run, &batch->slots[i].result);
	} while (batch->n_slots == BATCH_TENSORS && !(run->output && output_failed(run->output)));
	progress_end(&batch->progress);
	pool_free(batch->pool);
	pthread_cond_destroy(&batch->finished);
	pthread_mutex_destroy(&batch->mutex);
	free(batch);
	return true;
}

bool export_statistics(const struct export_run *run, const struct analysis_watch *watch,
		       struct export_result *result)
{
	const struct tensor *tensor = run->model->tensors + result->tensor;

	const struct export_stats *asked = run->subject->stats;

	if (!scope_has_numbers(tensor))
		return false;
	return statistics_compute(run->model, tensor, watch, &result->statistics, &result->error) &&
	       (!asked || asked->n_percents == 0 ||
		group_quantiles(run->model, &result->tensor, 1, asked->percents, asked->n_percents,
				watch, result->more, &result->error));
}
