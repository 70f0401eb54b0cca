/*
 * Stripes are claimed in order, by whoever is free. A stripe's moments wait in a ring until those
 * before it are merged; who claims a stripe that would not fit the ring waits, which happens only
 * when one thread is held up for long. Helpers that have not begun when the caller has no stripe
 * left to claim are taken back, so nobody waits for a busy pool.
 */
#include "core/analysis/stripes.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RING 64
/* Fewer bytes are read before a thread has woken up. */
#define HELP_BYTES ((uint64_t)4 << 20)

struct crew {
	struct tensor_walk *walk;
	walk_step *step;
	stripe_work *whole; /* or NULL: the step takes every block */
	stripe_end *end;
	struct moments *total;
	atomic_uint_fast64_t walked; /* elements, for the watch */
	atomic_bool stop;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t moved; /* merged grew, or a helper left */
	uint64_t n_stripes, claimed, merged;
	size_t helpers; /* that may still run */
	struct moments ring[RING];
	bool ready[RING];
	struct error error; /* of the stripe that failed first in order */
	uint64_t failed;
};

struct worker {
	struct crew *crew;
	void *context;
	bool leads;
	uint64_t counted; /* of walk.done, already in crew->walked */
	struct analysis_watch watch;
	struct tensor_walk walk;
};

static uint64_t bytes_of(const struct tensor_walk *walk)
{
	return walk->tensor->present / 8 * dtype_traits[walk->tensor->dtype].bits;
}

size_t stripes_workers(const struct tensor_walk *walk)
{
	uint64_t stripes = (walk->tensor->present - 1) / STRIPE + 1;
	size_t most = STRIPES_WORKERS;

	if (!walk->watch || !walk->watch->pool || bytes_of(walk) <= HELP_BYTES ||
	    !tensor_walk_has_stretches(walk))
		return 1;
	if (most > pool_threads(walk->watch->pool))
		most = pool_threads(walk->watch->pool);
	return stripes < most ? (size_t)stripes : most;
}

/* The watch of every worker's own walk; only the leader asks the caller's. */
static bool ask(void *context, uint64_t done, uint64_t total)
{
	struct worker *worker = context;
	struct crew *crew = worker->crew;
	const struct tensor_walk *outer = crew->walk;
	uint64_t walked;

	(void)total;
	walked = atomic_fetch_add(&crew->walked, done - worker->counted) + done - worker->counted;
	worker->counted = done;
	if (worker->leads && outer->watch && outer->watch->progress &&
	    outer->watch->progress(outer->watch->context, outer->done + walked, outer->total))
		atomic_store(&crew->stop, true);
	return atomic_load(&crew->stop);
}

/* False when there is none left. */
static bool claim(struct crew *crew, uint64_t *stripe)
{
	bool found;

	pthread_mutex_lock(&crew->lock);
	while (!atomic_load(&crew->stop) && crew->claimed < crew->n_stripes &&
	       crew->claimed >= crew->merged + RING)
		pthread_cond_wait(&crew->moved, &crew->lock);
	found = !atomic_load(&crew->stop) && crew->claimed < crew->n_stripes;
	*stripe = crew->claimed;
	crew->claimed += found;
	pthread_mutex_unlock(&crew->lock);
	return found;
}

static void merge_ready(struct crew *crew)
{
	while (crew->ready[crew->merged % RING]) {
		if (crew->total)
			moments_merge(crew->total, &crew->ring[crew->merged % RING]);
		crew->ready[crew->merged % RING] = false;
		crew->merged++;
	}
}

static void hand_over(struct worker *worker, uint64_t stripe)
{
	struct crew *crew = worker->crew;
	struct moments moments = { 0 };

	if (crew->end)
		crew->end(worker->context, &moments);
	pthread_mutex_lock(&crew->lock);
	crew->ring[stripe % RING] = moments;
	crew->ready[stripe % RING] = true;
	merge_ready(crew);
	pthread_cond_broadcast(&crew->moved);
	pthread_mutex_unlock(&crew->lock);
}

static void give_up(struct crew *crew, uint64_t stripe, const struct error *error)
{
	pthread_mutex_lock(&crew->lock);
	/* That others were stopped is not the reason. */
	if (stripe < crew->failed || crew->error.code == ERROR_CANCELLED) {
		if (crew->error.code == ERROR_NONE || error->code != ERROR_CANCELLED) {
			crew->error = *error;
			crew->failed = stripe;
		}
	}
	atomic_store(&crew->stop, true);
	pthread_cond_broadcast(&crew->moved);
	pthread_mutex_unlock(&crew->lock);
}

static bool walk_stripe(struct worker *worker, uint64_t stripe, struct error *err)
{
	struct crew *crew = worker->crew;
	uint64_t first = stripe * STRIPE, left = crew->walk->tensor->present - first;
	uint64_t n = left < STRIPE ? left : STRIPE;

	if (crew->whole)
		return crew->whole(&worker->walk, first, n, worker->context, err);
	return tensor_walk_stretch(&worker->walk, first, n, crew->step, worker->context, err);
}

static void work(struct worker *worker)
{
	struct crew *crew = worker->crew;
	uint64_t stripe;

	while (claim(crew, &stripe)) {
		struct error error = { .code = ERROR_NONE };

		if (!walk_stripe(worker, stripe, &error)) {
			give_up(crew, stripe, &error);
			return;
		}
		hand_over(worker, stripe);
	}
}

static void help(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;

	work(worker);
	pthread_mutex_lock(&crew->lock);
	crew->helpers--;
	pthread_cond_broadcast(&crew->moved);
	pthread_mutex_unlock(&crew->lock);
}

static void call_helpers(struct crew *crew, struct worker *workers, size_t n)
{
	struct pool *pool = crew->walk->watch->pool;

	for (size_t w = 1; w < n; w++) {
		pthread_mutex_lock(&crew->lock);
		crew->helpers++;
		pthread_mutex_unlock(&crew->lock);
		if (!pool_add(pool, INT_MAX, help, &workers[w])) {
			pthread_mutex_lock(&crew->lock);
			crew->helpers--;
			pthread_mutex_unlock(&crew->lock);
		}
	}
}

static void dismiss_helpers(struct crew *crew, struct worker *workers, size_t n)
{
	struct pool *pool = crew->walk->watch->pool;
	size_t idle = 0;

	for (size_t w = 1; w < n; w++)
		idle += pool_remove(pool, help, &workers[w]);
	pthread_mutex_lock(&crew->lock);
	crew->helpers -= idle;
	while (crew->helpers > 0)
		pthread_cond_wait(&crew->moved, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

static void start_workers(struct crew *crew, struct worker *workers, void *const *contexts,
			  size_t n)
{
	for (size_t w = 0; w < n; w++) {
		struct worker *worker = &workers[w];

		worker->crew = crew;
		worker->context = contexts[w];
		worker->leads = w == 0;
		worker->counted = 0;
		/* One by one: of a whole struct gcc 12 loses the context here. */
		worker->watch.progress = ask;
		worker->watch.context = worker;
		worker->walk.model = crew->walk->model;
		worker->walk.tensor = crew->walk->tensor;
		worker->walk.watch = &worker->watch;
		worker->walk.done = 0;
		worker->walk.total = 0;
	}
}

static bool pass_by_crew(struct crew *crew, struct worker *workers, void *const *contexts, size_t n,
			 struct error *err)
{
	uint64_t present = crew->walk->tensor->present;

	crew->n_stripes = (present - 1) / STRIPE + 1;
	crew->failed = UINT64_MAX;
	start_workers(crew, workers, contexts, n);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->moved, NULL);
	if (n > 1)
		call_helpers(crew, workers, n);
	work(&workers[0]);
	if (n > 1)
		dismiss_helpers(crew, workers, n);
	pthread_cond_destroy(&crew->moved);
	pthread_mutex_destroy(&crew->lock);
	crew->walk->done += present;
	if (crew->error.code == ERROR_NONE)
		return true;
	if (err)
		*err = crew->error;
	return false;
}

/* Data that has to be read from its beginning: the stripes pass by on one thread. */
struct parade {
	walk_step *step;
	stripe_end *end;
	struct moments *total;
	void *context;
	bool open; /* blocks since the last stripe ended */
};

static void close_stripe(struct parade *parade)
{
	struct moments moments = { 0 };

	if (parade->open && parade->end) {
		parade->end(parade->context, &moments);
		moments_merge(parade->total, &moments);
	}
	parade->open = false;
}

static bool parade_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct parade *parade = context;

	if (first % STRIPE == 0)
		close_stripe(parade);
	parade->open = true;
	return parade->step(bytes, n, first, parade->context);
}

/* The form has walk, step or whole, end and total. */
static bool pass_by_workers(const struct crew *form, void *const *workers, size_t n_workers,
			    struct error *err)
{
	struct worker *crew_workers = calloc(n_workers, sizeof *crew_workers);
	struct crew *crew = calloc(1, sizeof *crew);
	bool done;

	if (crew && crew_workers) {
		crew->walk = form->walk;
		crew->step = form->step;
		crew->whole = form->whole;
		crew->end = form->end;
		crew->total = form->total;
		done = pass_by_crew(crew, crew_workers, workers, n_workers, err);
	} else {
		done = error_set(err, ERROR_MEMORY, -1, "out of memory for a pass over a tensor");
	}
	free(crew_workers);
	free(crew);
	return done;
}

bool stripes_pass(struct tensor_walk *walk, void *const *workers, size_t n_workers, walk_step *step,
		  stripe_end *end, struct moments *total, struct error *err)
{
	const struct crew form = { .walk = walk, .step = step, .end = end, .total = total };
	struct parade parade = { step, end, total, workers[0], false };

	if (n_workers > 1)
		return pass_by_workers(&form, workers, n_workers, err);
	if (!tensor_walk_pass(walk, parade_step, &parade, err))
		return false;
	close_stripe(&parade);
	return true;
}

bool stripes_run(struct tensor_walk *walk, void *const *workers, size_t n_workers,
		 stripe_work *whole, struct error *err)
{
	const struct crew form = { .walk = walk, .whole = whole };

	return pass_by_workers(&form, workers, n_workers, err);
}
