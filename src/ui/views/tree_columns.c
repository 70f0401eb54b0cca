#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/detail.h"
#include "ui/views/dial.h"
#include "ui/views/shape.h"
#include "ui/views/tree.h"

/* Where each column begins and how wide it is; width 0: not shown. A blank stands before each. */
struct column {
	int x, width;
};

enum {
	NAME, OP, WEIGHTS, CURVE, SHAPE, PARAMETERS, SHARE, MACS, MACS_SHARE, FLOPS, ACTIVATIONS,
	ERROR_DB, COLUMNS,
	SORTED = COLUMNS, /* among the wishes: the column that rows are sorted by */
};

struct columns {
	struct column at[COLUMNS];
};

static const enum tree_sort sort_of_column[COLUMNS] = {
	[NAME] = SORT_NAME,
	[OP] = SORT_OP,
	[WEIGHTS] = SORT_BYTES,
	[CURVE] = SORT_GRAPH, /* nothing is sorted by it */
	[SHAPE] = SORT_SHAPE,
	[PARAMETERS] = SORT_PARAMETERS,
	[SHARE] = SORT_PARAMETERS,
	[MACS] = SORT_MACS,
	[MACS_SHARE] = SORT_MACS,
	[FLOPS] = SORT_FLOPS,
	[ACTIVATIONS] = SORT_ACTIVATIONS,
	[ERROR_DB] = SORT_ERROR,
};

/* Columns that the longest of the common operators takes. */
static int widest_op(const struct model *model)
{
	size_t widest = 2;

	for (size_t i = 0; i < model->n_ops && i < 64; i++) {
		size_t width = gate_width(GATE_UNICODE, model->ops[i]->type, 20);
		widest = width > widest ? width : widest;
	}
	return (int)(widest < 20 ? widest : 20);
}

int tree_name_width(const struct layers *layers)
{
	enum { ROWS = 4096, WIDEST = 40, NARROWEST = 15 };
	char buffer[64], count[NUMBER_SIZE];
	/* The header says "12 of 93". */
	int place = 2 * (int)strlen(number_count(count, layers->n_rows)) + 5;
	int widest = place > NARROWEST ? place : NARROWEST;

	for (uint32_t row = 0; row < layers->n_rows && row < ROWS; row++) {
		const struct layer *layer = &layers->rows[row];
		if (layer->kind == LAYER_TENSOR && layer->depth > 1)
			continue; /* folded away mostly */
		int width = 3 + layer->depth +
			    (int)gate_width(GATE_UNICODE, layer_label(layers, row, buffer), WIDEST);
		widest = width > widest ? width : widest;
	}
	return widest < WIDEST ? widest : WIDEST;
}

int tree_error_width(unsigned sort, const struct quant_scheme *dial)
{
	enum { LEAST = 6, OF_RANKING = 9, MOST = 10 };
	char words[DIAL_SHORT];
	int width = (int)strlen(dial_short(words, dial));

	if (tree_sort_is_ranking(sort))
		return OF_RANKING;
	return width < LEAST ? LEAST : width > MOST ? MOST : width;
}

/* What it is sorted by, has a column wherever there is room for one. */
static unsigned column_of_cost(unsigned sort)
{
	return sort == SORT_MACS	  ? MACS
	       : sort == SORT_FLOPS	  ? FLOPS
	       : sort == SORT_ACTIVATIONS ? ACTIVATIONS
					  : COLUMNS;
}

static bool column_is_cost(unsigned column)
{
	return column >= MACS && column <= ACTIVATIONS;
}

/* Gives columns in the order of their worth, names and operators no more than they need; what is
 * left over goes to the name. */
static struct columns columns_layout(const struct tree_rows *rows, int width)
{
	static const struct {
		uint8_t column, max; /* a column may come twice: to begin with, and to grow */
	} wishes[] = {
		{ NAME, 15 }, { SORTED, 0 }, { PARAMETERS, 6 }, { ERROR_DB, 6 }, { OP, 7 },	{ CURVE, TREE_CURVE },
		{ WEIGHTS, 8 }, { NAME, 18 }, { OP, 12 },	 { NAME, 22 },	  { OP, 20 },	{ SHAPE, 13 },
		{ SHARE, 6 }, { MACS, 6 },	 { SHAPE, 16 },	  { MACS_SHARE, 7 },
		{ ACTIVATIONS, 8 }, { FLOPS, 6 }, { NAME, 40 }, { SHAPE, 22 },
	};
	struct columns columns = { 0 };
	int op = widest_op(rows->model), left = width;

	op = op > 6 ? op : 6;
	for (unsigned i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		unsigned wish = wishes[i].column == SORTED ? column_of_cost(rows->sort)
							   : wishes[i].column;
		struct column *column = &columns.at[wish];
		int max = wishes[i].column == SORTED ? 8 : wishes[i].max, gap = 0;
		if (wish == COLUMNS || (wish == CURVE && !rows->has_curves) ||
		    (column_is_cost(wish) && rows->model->n_top_nodes == 0))
			continue;
		if (wish == ERROR_DB)
			max = rows->error_width;
		if (wish == OP && max > op)
			max = op;
		if (wish == NAME && max > rows->name_width)
			max = rows->name_width;
		if (column->width == 0) {
			gap = wish != NAME;
			if (left < max + gap && i > 0)
				continue;
		}
		int more = max - column->width;
		more = more > left - gap ? left - gap : more;
		if (more <= 0)
			continue;
		column->width += more;
		left -= more + gap;
	}
	columns.at[NAME].width += left;
	int x = 0;
	for (unsigned i = 0; i < COLUMNS; i++) {
		if (columns.at[i].width == 0)
			continue;
		columns.at[i].x = x + (i != NAME);
		x = columns.at[i].x + columns.at[i].width;
	}
	return columns;
}

enum tree_sort tree_sort_at(const struct tree_rows *rows, int width, int x)
{
	struct columns columns = columns_layout(rows, width);

	for (unsigned i = 0; i < COLUMNS; i++) {
		const struct column *column = &columns.at[i];
		if (column->width > 0 && x >= column->x && x < column->x + column->width)
			return i == CURVE ? SORT_COUNT : sort_of_column[i];
	}
	return SORT_COUNT;
}

bool tree_shows_cost(const struct tree_rows *rows, int width)
{
	struct columns columns = columns_layout(rows, width);

	for (unsigned i = 0; i < COLUMNS; i++)
		if (column_is_cost(i) && columns.at[i].width > 0)
			return true;
	return false;
}

static bool goes_up(const struct tree_rows *rows)
{
	bool largest_first = rows->sort >= SORT_BYTES && rows->sort != SORT_ERROR;

	return largest_first == rows->reverse;
}

static void draw_title(struct canvas *canvas, const struct tree_rows *rows,
		       const struct column *column, unsigned index, const char *title, bool right)
{
	bool sorted = rows->sort == sort_of_column[index] && rows->sort != SORT_GRAPH;
	enum role role = sorted ? ROLE_ACCENT : ROLE_DIM;
	uint32_t mark = goes_up(rows) ? canvas->glyphs->arrow_up : canvas->glyphs->arrow_down;
	int x = column->x;

	if (column->width == 0)
		return;
	if (!right) {
		x = canvas_print(canvas, x, 0, role, "%s", title);
		if (sorted)
			canvas_put(canvas, x, 0, role, mark);
		return;
	}
	x = canvas_print_right(canvas, column->x + column->width, 0, role, "%s", title);
	if (sorted)
		canvas_put(canvas, x - 1, 0, role, mark);
}

/* In place of the error stands what rows are sorted by. */
static void draw_ranking_title(struct canvas *canvas, const struct tree_rows *rows,
			       const struct column *column)
{
	enum ranking ranking = (enum ranking)(rows->sort - SORT_COUNT);
	int x;

	if (column->width == 0)
		return;
	x = canvas_print_right(canvas, column->x + column->width, 0, ROLE_ACCENT, "%.8s",
			       ranking == RANKING_ABSMAX_OVER_STD ? "max/std"
								  : ranking_names[ranking]);
	canvas_put(canvas, x - 1, 0, ROLE_ACCENT,
		   goes_up(rows) ? canvas->glyphs->arrow_up : canvas->glyphs->arrow_down);
}

static void draw_header(const struct tree_document *document, const struct view_context *context,
			const struct columns *columns, struct canvas *canvas)
{
	const struct tree_rows *rows = &document->rows;
	struct canvas name = canvas_window(canvas, 0, 0, columns->at[NAME].width, 1);
	const struct column *at = columns->at;
	char counts[2][NUMBER_SIZE], place[2 * NUMBER_SIZE + 8], dial[DIAL_SHORT];

	if (rows->filtered)
		snprintf(place, sizeof place, "%s hits", number_count(counts[0], rows->n_hits));
	else
		snprintf(place, sizeof place, "%s of %s",
			 number_count(counts[0], document->scroll.cursor + 1),
			 number_count(counts[1], rows->n_visible));
	if ((int)strlen(place) > name.width - 1)
		snprintf(place, sizeof place, "%s/%s",
			 number_short(counts[0], rows->filtered ? rows->n_hits
								: document->scroll.cursor + 1),
			 number_short(counts[1], rows->n_visible));
	int x = canvas_print_right(&name, name.width, 0, rows->filtered ? ROLE_ACCENT : ROLE_DIM,
				   "%s", place);
	/* Where both do not fit, the place in the list tells more than the word. */
	if (x >= 7)
		x = canvas_print(&name, 1, 0, rows->sort == SORT_NAME ? ROLE_ACCENT : ROLE_DIM,
				 "name");
	else
		x = 0;
	if (rows->sort == SORT_NAME || (rows->sort == SORT_GRAPH && rows->reverse))
		canvas_put(&name, x, 0, ROLE_ACCENT,
			   rows->reverse ? name.glyphs->arrow_up : name.glyphs->arrow_down);
	if (context->planned)
		snprintf(dial, sizeof dial, "plan");
	else
		dial_short(dial, &context->dial);
	draw_title(canvas, rows, &at[OP], OP, "op", false);
	draw_title(canvas, rows, &at[WEIGHTS], WEIGHTS, "weights", false);
	draw_title(canvas, rows, &at[CURVE], CURVE, "training", false);
	draw_title(canvas, rows, &at[SHAPE], SHAPE, "shape", false);
	draw_title(canvas, rows, &at[PARAMETERS], PARAMETERS, "params", true);
	draw_title(canvas, rows, &at[SHARE], SHARE, "share", false);
	draw_title(canvas, rows, &at[MACS], MACS, "MACs", true);
	draw_title(canvas, rows, &at[MACS_SHARE], MACS_SHARE, "of MACs", false);
	draw_title(canvas, rows, &at[FLOPS], FLOPS, "FLOPs", true);
	draw_title(canvas, rows, &at[ACTIVATIONS], ACTIVATIONS, "activ.", true);
	if (tree_sort_is_ranking(rows->sort))
		draw_ranking_title(canvas, rows, &at[ERROR_DB]);
	else
		draw_title(canvas, rows, &at[ERROR_DB], ERROR_DB, dial, true);
}

static enum role role_of(const struct layer *layer)
{
	switch ((enum layer_kind)layer->kind) {
	case LAYER_MODEL:
		return ROLE_TITLE;
	case LAYER_SCOPE:
	case LAYER_GRAPH:
		return ROLE_SCOPE;
	case LAYER_NODE:
		return ROLE_NAME;
	case LAYER_TENSOR:
		break;
	}
	return ROLE_NORMAL;
}

/* Shows where the search hits a label, as far as the label is on the screen. */
static void draw_hit(const struct tree_search *search, struct canvas *canvas, int x, int y,
		     struct text label)
{
	enum gate_mode mode = canvas->glyphs->gate;
	size_t start, len, width = (size_t)canvas->width;

	if (!search->pattern || !pattern_match(search->pattern, label, &start, &len))
		return;
	size_t before = gate_width(mode, (struct text){ label.data, start }, width);
	size_t hit = gate_width(mode, (struct text){ label.data + start, len }, width);
	if (before < width)
		canvas_recolour(canvas, x + (int)before, y, (int)hit, ROLE_MATCH);
}

/* Cursor mark, indent, fold mark, label; at least half of the column is the label's. Returns the
 * column after it. */
static int draw_name(const struct tree *tree, const struct tree_rows *rows, uint32_t row,
		     struct canvas *canvas, int y, const struct columns *columns, bool selected)
{
	const struct layer *layer = &rows->layers->rows[row];
	const struct glyphs *glyphs = canvas->glyphs;
	int width = columns->at[NAME].width;
	bool no_op = layer->kind == LAYER_MODEL || layer->kind == LAYER_SCOPE;
	int room = width + (no_op && columns->at[OP].width ? columns->at[OP].width + 1 : 0);
	struct canvas name = canvas_window(canvas, 0, y, room, 1);
	int step = width >= 26 ? 2 : 1;
	int indent = layer->depth * step;
	char buffer[64];

	if (indent > width / 2 - 3)
		indent = width / 2 - 3 > 0 ? width / 2 - 3 : 0;
	if (selected)
		canvas_put(&name, 0, 0, ROLE_ACCENT, glyphs->cursor);
	int x = 1 + indent;
	if (tree_rows_has_children(rows, row))
		canvas_put(&name, x, 0, ROLE_DIM,
			   tree_rows_is_open(rows, row) ? glyphs->unfolded : glyphs->folded);
	else
		canvas_put(&name, x, 0, ROLE_DIM, glyphs->leaf);
	struct text label = layer_label(rows->layers, row, buffer);
	int end = canvas_text(&name, x + 2, 0, room - x - 2, role_of(layer), label);
	if (row > 0)
		draw_hit(&tree->search, &name, x + 2, 0, label);
	return end;
}

static void draw_op(const struct tree_rows *rows, uint32_t row, struct canvas *canvas, int y,
		    const struct column *column)
{
	const struct layer *layer = &rows->layers->rows[row];
	const struct model *model = rows->model;
	char buffer[256];

	if (layer->kind == LAYER_NODE) {
		const struct op *op = model->nodes[layer->item].op;
		struct text label = model_op_label(op, buffer);
		/* The type says more than the beginning of its domain. */
		if (gate_width(GATE_UNICODE, label, 64) > (size_t)column->width)
			label = op->type;
		canvas_text(canvas, column->x, y, column->width, ROLE_OP, label);
	} else if (layer->kind == LAYER_GRAPH)
		canvas_text(canvas, column->x, y, column->width, ROLE_DIM,
			    model->graphs[layer->item].kind == GRAPH_FUNCTION	? TEXT("function")
			    : model->graphs[layer->item].kind == GRAPH_TRAINING ? TEXT("training")
										: TEXT("graph"));
	if (layer->kind != LAYER_TENSOR)
		return;
	dtype_words(&model->tensors[layer->item], buffer, sizeof buffer);
	canvas_text(canvas, column->x, y, column->width, ROLE_DTYPE, text_from(buffer));
}

static void draw_shape(const struct tree_rows *rows, uint32_t row, struct canvas *canvas, int y,
		       const struct column *column)
{
	const struct layer *layer = &rows->layers->rows[row];
	const struct model *model = rows->model;
	char buffer[256] = "";

	if (layer->kind == LAYER_TENSOR) {
		shape_of_tensor(&model->tensors[layer->item], SHAPE_TIMES, buffer, sizeof buffer);
	} else if (layer->kind == LAYER_NODE && model->nodes[layer->item].n_outputs > 0) {
		bool inferred;
		const struct type *type = tree_output_type(rows, layer->item, &inferred);

		buffer[0] = inferred ? '~' : '\0';
		if (!type || !shape_of_type(type, canvas->glyphs->gate, SHAPE_TIMES,
					    buffer + inferred, sizeof buffer - inferred))
			buffer[0] = '\0';
	}
	struct canvas window = canvas_window(canvas, column->x, y, column->width, 1);
	canvas_string(&window, 0, 0, ROLE_DTYPE, buffer);
}

/* An unknown count shows a dash; a row without parameters nothing at all. */
static void draw_parameters(const struct tree_rows *rows, uint32_t row, struct canvas *canvas,
			    int y, const struct column *column)
{
	const struct layer *layer = &rows->layers->rows[row];
	int end = column->x + column->width;
	char buffer[NUMBER_SIZE];

	if (layer->parameters > 0) {
		canvas_print_right(canvas, end, y, ROLE_NUMBER, "%s",
				   number_short(buffer, layer->parameters));
	} else if (layer->kind == LAYER_TENSOR) {
		const struct tensor *tensor = &rows->model->tensors[layer->item];
		if (tensor->problem == TENSOR_OVERFLOW || tensor->problem == TENSOR_BAD_DIMS)
			canvas_put(canvas, end - 1, y, ROLE_DIM, canvas->glyphs->dash);
	}
}

/* A dash where something runs, but nobody knows what it costs. */
static void draw_cost(const struct tree_rows *rows, uint32_t row, struct canvas *canvas, int y,
		      const struct column *at)
{
	const struct cost_row *sums = &rows->cost->rows[row];
	const struct cost *cost = &sums->cost;
	bool unknown = cost->unknown == sums->nodes;
	double share = cost_share(rows->cost, cost);
	char buffer[NUMBER_SIZE];

	if (!sums->nodes)
		return;
	if (at[MACS].width && (cost->macs || unknown))
		canvas_print_right(canvas, at[MACS].x + at[MACS].width, y, ROLE_NUMBER, "%s",
				   unknown ? "–" : number_short(buffer, cost->macs));
	if (at[MACS_SHARE].width && share > 0)
		plot_share(canvas, at[MACS_SHARE].x, y, at[MACS_SHARE].width, share, ROLE_CHART);
	if (at[FLOPS].width && (cost->operations || unknown))
		canvas_print_right(canvas, at[FLOPS].x + at[FLOPS].width, y, ROLE_NUMBER, "%s",
				   unknown ? "–" : number_short(buffer, cost->operations));
	if (at[ACTIVATIONS].width && cost->activation_bytes)
		canvas_print_right(canvas, at[ACTIVATIONS].x + at[ACTIVATIONS].width, y,
				   ROLE_NUMBER, "%s", number_bytes(buffer, cost->activation_bytes));
}

/* A mark says it without colour: nothing is good, an arrow fair, an exclamation mark bad; a dash
 * stands for what is not known yet. */
static void draw_error(const struct tree_figures *figures, struct canvas *canvas, int y,
		       const struct column *column, bool turned)
{
	int mark = column->x + column->width - 1;
	char buffer[NUMBER_SIZE];

	if (figures->nonfinite) {
		canvas_print_right(canvas, mark, y, ROLE_BAD, "NaN/∞");
		canvas_put(canvas, mark, y, ROLE_BAD, '!');
		return;
	}
	if (figures->unread && isnan(figures->worst)) {
		canvas_print_right(canvas, mark, y, ROLE_BAD, "n/a");
		canvas_put(canvas, mark, y, ROLE_BAD, '!');
		return;
	}
	if (isnan(figures->worst)) {
		/* Only what has been there and is no more is worth the bytes. */
		if (!figures->complete && turned)
			canvas_put(canvas, mark - 1, y, ROLE_DIM, canvas->glyphs->dash);
		return;
	}
	enum role role = detail_sqnr_role((double)figures->worst);
	int x = canvas_print_right(canvas, mark, y, role, "%s",
				   number_decibel(buffer, (double)figures->worst));
	/* The worst of those that are known. */
	if (!figures->complete)
		canvas_put(canvas, x - 1, y, ROLE_DIM, canvas->glyphs->approximately);
	if (role == ROLE_FAIR)
		canvas_put(canvas, mark, y, role, canvas->glyphs->arrow_down);
	else if (role == ROLE_BAD)
		canvas_put(canvas, mark, y, role, '!');
}

static void draw_ranked(const struct tree_figures *figures, enum ranking ranking,
			struct canvas *canvas, int y, const struct column *column)
{
	char buffer[NUMBER_SIZE];
	double value = (double)figures->ranked;

	if (isnan(value))
		return;
	if (ranking_is_share(ranking))
		number_percent(buffer, value);
	else
		number_value(buffer, value, 3);
	canvas_print_right(canvas, column->x + column->width, y, ROLE_NUMBER, "%s", buffer);
}

/* Returns the column after the name. */
static int draw_row(const struct tree *tree, const struct tree_document *document,
		     const struct columns *columns, uint32_t index, struct canvas *canvas, int y,
		     bool selected)
{
	const struct tree_rows *rows = &document->rows;
	const struct tree_window *window = &document->window;
	const struct column *at = columns->at;
	uint32_t row = rows->visible[index];

	int end = draw_name(tree, rows, row, canvas, y, columns, selected);
	if (at[OP].width)
		draw_op(rows, row, canvas, y, &at[OP]);
	if (at[SHAPE].width)
		draw_shape(rows, row, canvas, y, &at[SHAPE]);
	if (at[PARAMETERS].width)
		draw_parameters(rows, row, canvas, y, &at[PARAMETERS]);
	if (at[SHARE].width && rows->layers->rows[row].parameters > 0 &&
	    rows->model->n_parameters > 0)
		plot_share(canvas, at[SHARE].x, y, at[SHARE].width,
			   (double)rows->layers->rows[row].parameters /
				   (double)rows->model->n_parameters,
			   ROLE_CHART);
	if (rows->cost)
		draw_cost(rows, row, canvas, y, at);
	if (index - window->first >= window->count ||
	    window->figures[index - window->first].row != row)
		return end;
	const struct tree_figures *figures = &window->figures[index - window->first];
	if (at[WEIGHTS].width && figures->has_bins)
		plot_spark(canvas, at[WEIGHTS].x, y, at[WEIGHTS].width, figures->bins, SUMMARY_BINS,
			   ROLE_SPARK);
	if (at[CURVE].width && figures->has_curve)
		plot_spark(canvas, at[CURVE].x, y, at[CURVE].width, figures->curve, TREE_CURVE,
			   ROLE_CHART_OTHER);
	if (at[ERROR_DB].width && tree_sort_is_ranking(rows->sort))
		draw_ranked(figures, (enum ranking)(rows->sort - SORT_COUNT), canvas, y,
			    &at[ERROR_DB]);
	else if (at[ERROR_DB].width)
		draw_error(figures, canvas, y, &at[ERROR_DB], window->turned);
	return end;
}

void tree_draw_rows(const struct tree *tree, const struct tree_document *document,
		    const struct view_context *context, struct canvas *canvas)
{
	struct columns columns = columns_layout(&document->rows, canvas->width);
	uint64_t top = context->whole ? 0 : document->scroll.top;

	draw_header(document, context, &columns, canvas);
	for (int y = 1; y < canvas->height; y++) {
		uint64_t index = top + (uint64_t)y - 1;
		if (index >= document->rows.n_visible)
			return;
		bool selected = !context->whole && index == document->scroll.cursor;
		int end = draw_row(tree, document, &columns, (uint32_t)index, canvas, y, selected);
		int name = columns.at[NAME].width;
		if (selected)
			/* The name alone: a whole row in other colours is a lot on a slow link. */
			canvas_mark(canvas, 0, y, end > name ? end : name,
				    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
}
