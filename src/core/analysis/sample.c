#include <mtui/sample.h>

#include <stdlib.h>

#include <mtui/group.h>

/* Tensors that hold the pieces and nothing else, over the model's own files. */
struct sampling {
	struct model model; /* the same with other tensors */
	struct tensor tensors[SAMPLE_PIECES];
	struct run_of_bytes runs[SAMPLE_PIECES];
	uint32_t indices[SAMPLE_PIECES];
	size_t n, n_runs;
};

static uint64_t sum_of(const struct model *model, const uint32_t *tensors, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, model->tensors[tensors[i]].present, &sum))
			return UINT64_MAX;
	return sum;
}

static void add_piece(struct sampling *sampling, const struct tensor *tensor, bool same,
		      uint64_t first, uint64_t most)
{
	struct tensor *part;
	unsigned bits = dtype_traits[tensor->dtype].bits;
	uint64_t left, length;

	if (!same) {
		part = &sampling->tensors[sampling->n];
		*part = *tensor;
		part->present = 0;
		part->runs = &sampling->runs[sampling->n_runs];
		part->n_runs = 0;
		sampling->indices[sampling->n] = (uint32_t)sampling->n;
		sampling->n++;
	}
	part = &sampling->tensors[sampling->n - 1];
	/* Whole bytes of packed types. */
	first -= first % 8;
	left = tensor->present - first;
	length = left < most ? left : most;
	if (!tensor_is_plain(tensor)) {
		part->runs = tensor->runs;
		part->n_runs = tensor->n_runs;
		left = tensor->present - part->present;
		length = left < most ? left : most;
	} else {
		sampling->runs[sampling->n_runs++] = (struct run_of_bytes){
			tensor->runs[0].offset + first / 8 * bits,
			(length * bits + 7) / 8, RUN_PLAIN
		};
		part->n_runs++;
	}
	part->present += length;
	part->count = part->present;
}

static void choose(struct sampling *sampling, const struct model *model, const uint32_t *tensors,
		   size_t n)
{
	uint64_t total = sum_of(model, tensors, n), before = 0;
	size_t at = 0, last = SIZE_MAX;
	uint64_t step = total / SAMPLE_PIECES, most = step < SAMPLE_LENGTH ? step : SAMPLE_LENGTH;

	for (uint64_t piece = 0; piece < SAMPLE_PIECES && at < n; piece++) {
		uint64_t place = step * piece;

		for (; at < n && place - before >= model->tensors[tensors[at]].present; at++)
			before += model->tensors[tensors[at]].present;
		if (at == n)
			break;
		add_piece(sampling, &model->tensors[tensors[at]], at == last, place - before,
			  most ? most : 1);
		last = at;
	}
}

bool sample_compute(const struct model *model, const uint32_t *tensors, size_t n,
		    const struct analysis_watch *watch, struct statistics *result,
		    struct error *err)
{
	struct sampling *sampling = calloc(1, sizeof *sampling);
	struct group group = { 0 };
	bool done = true;

	if (!sampling)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	choose(sampling, model, tensors, n);
	sampling->model.files = model->files;
	sampling->model.n_files = model->n_files;
	sampling->model.tensors = sampling->tensors;
	sampling->model.n_tensors = sampling->n;
	for (size_t i = 0; i < sampling->n && done; i++) {
		done = statistics_compute(&sampling->model, &sampling->tensors[i], watch, result, err);
		if (done)
			group_add(&group, &sampling->tensors[i], (uint32_t)i, result);
	}
	done = done && group_finish(&group, &sampling->model, sampling->indices, sampling->n, watch,
				    result, err);
	result->argmin = result->argmax = result->first_nan = result->first_inf = UINT64_MAX;
	group_free(&group);
	free(sampling);
	return done;
}
