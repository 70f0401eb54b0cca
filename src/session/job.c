#include "session/job.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <mtui/cost.h>

bool mailbox_init(struct mailbox *mailbox, struct error *err)
{
	mailbox->finished = NULL;
	mailbox->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mailbox->wake < 0)
		return error_set_errno(err, ERROR_READ, -1, errno, "eventfd");
	pthread_mutex_init(&mailbox->mutex, NULL);
	return true;
}

void mailbox_free(struct mailbox *mailbox)
{
	close(mailbox->wake);
	pthread_mutex_destroy(&mailbox->mutex);
}

static void mailbox_deliver(struct mailbox *mailbox, struct job *job)
{
	const uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&mailbox->mutex);
	job->delivered = mailbox->finished;
	mailbox->finished = job;
	/* Inside the lock: afterwards the mailbox may be gone. A full counter wakes as well. */
	written = write(mailbox->wake, &one, sizeof one);
	(void)written;
	pthread_mutex_unlock(&mailbox->mutex);
}

struct job *mailbox_take(struct mailbox *mailbox)
{
	struct job *job, *in_order = NULL;
	uint64_t count;
	ssize_t got;

	pthread_mutex_lock(&mailbox->mutex);
	got = read(mailbox->wake, &count, sizeof count);
	(void)got;
	job = mailbox->finished;
	mailbox->finished = NULL;
	pthread_mutex_unlock(&mailbox->mutex);
	while (job) {
		struct job *next = job->delivered;

		job->delivered = in_order;
		in_order = job;
		job = next;
	}
	return in_order;
}

struct job *job_new(struct mailbox *mailbox, struct model *model, uint32_t document,
		    unsigned capacity)
{
	struct job *job = calloc(1, sizeof *job + capacity * sizeof job->items[0]);

	if (!job)
		return NULL;
	job->mailbox = mailbox;
	job->model = model_ref(model);
	job->document = document;
	return job;
}

/* Elements that the work for it is counted as. */
static uint64_t request_elements(const struct model *model, const struct request *request)
{
	const struct layers *layers = request->tensor == NO_INDEX ? model_layers(model, NULL) : NULL;
	uint64_t elements = layers ? layers->rows[request->row].parameters : 0;

	if (request->kind == REPORT_QUANT_SAMPLE && request->tensor != NO_INDEX)
		return QUANT_SAMPLE_ELEMENTS;
	if (request->kind == REPORT_SAMPLE)
		return SAMPLE_PIECES * SAMPLE_LENGTH;
	if (request->kind == REPORT_LADDER &&
	    !__builtin_mul_overflow(model->tensors[request->tensor].present, request->ladder->n,
				    &elements))
		return elements;
	if (request->tensor != NO_INDEX)
		return model->tensors[request->tensor].present;
	return elements < UINT64_MAX / 4 ? 2 * elements : elements;
}

bool job_add(struct job *job, const struct request *request)
{
	struct job_item *item = job->n_items ? &job->items[job->n_items - 1] : NULL;
	struct report_entry *entry = report_entry_new(request);
	uint64_t elements = request_elements(job->model, request);

	if (!entry)
		return false;
	if (!item || item->tensor != request->tensor) {
		item = &job->items[job->n_items++];
		item->tensor = request->tensor;
	}
	item->results[request->kind] = entry;
	if (request->kind == REPORT_XRAY && !job->xray)
		job->xray = xray_table_ref((struct xray_table *)request->xray);
	if (__builtin_add_overflow(job->total, elements, &job->total))
		job->total = UINT64_MAX;
	return true;
}

void job_free(struct job *job)
{
	for (unsigned i = 0; i < job->n_items; i++)
		for (unsigned kind = 0; kind < REPORT_KINDS; kind++)
			report_entry_free(job->items[i].results[kind]);
	model_unref(job->model);
	xray_table_unref(job->xray);
	free(job);
}

int64_t job_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + 1;
}

static bool report_progress(void *context, uint64_t done, uint64_t total)
{
	struct job *job = context;
	double share = total ? (double)done / (double)total : 1;

	if (share > 1)
		share = 1;
	atomic_store(&job->done, job->base + (uint64_t)(share * (double)job->extent));
	return atomic_load(&job->cancel);
}

static bool compute_scope(struct job *job, const struct analysis_watch *watch,
			  struct report *report)
{
	const struct layers *layers = model_layers(job->model, &report->error);

	return layers && scope_compute(job->model, layers, report->request.row, watch,
				       &report->scope, &report->error);
}

static bool compute_sample_of(struct job *job, const uint32_t *tensors, size_t n,
			      const struct analysis_watch *watch, struct report *report)
{
	if (report->request.kind == REPORT_QUANT_SAMPLE)
		return quant_sample_compute(job->model, tensors, n, &report->request.scheme, watch,
					    &report->quant_sample, &report->error);
	return sample_compute(job->model, tensors, n, watch, &report->statistics, &report->error);
}

static bool compute_sample(struct job *job, const struct analysis_watch *watch,
			   struct report *report)
{
	const struct request *request = &report->request;
	const struct layers *layers;
	uint32_t *tensors;
	size_t n;
	bool done;

	if (request->tensor != NO_INDEX)
		return compute_sample_of(job, &request->tensor, 1, watch, report);
	layers = model_layers(job->model, &report->error);
	if (!layers)
		return false;
	tensors = calloc(layers->rows[request->row].end - request->row, sizeof *tensors);
	if (!tensors)
		return error_set(&report->error, ERROR_MEMORY, -1, "out of memory");
	n = scope_tensors(job->model, layers, request->row, tensors);
	n = scope_weights(job->model, tensors, n);
	done = compute_sample_of(job, tensors, n, watch, report);
	free(tensors);
	return done;
}

static bool compute_xray(struct job *job, const struct analysis_watch *watch,
			 struct report *report)
{
	const struct xray_table *table = job->xray;
	const struct xray_weight *weight = &table->found.weights[report->request.weight];
	const struct xray_pair *pair = table->pairs ? &table->pairs[report->request.weight] : NULL;
	struct xray_result *result = &report->xray;

	if (!xray_compute(job->model, weight, watch, &result->report, &report->error))
		return false;
	result->compared = pair && pair->tensor != NO_INDEX;
	return !result->compared || xray_compare(job->model, weight, table->original, pair, watch,
						 &result->loss, &report->error);
}

static struct shapes *infer_shapes(struct job *job, const struct dim_binding *dims, size_t n,
				   struct error *err)
{
	struct shapes *shapes = shapes_new(job->model, err);
	struct shape_inference inference;

	if (!shapes)
		return NULL;
	if (shape_inference_run(shapes, dims, n, &inference, err)) {
		shapes_publish(shapes);
		return shapes;
	}
	shapes_unref(shapes);
	return NULL;
}

static bool compute_structure(struct job *job, const struct analysis_watch *watch,
			      struct report *report)
{
	const struct layers *layers = model_layers(job->model, &report->error);
	struct shapes *shapes = NULL, *sized = NULL;
	const struct dim_binding *ones;
	struct arena arena;
	size_t n = 0;
	bool ok = false;

	arena_init(&arena, 0);
	ones = cost_bindings(job->model, NULL, 0, &arena, &n);
	if (layers && ones) {
		shapes = infer_shapes(job, NULL, 0, &report->error);
		sized = n > 0 ? infer_shapes(job, ones, n, &report->error)
			: shapes ? shapes_ref(shapes)
				 : NULL;
	}
	if (shapes && sized)
		ok = structure_find(shapes, sized, layers, watch, &report->structure,
				    &report->error);
	else if (!ones)
		error_set(&report->error, ERROR_MEMORY, -1, "out of memory");
	shapes_unref(shapes);
	shapes_unref(sized);
	arena_free(&arena);
	return ok;
}

static bool compute_quant(struct job *job, const struct tensor *tensor,
			  const struct analysis_watch *watch, struct report *report)
{
	const struct request *request = &report->request;

	if (request->importance)
		return quant_error_by_axis(job->model, tensor, &request->scheme,
					   request->importance->weights, request->importance->n,
					   watch, &report->quant_error, &report->error);
	return quant_error_compute(job->model, tensor, &request->scheme, watch,
				   &report->quant_error, &report->error);
}

/* False when the job was cancelled in between. */
static bool compute(struct job *job, const struct tensor *tensor, struct report *report)
{
	const struct analysis_watch watch = { report_progress, job, job->pool };
	bool ok = false;

	switch (report->request.kind) {
	case REPORT_STATISTICS:
		ok = statistics_compute(job->model, tensor, &watch, &report->statistics,
					&report->error);
		break;
	case REPORT_QUANT_ERROR:
		ok = compute_quant(job, tensor, &watch, report);
		break;
	case REPORT_QUANT_BRIEF:
		ok = quant_error_brief(job->model, tensor, &report->request.scheme, &watch,
				       &report->quant_error, &report->error);
		break;
	case REPORT_CHANNELS:
		ok = channels_compute(job->model, tensor, report->request.axis, &watch,
				      &report->channels, &report->error);
		break;
	case REPORT_HISTOGRAM:
		ok = histogram_compute(job->model, tensor, &report->request.bins, &watch,
				       &report->histogram, &report->error);
		break;
	case REPORT_SCOPE:
		ok = compute_scope(job, &watch, report);
		break;
	case REPORT_SAMPLE:
	case REPORT_QUANT_SAMPLE:
		ok = compute_sample(job, &watch, report);
		break;
	case REPORT_PICTURE:
		ok = picture_compute(job->model, tensor, &report->request.picture, &watch,
				     &report->picture, &report->error);
		break;
	case REPORT_PCA:
		ok = pca_compute(job->model, tensor, &report->request.picture.view, &watch,
				 &report->pca, &report->error);
		break;
	case REPORT_LADDER:
		ok = ladder_compute(job->model, tensor, report->request.ladder, &watch,
				    &report->ladder, &report->error);
		break;
	case REPORT_STRUCTURE:
		ok = compute_structure(job, &watch, report);
		break;
	case REPORT_CHECK:
		ok = check_model(job->model, report->request.check, &report->findings,
				 &report->error);
		break;
	case REPORT_CHECK_VALUES:
		ok = check_values(job->model, report->request.check, &watch, &report->findings,
				  &report->error);
		break;
	case REPORT_XRAY:
		ok = compute_xray(job, &watch, report);
		break;
	case REPORT_FUSION:
		ok = fusion_compute(job->model, &report->request.fusion, &report->request.scheme,
				    &watch, &report->fusion, &report->error);
		break;
	case REPORT_SINGULAR_VALUES:
		ok = singular_values_compute(job->model, tensor, &report->request.picture.view,
					     &watch, &report->singular_values, &report->error);
		break;
	}
	if (!ok && atomic_load(&job->cancel))
		return false;
	report->state = ok ? REPORT_DONE : REPORT_FAILED;
	return true;
}

void job_run(void *argument)
{
	struct job *job = argument;

	atomic_store(&job->began, job_clock());
	for (unsigned i = 0; i < job->n_items; i++) {
		struct job_item *item = &job->items[i];
		const struct tensor *tensor =
			item->tensor == NO_INDEX ? NULL : &job->model->tensors[item->tensor];

		atomic_store(&job->current, item->tensor);
		for (unsigned kind = 0; kind < REPORT_KINDS; kind++) {
			if (!item->results[kind] || atomic_load(&job->cancel))
				continue;
			job->base = atomic_load(&job->done);
			job->extent = request_elements(job->model, &item->results[kind]->report.request);
			item->finished[kind] = compute(job, tensor, &item->results[kind]->report);
			atomic_store(&job->done, job->base + job->extent);
		}
	}
	mailbox_deliver(job->mailbox, job);
}
