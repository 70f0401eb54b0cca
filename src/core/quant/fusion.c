#include <mtui/fusion.h>

#include <math.h>
#include <stdlib.h>

#include <mtui/graph.h>
#include <mtui/quant_error.h>
#include <mtui/values.h>

#include "core/analysis/tensor_walk.h"
#include "core/quant/quant_lines.h"

#define EPSILON 1e-5 /* ONNX's default */

/* Inputs of BatchNormalization. */
enum { NORM_SCALE = 1, NORM_VARIANCE = 4, NORM_INPUTS = 5 };

struct folding {
	const struct model *model;
	const struct fusion_site *site;
	const struct tensor *weight;
	uint64_t n;		    /* channels */
	double *factors, *squares;  /* f and f^2 */
	double *before, *after;	    /* max |W|, max |W'| of each channel */
	float *values;		    /* W' */
	struct quant_lines lines;
	struct tensor_walk walk;
};

static uint32_t constant_of(const struct model *model, const struct node *node, unsigned input)
{
	uint32_t value = input < node->n_inputs ? model->refs[node->first_input + input] : NO_INDEX;

	if (value == NO_INDEX)
		return NO_INDEX;
	return model->values[value].tensor;
}

static const struct attribute *attribute_of(const struct model *model, const struct node *node,
					    const char *name, enum attribute_kind kind)
{
	for (uint32_t a = 0; a < node->n_attributes; a++) {
		const struct attribute *at = &model->attributes[node->first_attribute + a];

		if (at->kind == kind && text_is(at->name, name))
			return at;
	}
	return NULL;
}

bool fusion_site_of(const struct model *model, uint32_t conv, uint32_t norm,
		    struct fusion_site *site)
{
	const struct node *node = &model->nodes[conv], *second = &model->nodes[norm];
	bool transposed = text_is(node->op->type, "ConvTranspose");
	const struct attribute *group = attribute_of(model, node, "group", ATTRIBUTE_INT);
	const struct tensor *weight;

	*site = (struct fusion_site){ .conv = conv, .norm = norm, .axis = transposed,
				      .weight = constant_of(model, node, 1) };
	if (site->weight == NO_INDEX || (transposed && group && group->i != 1))
		return false;
	weight = &model->tensors[site->weight];
	if (weight->n_dims < 3 || weight->dims[site->axis] <= 0 || !quant_applies(weight) ||
	    weight->present != weight->count)
		return false;
	for (unsigned i = NORM_SCALE; i < NORM_INPUTS; i++) {
		uint32_t tensor = constant_of(model, second, i);

		if (tensor == NO_INDEX ||
		    model->tensors[tensor].present != (uint64_t)weight->dims[site->axis] ||
		    dtype_traits[model->tensors[tensor].dtype].class != CLASS_FLOAT)
			return false;
	}
	return true;
}

/* --- Factors --------------------------------------------------------------------------------- */

#define PIECE 256

static bool read_all(const struct folding *folding, unsigned input, double *values,
		     struct error *err)
{
	const struct node *norm = &folding->model->nodes[folding->site->norm];
	const struct tensor *tensor =
		&folding->model->tensors[constant_of(folding->model, norm, input)];
	struct element elements[PIECE];
	struct arena arena; /* for strings, of which there are none */
	bool good = true;

	arena_init(&arena, 0);
	for (uint64_t i = 0; i < folding->n && good; i += PIECE) {
		size_t n = folding->n - i < PIECE ? (size_t)(folding->n - i) : PIECE;

		good = values_read(folding->model, tensor, i, n, elements, &arena, err);
		for (size_t k = 0; k < n && good; k++)
			values[i + k] = elements[k].real;
	}
	arena_free(&arena);
	return good;
}

static bool make_factors(struct folding *folding, struct fusion_report *report, struct error *err)
{
	const struct attribute *given = attribute_of(folding->model,
						     &folding->model->nodes[folding->site->norm],
						     "epsilon", ATTRIBUTE_FLOAT);
	double epsilon = given ? (double)given->f : EPSILON;

	if (!read_all(folding, NORM_SCALE, folding->factors, err) ||
	    !read_all(folding, NORM_VARIANCE, folding->squares, err))
		return false;
	report->factor_min = INFINITY;
	for (uint64_t c = 0; c < folding->n; c++) {
		double factor = folding->factors[c] / sqrt(folding->squares[c] + epsilon);

		if (!isfinite(factor))
			return error_set(err, ERROR_REFUSED, -1,
					 "channel %llu of the normalization has no finite factor",
					 (unsigned long long)c);
		folding->factors[c] = factor;
		folding->squares[c] = factor * factor;
		report->dead += factor == 0;
		report->factor_min = fmin(report->factor_min, fabs(factor));
		report->factor_max = fmax(report->factor_max, fabs(factor));
	}
	return report->factor_max > 0 ||
	       error_set(err, ERROR_REFUSED, -1, "all factors of the normalization are 0");
}

/* --- The folded weight ----------------------------------------------------------------------- */

static bool fold_step(const struct quant_piece *piece, void *context)
{
	struct folding *folding = context;
	size_t i = 0;

	while (i < piece->n) {
		struct quant_place place =
			quant_lines_place(&folding->lines, piece->position + i);
		double factor = folding->factors[place.channel];
		double *before = &folding->before[place.channel];
		double *after = &folding->after[place.channel];
		size_t end = place.length < piece->n - i ? i + (size_t)place.length : piece->n;

		for (; i < end; i++) {
			float folded = (float)((double)piece->values[i] * factor);

			folding->values[piece->position + i] = folded;
			if (isfinite(piece->values[i]))
				*before = fmax(*before, fabs((double)piece->values[i]));
			if (isfinite(folded))
				*after = fmax(*after, fabs((double)folded));
		}
	}
	return true;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The largest to the median; the order is lost. */
static double spread_of(double *ranges, uint64_t n)
{
	qsort(ranges, (size_t)n, sizeof *ranges, by_size);
	return ranges[(n - 1) / 2] > 0 ? ranges[n - 1] / ranges[(n - 1) / 2] : NAN;
}

static void describe_ranges(struct folding *folding, struct fusion_report *report)
{
	uint64_t n = folding->n;

	report->n_strip = (uint32_t)(n < FUSION_STRIP ? n : FUSION_STRIP);
	for (uint64_t c = 0; c < n; c++) {
		uint64_t at = c * report->n_strip / n;

		report->before[at] = fmaxf(report->before[at], (float)folding->before[c]);
		report->after[at] = fmaxf(report->after[at], (float)folding->after[c]);
		report->max_before = fmax(report->max_before, folding->before[c]);
		report->max_after = fmax(report->max_after, folding->after[c]);
	}
	report->spread_before = spread_of(folding->before, n);
	report->spread_after = spread_of(folding->after, n);
}

/* --- Errors ---------------------------------------------------------------------------------- */

static bool measure(const struct folding *folding, const struct quant_scheme *dial,
		    enum fusion_setting setting, const struct analysis_watch *watch,
		    struct fusion_report *report, struct error *err)
{
	const struct run_of_bytes run = { 0, folding->weight->present * sizeof(float), RUN_PLAIN };
	struct quant_importance importance = { folding->squares, folding->n, folding->lines.inner };
	struct tensor folded = *folding->weight;
	struct model_file file = { .file = file_wrap(folding->values, (size_t)run.nbytes, "folded") };
	struct model model = { .files = &file, .n_files = 1, .tensors = &folded, .n_tensors = 1 };
	struct quant_scheme scheme = *dial;
	struct quant_error error;
	bool good;

	if (setting != FUSION_DIAL)
		scheme.granularity = setting == FUSION_PER_TENSOR ? QUANT_PER_TENSOR
								  : QUANT_PER_CHANNEL;
	scheme.axis = folding->site->axis;
	quant_scheme_settle(&scheme);
	folded.dtype = DTYPE_F32;
	folded.runs = &run;
	folded.n_runs = 1;
	folded.file = 0;
	folded.value = NO_INDEX;
	folded.nbytes = run.nbytes;
	if (!file.file)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	good = quant_error_weighted(folding->model, folding->weight, &scheme, &importance, watch,
				    &error, err);
	report->apart[setting] = error.sqnr_db;
	good = good && quant_error_brief(&model, &folded, &scheme, watch, &error, err);
	report->folded[setting] = error.sqnr_db;
	file_close(file.file);
	return good;
}

static bool run(struct folding *folding, const struct quant_scheme *scheme,
		const struct analysis_watch *watch, struct fusion_report *report,
		struct error *err)
{
	if (!make_factors(folding, report, err) ||
	    !quant_lines_init(&folding->lines, folding->weight, folding->site->axis, 1, err) ||
	    !quant_lines_pass(&folding->lines, &folding->walk, fold_step, folding, err))
		return false;
	describe_ranges(folding, report);
	for (enum fusion_setting setting = 0; setting < FUSION_SETTINGS; setting++) {
		report->apart[setting] = report->folded[setting] = NAN;
		if (setting != FUSION_DIAL && !scheme_has_granularity(scheme->id, QUANT_PER_CHANNEL))
			continue;
		if (!measure(folding, scheme, setting, watch, report, err))
			return false;
	}
	return true;
}

bool fusion_compute(const struct model *model, const struct fusion_site *site,
		    const struct quant_scheme *scheme, const struct analysis_watch *watch,
		    struct fusion_report *report, struct error *err)
{
	const struct tensor *weight = &model->tensors[site->weight];
	struct folding *folding;
	size_t n = (size_t)weight->dims[site->axis];
	bool good;

	*report = (struct fusion_report){ .channels = n };
	if (weight->present > FUSION_ELEMENTS)
		return error_set(err, ERROR_REFUSED, -1, "more than %llu values to fold",
				 (unsigned long long)FUSION_ELEMENTS);
	folding = calloc(1, sizeof *folding);
	if (!folding)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	folding->model = model;
	folding->site = site;
	folding->weight = weight;
	folding->n = n;
	folding->walk.model = model;
	folding->walk.tensor = weight;
	folding->walk.total = weight->present;
	folding->factors = calloc(4 * n, sizeof *folding->factors);
	folding->values = calloc((size_t)weight->present, sizeof *folding->values);
	good = folding->factors && folding->values;
	if (good) {
		folding->squares = folding->factors + n;
		folding->before = folding->factors + 2 * n;
		folding->after = folding->factors + 3 * n;
		good = run(folding, scheme, watch, report, err);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	quant_lines_free(&folding->lines);
	free(folding->factors);
	free(folding->values);
	free(folding);
	return good;
}
