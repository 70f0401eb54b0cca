#include <stdlib.h>

#include "ui/views/tree.h"

#define FIRST_SCREEN 60 /* rows that the tree may show before anybody touched a fold */

const char *const tree_sort_names[SORT_COUNT] = {
#define X(id, name) [id] = name,
	TREE_SORTS(X)
#undef X
};

const char *tree_sort_name(unsigned sort)
{
	return tree_sort_is_ranking(sort) ? ranking_names[sort - SORT_COUNT] : tree_sort_names[sort];
}

static uint8_t open_flag(const struct tree_rows *rows)
{
	return rows->filtered ? ROW_OPEN_FILTERED : ROW_OPEN;
}

bool tree_rows_is_open(const struct tree_rows *rows, uint32_t row)
{
	return rows->flags[row] & open_flag(rows);
}

void tree_rows_open(struct tree_rows *rows, uint32_t row, bool open)
{
	if (open)
		rows->flags[row] |= open_flag(rows);
	else
		rows->flags[row] &= (uint8_t)~open_flag(rows);
}

void tree_rows_open_all(struct tree_rows *rows, bool open)
{
	for (uint32_t row = 0; row < rows->layers->n_rows; row++)
		tree_rows_open(rows, row, open || row == 0);
}

bool tree_rows_has_children(const struct tree_rows *rows, uint32_t row)
{
	return rows->layers->rows[row].end > row + 1;
}

static uint32_t first_child(const struct tree_rows *rows, uint32_t row)
{
	if (!tree_rows_has_children(rows, row))
		return NO_INDEX;
	return rows->first ? rows->first[row] : row + 1;
}

static uint32_t next_sibling(const struct tree_rows *rows, uint32_t row)
{
	const struct layer *layer = &rows->layers->rows[row];

	if (layer->parent == NO_INDEX)
		return NO_INDEX;
	if (rows->next)
		return rows->next[row];
	return layer->end < rows->layers->rows[layer->parent].end ? layer->end : NO_INDEX;
}

/* The next row that is not below this one. */
static uint32_t after_subtree(const struct tree_rows *rows, uint32_t row)
{
	while (row != NO_INDEX) {
		uint32_t next = next_sibling(rows, row);
		if (next != NO_INDEX)
			return next;
		row = rows->layers->rows[row].parent;
	}
	return NO_INDEX;
}

uint32_t tree_rows_following(const struct tree_rows *rows, uint32_t row)
{
	uint32_t child = first_child(rows, row);

	return child != NO_INDEX ? child : after_subtree(rows, row);
}

static bool is_shown(const struct tree_rows *rows, uint32_t row)
{
	return !rows->filtered || row == 0 ||
	       rows->flags[row] & (ROW_HIT | ROW_ABOVE_HIT | ROW_BELOW_HIT | ROW_PINNED);
}

void tree_rows_flatten(struct tree_rows *rows)
{
	uint32_t n = 0;

	for (uint32_t row = 0; row != NO_INDEX;) {
		bool shown = is_shown(rows, row);
		if (shown)
			rows->visible[n++] = row;
		if (shown && tree_rows_is_open(rows, row))
			row = tree_rows_following(rows, row);
		else
			row = after_subtree(rows, row);
	}
	rows->n_visible = n;
}

uint32_t tree_rows_find(const struct tree_rows *rows, uint32_t row)
{
	for (uint32_t i = 0; i < rows->n_visible; i++) {
		if (rows->visible[i] == row)
			return i;
	}
	return UINT32_MAX;
}

void tree_rows_reveal(struct tree_rows *rows, uint32_t row)
{
	const struct layer *layers = rows->layers->rows;

	rows->flags[row] |= ROW_PINNED;
	for (row = layers[row].parent; row != NO_INDEX; row = layers[row].parent) {
		rows->flags[row] |= ROW_PINNED;
		tree_rows_open(rows, row, true);
	}
}

/* Unfolds scopes level by level while the rows still fit a screen or two. */
static void open_first_levels(struct tree_rows *rows)
{
	const struct layer *layers = rows->layers->rows;
	uint32_t level[FIRST_SCREEN] = { 0 }, next[FIRST_SCREEN];
	unsigned n_level = 1, total = 1;

	while (n_level > 0) {
		unsigned n_next = 0, children = 0;
		for (unsigned i = 0; i < n_level; i++) {
			for (uint32_t child = first_child(rows, level[i]); child != NO_INDEX;
			     child = next_sibling(rows, child)) {
				children++;
				if (layers[child].kind == LAYER_SCOPE && n_next < FIRST_SCREEN)
					next[n_next++] = child;
			}
		}
		/* Few rows say nothing: then rather too many. */
		if (total + children > FIRST_SCREEN && total > 8)
			return;
		for (unsigned i = 0; i < n_level; i++)
			tree_rows_open(rows, level[i], true);
		total += children;
		n_level = n_next;
		for (unsigned i = 0; i < n_next; i++)
			level[i] = next[i];
	}
}

bool tree_rows_init(struct tree_rows *rows, const struct model *model, const struct layers *layers)
{
	*rows = (struct tree_rows){ .model = model, .layers = layers };
	rows->flags = calloc(layers->n_rows, sizeof *rows->flags);
	rows->visible = malloc(layers->n_rows * sizeof *rows->visible);
	if (!rows->flags || !rows->visible) {
		tree_rows_free(rows);
		return false;
	}
	rows->name_width = tree_name_width(layers);
	open_first_levels(rows);
	tree_rows_flatten(rows);
	return true;
}

void tree_rows_free(struct tree_rows *rows)
{
	free(rows->flags);
	free(rows->visible);
	free(rows->first);
	free(rows->next);
	*rows = (struct tree_rows){ 0 };
}

struct sorting {
	const struct tree_rows *rows;
	const double *keys;
	unsigned sort;
	bool reverse;
};

static struct text op_of(const struct tree_rows *rows, uint32_t row)
{
	const struct layer *layer = &rows->layers->rows[row];

	if (layer->kind == LAYER_NODE)
		return rows->model->nodes[layer->item].op->type;
	if (layer->kind == LAYER_TENSOR)
		return text_from(dtype_name(rows->model->tensors[layer->item].dtype));
	return TEXT("");
}

/* NaN, "not known", stands last in either direction. */
static int compare_keys(const struct sorting *sorting, uint32_t a, uint32_t b)
{
	double x = sorting->keys[a], y = sorting->keys[b];

	if (x != x || y != y)
		return (x != x) - (y != y);
	int order = x < y ? -1 : x > y;
	return sorting->reverse ? -order : order;
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct sorting *sorting = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	char buffers[2][64];
	int order = 0;

	if (sorting->keys) {
		order = compare_keys(sorting, a, b);
	} else if (sorting->sort != SORT_GRAPH) {
		if (sorting->sort == SORT_OP)
			order = text_compare_natural(op_of(sorting->rows, a),
						     op_of(sorting->rows, b));
		else
			order = text_compare_natural(
				layer_label(sorting->rows->layers, a, buffers[0]),
				layer_label(sorting->rows->layers, b, buffers[1]));
		order = sorting->reverse ? -order : order;
	}
	if (order)
		return order;
	order = a < b ? -1 : a > b;
	return sorting->sort == SORT_GRAPH && sorting->reverse ? -order : order;
}

/* Links the children of one row in order; list has room for all of them. */
static void sort_children(struct tree_rows *rows, uint32_t parent, struct sorting *sorting,
			  uint32_t *list)
{
	const struct layer *layers = rows->layers->rows;
	uint32_t end = layers[parent].end;
	size_t n = 0;

	for (uint32_t child = parent + 1; child < end; child = layers[child].end)
		list[n++] = child;
	qsort_r(list, n, sizeof *list, compare_rows, sorting);
	uint32_t next = NO_INDEX;
	while (n > 0) {
		rows->next[list[--n]] = next;
		next = list[n];
	}
	rows->first[parent] = next;
}

bool tree_rows_sort(struct tree_rows *rows, unsigned sort, bool reverse, const double *keys)
{
	size_t n = rows->layers->n_rows;
	struct sorting sorting = { rows, keys, sort, reverse };

	if (!rows->first && (sort != SORT_GRAPH || reverse)) {
		rows->first = malloc(n * sizeof *rows->first);
		rows->next = malloc(n * sizeof *rows->next);
	}
	uint32_t *list = malloc(n * sizeof *list);
	bool ok = list && rows->first && rows->next;
	if (!ok || (sort == SORT_GRAPH && !reverse)) {
		free(rows->first);
		free(rows->next);
		free(list);
		rows->first = rows->next = NULL;
		rows->sort = SORT_GRAPH;
		rows->reverse = false;
		return sort == SORT_GRAPH && !reverse;
	}
	rows->next[0] = NO_INDEX;
	for (uint32_t row = 0; row < n; row++) {
		if (tree_rows_has_children(rows, row))
			sort_children(rows, row, &sorting, list);
	}
	free(list);
	rows->sort = sort;
	rows->reverse = reverse;
	return true;
}

void tree_rows_show_all(struct tree_rows *rows)
{
	rows->filtered = false;
	rows->n_hits = 0;
}

void tree_rows_filter(struct tree_rows *rows)
{
	const struct layer *layers = rows->layers->rows;
	uint32_t n = (uint32_t)rows->layers->n_rows;

	rows->filtered = true;
	rows->n_hits = 0;
	for (uint32_t row = 0; row < n; row++) {
		rows->flags[row] &= ROW_OPEN | ROW_HIT;
		if (row > 0 && rows->flags[layers[row].parent] & (ROW_HIT | ROW_BELOW_HIT))
			rows->flags[row] |= ROW_BELOW_HIT;
		rows->n_hits += (rows->flags[row] & ROW_HIT) != 0;
	}
	for (uint32_t row = n; row-- > 1;) {
		if (rows->flags[row] & (ROW_HIT | ROW_ABOVE_HIT))
			rows->flags[layers[row].parent] |= ROW_ABOVE_HIT | ROW_OPEN_FILTERED;
	}
	rows->flags[0] |= ROW_OPEN_FILTERED;
}
