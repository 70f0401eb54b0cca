#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/quant_error.h>

#include "ui/views/layer_curves.h"
#include "ui/views/tree.h"

/*
 * A scope shows what is known of its tensors, and asks for them itself only where that is little
 * work: a large model must not be read from end to end because its root is on the screen.
 */
#define SCOPE_ELEMENTS ((uint64_t)64 << 20)
#define SCOPE_WANTS    4096  /* tensors that scopes ask for in one update */
#define SCOPE_ROWS     65536 /* rows that scopes look at in one update */

struct gathering {
	const struct tree_rows *rows;
	const struct view_context *context;
	uint32_t rows_left, wants_left;
};

static bool is_leaf(const struct tree_rows *rows, uint32_t row)
{
	uint8_t kind = rows->layers->rows[row].kind;

	return kind == LAYER_TENSOR || kind == LAYER_NODE;
}

/* What one tensor adds: its error, and its bins as shares of its elements. */
static void add_summary(struct tree_figures *figures, double bins[SUMMARY_BINS],
			const struct summary *summary, uint64_t count, unsigned sort)
{
	unsigned sum = 0;

	if (tree_sort_is_ranking(sort) && summary->has_figures) {
		float value = summary->figures[sort - SORT_COUNT];

		figures->ranked = fmaxf(figures->ranked, value);
	}
	if (summary->state == REPORT_DONE && !isnan(summary->sqnr_db) &&
	    (isnan(figures->worst) || summary->sqnr_db < figures->worst))
		figures->worst = summary->sqnr_db;
	figures->nonfinite |= summary->has_nonfinite;
	figures->unread |= summary->state == REPORT_FAILED;
	if (!summary->has_bins)
		return;
	figures->has_bins = true;
	for (unsigned i = 0; i < SUMMARY_BINS; i++)
		sum += summary->bins[i];
	for (unsigned i = 0; i < SUMMARY_BINS && sum > 0; i++)
		bins[i] += (double)summary->bins[i] / sum * (double)count;
}

static void scale_bins(struct tree_figures *figures, const double bins[SUMMARY_BINS])
{
	double most = 0;

	for (unsigned i = 0; i < SUMMARY_BINS; i++)
		most = bins[i] > most ? bins[i] : most;
	for (unsigned i = 0; i < SUMMARY_BINS && most > 0; i++)
		figures->bins[i] = (uint8_t)ceil(bins[i] / most * 255);
}

static bool is_open(const struct summary *summary)
{
	return !summary || summary->state == REPORT_WAITING || summary->state == REPORT_STOPPED;
}

/* Looks at the tensors of a subtree. A tensor's own row shows any numbers; rows above go by what
 * may be a weight. */
static struct tree_figures gather(struct gathering *g, uint32_t row, bool may_want)
{
	const struct layer *layers = g->rows->layers->rows;
	const struct view_context *context = g->context;
	struct tree_figures figures = { .row = row, .worst = NAN, .ranked = NAN,
					.complete = true };
	double bins[SUMMARY_BINS] = { 0 };
	bool own = layers[row].kind == LAYER_TENSOR;
	float planned = NAN; /* fminf takes the other of NaN and a number */

	for (uint32_t at = row; at < layers[row].end; at++) {
		if (layers[at].kind != LAYER_TENSOR)
			continue;
		uint32_t index = layers[at].item;
		const struct tensor *tensor = &g->rows->model->tensors[index];
		figures.unread |= tensor->problem != TENSOR_OK && tensor->present == 0;
		if (!scope_is_weight(tensor) &&
		    !(own && dtype_is_numeric(tensor->dtype) && tensor->present > 0))
			continue;
		const struct summary *summary = session_summary(
			context->session, context->focus.document, index, &context->dial);
		if (is_open(summary) && may_want && (own || g->wants_left > 0)) {
			g->wants_left -= !own;
			/* What was known of that setting before is there at once. */
			session_want_summary(context->session, context->focus.document, index,
					     &context->dial);
			summary = session_summary(context->session, context->focus.document,
						  index, &context->dial);
		}
		figures.complete &= !is_open(summary);
		if (context->planned)
			planned = fminf(planned, context->planned[index]);
		if (summary)
			add_summary(&figures, bins, summary, tensor->count, g->rows->sort);
	}
	/* Part of the tensors would draw a shape that the whole does not have. */
	figures.has_bins &= figures.complete || is_leaf(g->rows, row);
	if (context->planned) {
		figures.worst = planned;
		figures.complete = true;
	}
	scale_bins(&figures, bins);
	return figures;
}

static const struct tree_figures *known_before(const struct tree_window *window, uint32_t row)
{
	for (uint32_t i = 0; i < window->count && i < 256; i++) {
		if (window->figures[i].row == row)
			return &window->figures[i];
	}
	return NULL;
}

static struct tree_figures figures_of(struct gathering *g, const struct tree_window *before,
				      uint32_t row)
{
	const struct layer *layer = &g->rows->layers->rows[row];
	const struct tree_figures *known = known_before(before, row);
	struct tree_figures none = { .row = row, .worst = NAN, .ranked = NAN };
	bool leaf = is_leaf(g->rows, row);

	if (known && known->complete)
		return *known;
	if (!leaf) {
		uint32_t cost = layer->end - row;
		if (cost > g->rows_left)
			return known ? *known : none;
		g->rows_left -= cost;
	}
	return gather(g, row, leaf || layer->parameters <= SCOPE_ELEMENTS);
}

/* The first tag that belongs to a row; of scopes only where it is the one. */
static void find_curve(struct tree_figures *figures, const struct tree_window *before,
		       const struct view_context *context, struct arena *arena)
{
	const struct tree_figures *known = known_before(before, figures->row);
	const struct layer *layer = &context->layers->rows[figures->row];
	bool scope = layer->kind != LAYER_TENSOR && layer->kind != LAYER_NODE;
	struct layer_curve found;
	size_t n;

	if (known && known->curve_version == context->runs->version + 1) {
		memcpy(figures->curve, known->curve, sizeof figures->curve);
		figures->has_curve = known->has_curve;
		figures->curve_version = known->curve_version;
		return;
	}
	n = layer_curves_of_row(context, figures->row, arena, &found, 1);
	figures->has_curve = n == 1 || (n > 1 && !scope);
	figures->curve_version = context->runs->version + 1;
	if (figures->has_curve)
		layer_curve_shares(found.series, figures->curve, TREE_CURVE);
}

static void find_curves(struct tree_figures *figures, uint32_t count,
			const struct tree_window *before, struct tree_rows *rows,
			const struct view_context *context)
{
	struct arena arena;

	if (!context->runs) {
		rows->has_curves = false;
		return;
	}
	arena_init(&arena, 0);
	for (uint32_t i = 0; i < count; i++) {
		find_curve(figures + i, before, context, &arena);
		rows->has_curves |= figures[i].has_curve;
	}
	arena_free(&arena);
}

void tree_window_update(struct tree_window *window, struct tree_rows *rows,
			const struct view_context *context, uint32_t first, uint32_t count)
{
	struct gathering g = { rows, context, SCOPE_ROWS, SCOPE_WANTS };
	struct tree_window before = *window;

	if (first > rows->n_visible)
		first = rows->n_visible;
	if (count > rows->n_visible - first)
		count = rows->n_visible - first;
	if (context->whole)
		g.rows_left = g.wants_left = UINT32_MAX;
	struct tree_figures *figures = calloc(count ? count : 1, sizeof *figures);
	if (!figures)
		return;
	/* A plan may be another in every frame. */
	if (context->planned || window->planned ||
	    !quant_scheme_same(&before.dial, &context->dial) || before.sort != rows->sort)
		before.count = 0;
	/* What is closest to the eye first: rows of their own, then the scopes around them. */
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < count; i++) {
			uint32_t row = rows->visible[first + i];
			if (is_leaf(rows, row) == (pass == 0))
				figures[i] = figures_of(&g, &before, row);
		}
	}
	find_curves(figures, count, &before, rows, context);
	free(before.figures);
	*window = (struct tree_window){ figures, first, count, context->dial, rows->sort,
					context->planned != NULL,
					!quant_scheme_same(&context->dial, &context->home) };
}

/* The smaller stands first; NaN: not known, or there is none. */
static double summary_key(const struct summary *summary, unsigned sort)
{
	if (!tree_sort_is_ranking(sort))
		return (double)summary->sqnr_db;
	return summary->has_figures ? -(double)summary->figures[sort - SORT_COUNT] : NAN;
}

static bool has_key(const struct tensor *tensor, unsigned sort)
{
	return tree_sort_is_ranking(sort) ? scope_has_numbers(tensor) : quant_applies(tensor);
}

double *tree_error_keys(const struct tree_rows *rows, const struct view_context *context,
			unsigned sort, uint32_t *known, bool *complete)
{
	const struct layer *layers = rows->layers->rows;
	uint32_t n = (uint32_t)rows->layers->n_rows;
	double *keys = malloc(n * sizeof *keys);

	*known = 0;
	*complete = true;
	for (uint32_t row = 0; keys && row < n; row++) {
		keys[row] = NAN;
		if (layers[row].kind != LAYER_TENSOR ||
		    !has_key(&rows->model->tensors[layers[row].item], sort))
			continue;
		const struct summary *summary =
			session_summary(context->session, context->focus.document, layers[row].item,
					&context->dial);
		if (summary && summary->state != REPORT_WAITING &&
		    summary->state != REPORT_STOPPED) {
			keys[row] = summary_key(summary, sort);
			++*known;
			continue;
		}
		*complete = false;
		session_want_summary(context->session, context->focus.document, layers[row].item,
				     &context->dial);
	}
	for (uint32_t row = keys ? n : 0; row-- > 1;) {
		double *above = &keys[layers[row].parent];
		if (isnan(*above) || keys[row] < *above)
			*above = keys[row];
	}
	return keys;
}

const struct type *tree_output_type(const struct tree_rows *rows, uint32_t node, bool *inferred)
{
	const struct model *model = rows->model;
	uint32_t value = model->refs[model->nodes[node].first_output];

	*inferred = false;
	if (value == NO_INDEX)
		return NULL;
	if (rows->shapes) {
		*inferred = rows->shapes->values[value].origin != SHAPE_DECLARED;
		return rows->shapes->values[value].type;
	}
	return model->values[value].type == NO_INDEX ? NULL
						     : &model->types[model->values[value].type];
}

static double size_key(const struct tree_rows *rows, enum tree_sort sort, uint32_t row)
{
	const struct layer *layer = &rows->layers->rows[row];
	const struct model *model = rows->model;

	if (sort == SORT_PARAMETERS)
		return (double)layer->parameters;
	if (layer->kind == LAYER_TENSOR) {
		const struct tensor *tensor = &model->tensors[layer->item];
		return sort == SORT_BYTES ? (double)tensor->nbytes : (double)tensor->count;
	}
	if (sort == SORT_BYTES)
		return 0;
	if (layer->kind != LAYER_NODE || model->nodes[layer->item].n_outputs == 0)
		return NAN;
	bool inferred;
	const struct type *type = tree_output_type(rows, layer->item, &inferred);
	if (!type || !type->has_shape)
		return NAN;
	double elements = 1;
	for (uint32_t i = 0; i < type->n_dims; i++) {
		int64_t dim = type->dims[i].value;
		elements *= dim >= 0 ? (double)dim : 1;
	}
	return elements;
}

double *tree_cost_keys(const struct tree_rows *rows, enum tree_sort sort)
{
	size_t n = rows->layers->n_rows;
	double *keys = malloc(n * sizeof *keys);

	for (size_t row = 0; keys && row < n; row++) {
		const struct cost_row *sums = &rows->cost->rows[row];
		const struct cost *cost = &sums->cost;

		keys[row] = !sums->nodes	     ? NAN
			    : sort == SORT_MACS	     ? -(double)cost->macs
			    : sort == SORT_FLOPS     ? -(double)cost->operations
						     : -(double)cost->activation_bytes;
	}
	return keys;
}

double *tree_size_keys(const struct tree_rows *rows, enum tree_sort sort)
{
	const struct layer *layers = rows->layers->rows;
	uint32_t n = (uint32_t)rows->layers->n_rows;
	double *keys = malloc(n * sizeof *keys);

	/* The largest first: keys are negative. */
	for (uint32_t row = 0; keys && row < n; row++)
		keys[row] = -size_key(rows, sort, row);
	for (uint32_t row = keys && sort == SORT_BYTES ? n : 0; row-- > 1;)
		keys[layers[row].parent] += keys[row];
	return keys;
}
