#include "ui/views/cost_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas/number.h"
#include "ui/canvas/plot.h"
#include "ui/views/dial.h"

#define LABEL_LEAST 15
#define LABEL_MOST  40
#define BAR	    8

const char *const cost_page_names[COST_PAGE_COUNT + 1] = {
#define X(id, name, heading) name,
	COST_PAGES(X)
#undef X
};

const char *const cost_page_headings[COST_PAGE_COUNT] = {
#define X(id, name, heading) heading,
	COST_PAGES(X)
#undef X
};

const char *const cost_column_names[COST_COLUMN_COUNT + 1] = {
#define X(id, name, title, width) name,
	COST_COLUMNS(X)
#undef X
};

/* --- Lines ----------------------------------------------------------------------------------- */

static double key_of(const struct cost_table *table, const struct cost_line *line,
		     enum cost_column column)
{
	const struct cost *cost = &line->cost;
	double key = NAN;

	switch (column) {
	case COST_NODES:
		return (double)line->nodes;
	case COST_SHARE:
	case COST_BAR:
		if (table->sheet->report.total.macs == 0)
			return (double)cost->operations;
		/* fall through */
	case COST_MACS:
		return (double)cost->macs;
	case COST_FLOPS:
		return (double)cost->operations;
	case COST_WEIGHTS:
		return (double)cost->weight_bytes;
	case COST_THEN:
		return (double)line->then;
	case COST_ACTIVATIONS:
		return (double)cost->activation_bytes;
	case COST_INTENSITY:
		key = cost_intensity(cost);
		break;
	case COST_COLUMN_COUNT:
		break;
	}
	return isnan(key) ? -1 : key;
}

struct order {
	const struct cost_table *table;
	enum cost_column sort;
	bool reverse;
};

static int compare_lines(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct cost_line *x = a, *y = b;
	double left = key_of(order->table, x, order->sort);
	double right = key_of(order->table, y, order->sort);

	if (left != right)
		return (left > right) != order->reverse ? -1 : 1;
	/* What computes nothing at all, by what it takes up. */
	if (x->cost.operations != y->cost.operations)
		return x->cost.operations > y->cost.operations ? -1 : 1;
	if (x->cost.activation_bytes != y->cost.activation_bytes)
		return x->cost.activation_bytes > y->cost.activation_bytes ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static void add_row(struct cost_table *table, uint32_t row, const uint64_t *at)
{
	const struct cost_row *sums = &table->sheet->rows[row];

	if (sums->nodes)
		table->lines[table->count++] = (struct cost_line){
			.row = row, .nodes = sums->nodes, .cost = sums->cost,
			.then = at ? at[row] : sums->cost.weight_bytes,
		};
}

/* Children, or all nodes; a node is its own child. */
static void fill_rows(struct cost_table *table, uint32_t row, const uint64_t *at,
		      struct arena *arena)
{
	const struct layer *rows = table->sheet->layers->rows;
	bool children = table->page == COST_BY_LAYER && rows[row].kind != LAYER_NODE;
	uint32_t child = children ? row + 1 : row;

	table->lines = arena_array(arena, rows[row].end - row, sizeof *table->lines);
	while (table->lines && child < rows[row].end) {
		if (children || rows[child].kind == LAYER_NODE)
			add_row(table, child, at);
		child = children ? rows[child].end : child + 1;
	}
}

static void fill_ops(struct cost_table *table, uint32_t row, const uint64_t *at,
		     struct arena *arena)
{
	size_t n;
	const struct cost_op *ops = cost_sheet_ops(table->sheet, row, at, arena, &n);

	table->lines = arena_array(arena, n, sizeof *table->lines);
	for (size_t i = 0; ops && table->lines && i < n; i++)
		table->lines[table->count++] = (struct cost_line){
			.op = ops[i].op, .row = (uint32_t)i, .nodes = ops[i].nodes,
			.cost = ops[i].cost,
			.then = at ? ops[i].bytes_then : ops[i].cost.weight_bytes,
		};
}

/* From the first class that has nodes to the last. */
static void fill_classes(struct cost_table *table, uint32_t row, const uint64_t *at,
			 struct arena *arena)
{
	struct cost_class classes[COST_CLASSES];
	uint32_t first = 0, end = COST_CLASSES;

	cost_sheet_classes(table->sheet, row, at, classes);
	while (end > 0 && !classes[end - 1].nodes)
		end--;
	while (first < end && !classes[first].nodes)
		first++;
	table->lines = arena_array(arena, COST_CLASSES, sizeof *table->lines);
	for (uint32_t k = first; table->lines && k < end; k++)
		table->lines[table->count++] = (struct cost_line){
			.row = k, .nodes = classes[k].nodes,
			.cost = { .operations = classes[k].operations,
				  .read_bytes = classes[k].bytes },
		};
}

void cost_table_fill(struct cost_table *table, const struct cost_sheet *sheet, enum cost_page page,
		     uint32_t row, const uint64_t *at, enum cost_column sort, bool reverse,
		     struct arena *arena)
{
	struct order order = { table, sort, reverse };

	*table = (struct cost_table){ .sheet = sheet, .page = page };
	switch (page) {
	case COST_BY_OP:
		fill_ops(table, row, at, arena);
		break;
	case COST_BY_LAYER:
	case COST_BY_NODE:
		fill_rows(table, row, at, arena);
		break;
	case COST_BY_INTENSITY:
		fill_classes(table, row, at, arena);
		return;
	case COST_PAGE_COUNT:
		break;
	}
	if (table->count > 1)
		qsort_r(table->lines, table->count, sizeof *table->lines, compare_lines, &order);
}

/* --- Drawing --------------------------------------------------------------------------------- */

/* Where each column ends; 0: not shown. */
struct ends {
	int label, at[COST_COLUMN_COUNT];
};

static bool has_column(enum cost_page page, enum cost_column column)
{
	switch (page) {
	case COST_BY_OP:
	case COST_BY_LAYER:
		return true;
	case COST_BY_NODE:
		return column != COST_NODES;
	case COST_BY_INTENSITY:
		return column == COST_NODES || column == COST_FLOPS || column == COST_SHARE ||
		       column == COST_BAR || column == COST_ACTIVATIONS;
	case COST_PAGE_COUNT:
		break;
	}
	return false;
}

/* Columns by their worth, as long as they fit beside the label. */
static struct ends lay_out(enum cost_page page, int width)
{
	static const int widths[] = {
#define X(id, name, title, width) width,
		COST_COLUMNS(X)
#undef X
	};
	static const uint8_t by_worth[COST_COLUMN_COUNT] = {
		COST_MACS,    COST_SHARE, COST_ACTIVATIONS, COST_INTENSITY, COST_WEIGHTS,
		COST_THEN, COST_NODES, COST_BAR,	 COST_FLOPS,
	};
	bool shown[COST_COLUMN_COUNT] = { false };
	struct ends ends = { 0 };
	int left = width - LABEL_LEAST, x;

	for (unsigned i = 0; i < COST_COLUMN_COUNT; i++) {
		unsigned column = by_worth[i];

		if (!has_column(page, column) || widths[column] > left)
			continue;
		shown[column] = true;
		left -= widths[column];
	}
	ends.label = LABEL_LEAST + left;
	ends.label = ends.label > LABEL_MOST ? LABEL_MOST : ends.label;
	x = ends.label;
	for (unsigned column = 0; column < COST_COLUMN_COUNT; column++)
		if (shown[column])
			ends.at[column] = x += widths[column];
	return ends;
}

enum cost_column cost_table_column_at(enum cost_page page, int width, int x)
{
	struct ends ends = lay_out(page, width - 1);
	int begin = ends.label;

	for (enum cost_column column = 0; column < COST_COLUMN_COUNT; column++) {
		if (!ends.at[column])
			continue;
		if (x >= begin && x < ends.at[column])
			return page == COST_BY_INTENSITY ? COST_COLUMN_COUNT : column;
		begin = ends.at[column];
	}
	return COST_COLUMN_COUNT;
}

static void draw_header(const struct cost_table *table, const struct cost_table_look *look,
			const struct ends *ends, struct canvas *canvas)
{
	static const char *const titles[] = {
#define X(id, name, title, width) title,
		COST_COLUMNS(X)
#undef X
	};
	static const char *const labels[] = { "op", "layer", "node", "FLOP/byte" };
	char dial[DIAL_SHORT];

	canvas_string(canvas, 1, 0, ROLE_DIM, labels[table->page]);
	dial_short(dial, look->dial);
	for (unsigned column = 0; column < COST_COLUMN_COUNT; column++) {
		bool sorted = column == look->sort && table->page != COST_BY_INTENSITY;
		const char *title = column == COST_THEN ? dial : titles[column];
		int x;

		if (!ends->at[column] || !title[0])
			continue;
		if (table->page == COST_BY_INTENSITY && column == COST_ACTIVATIONS)
			title = "moved";
		x = canvas_print_right(canvas, ends->at[column], 0,
				       sorted ? ROLE_ACCENT : ROLE_DIM, "%s", title);
		if (sorted)
			canvas_put(canvas, x - 1, 0, ROLE_ACCENT,
				   look->reverse ? canvas->glyphs->arrow_up
						 : canvas->glyphs->arrow_down);
	}
}

/* "block2/first/conv": as many of the last parts of a row's path as there is room for. */
static struct text path_end(const struct layers *layers, uint32_t row, int width, char buffer[256])
{
	size_t room = width < 255 ? (size_t)width : 255, used = 0;
	char label[64];

	for (; row != 0 && row != NO_INDEX; row = layers->rows[row].parent) {
		struct text part = layer_label(layers, row, label);

		if (part.len + 1 > room - used) {
			/* The last part stands there, cut where it must be. */
			if (used == 0)
				return layer_label(layers, row, buffer);
			break;
		}
		used += part.len;
		if (part.len)
			memcpy(buffer + 256 - used, part.data, part.len);
		buffer[255 - used++] = '/';
	}
	return (struct text){ buffer + 256 - used + 1, used ? used - 1 : 0 };
}

static void draw_label(const struct cost_table *table, const struct cost_line *line, int width,
		       struct canvas *canvas, int y)
{
	const struct layers *layers = table->sheet->layers;
	char buffer[256];

	if (table->page == COST_BY_INTENSITY) {
		double begin = cost_class_begin(line->row);

		if (line->row == 0)
			canvas_string(canvas, 1, y, ROLE_NUMBER, "below 1");
		else if (line->row == COST_CLASSES - 1)
			canvas_print(canvas, 1, y, ROLE_NUMBER, "%u and more", (unsigned)begin);
		else
			canvas_print(canvas, 1, y, ROLE_NUMBER, "%u to %u", (unsigned)begin,
				     (unsigned)(2 * begin));
	} else if (line->op) {
		canvas_text(canvas, 1, y, width - 1, ROLE_OP, model_op_label(line->op, buffer));
	} else if (table->page == COST_BY_NODE) {
		canvas_text(canvas, 1, y, width - 1, ROLE_NAME,
			    path_end(layers, line->row, width - 1, buffer));
	} else {
		bool node = layers->rows[line->row].kind == LAYER_NODE;

		canvas_text(canvas, 1, y, width - 1, node ? ROLE_NAME : ROLE_SCOPE,
			    layer_label(layers, line->row, buffer));
	}
}

/* Of the operations where there are no multiply-accumulates, and in classes of intensity. */
static double share_of(const struct cost_table *table, const struct cost_line *line)
{
	const struct cost *total = &table->sheet->report.total;

	if (table->page == COST_BY_INTENSITY)
		return total->operations
			       ? (double)line->cost.operations / (double)total->operations
			       : NAN;
	return cost_share(table->sheet, &line->cost);
}

static void draw_number(const struct cost_table *table, const struct cost_line *line,
			enum cost_column column, int end, struct canvas *canvas, int y)
{
	const struct cost *cost = &line->cost;
	bool unknown = cost->unknown == line->nodes && line->nodes > 0;
	char buffer[NUMBER_SIZE] = "–";
	double share = share_of(table, line), intensity = cost_intensity(cost);

	switch (column) {
	case COST_NODES:
		number_count(buffer, line->nodes);
		break;
	case COST_MACS:
		if (!unknown)
			number_short(buffer, cost->macs);
		break;
	case COST_FLOPS:
		if (!unknown)
			number_short(buffer, cost->operations);
		break;
	case COST_SHARE:
		if (!unknown && !isnan(share))
			number_percent(buffer, share);
		break;
	case COST_BAR:
		if (share > 0)
			plot_share(canvas, end - BAR, y, BAR, share, ROLE_CHART);
		return;
	case COST_WEIGHTS:
		number_bytes(buffer, cost->weight_bytes);
		break;
	case COST_THEN:
		number_bytes(buffer, line->then);
		break;
	case COST_ACTIVATIONS:
		number_bytes(buffer, table->page == COST_BY_INTENSITY ? cost->read_bytes
								      : cost->activation_bytes);
		break;
	case COST_INTENSITY:
		if (!unknown && !isnan(intensity))
			number_value(buffer, intensity, 3);
		break;
	case COST_COLUMN_COUNT:
		return;
	}
	canvas_print_right(canvas, end, y, ROLE_NUMBER, "%s", buffer);
}

void cost_table_draw(const struct cost_table *table, const struct cost_table_look *look,
		     struct canvas *canvas)
{
	struct ends ends = lay_out(table->page, canvas->width - 1); /* arrows of more stand at the end */
	int y = 1;

	draw_header(table, look, &ends, canvas);
	for (uint64_t i = look->top; i < table->count && y < canvas->height; i++, y++) {
		draw_label(table, &table->lines[i], ends.label, canvas, y);
		for (unsigned column = 0; column < COST_COLUMN_COUNT; column++)
			if (ends.at[column])
				draw_number(table, &table->lines[i], column, ends.at[column], canvas,
					    y);
		if (i == look->cursor) {
			canvas_put(canvas, 0, y, ROLE_ACCENT, canvas->glyphs->cursor);
			canvas_mark(canvas, 0, y, canvas->width,
				    CELL_SELECTED | (look->focused ? CELL_FOCUSED : 0));
		}
	}
}
