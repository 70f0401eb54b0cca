#include "select.h"

#include <stdlib.h>

#include <mtui/arena.h>
#include <mtui/gate.h>
#include <mtui/text.h>

#define PATTERN_COLUMNS 60

static bool matches(const char *const *patterns, size_t n, struct text subject)
{
	for (size_t i = 0; i < n; i++)
		if (text_glob(text_from(patterns[i]), subject))
			return true;
	return false;
}

/* By its name in the file, which messages and other tools show. */
static bool node_matches(const struct layers *layers, const struct layer *row,
			 const char *const *patterns, size_t n)
{
	char buffer[64];

	return row->kind == LAYER_NODE &&
	       matches(patterns, n, model_node_label(layers->model, row->item, buffer));
}

/* Marks the tensors and takes the nodes in the subtree of a row. Rows are in pre-order, so this is
 * one run of them. */
static void take_subtree(struct selection *selection, const struct layers *layers, uint32_t row,
			 bool *marks)
{
	for (uint32_t i = row; i < layers->rows[row].end; i++) {
		if (layers->rows[i].kind == LAYER_TENSOR)
			marks[layers->rows[i].item] = true;
		else if (layers->rows[i].kind == LAYER_NODE)
			selection->nodes[selection->n_nodes++] = layers->rows[i].item;
	}
}

/* The path of every row is made in an arena that is emptied now and then: paths of a deep tree
 * together would be much longer than its names. */
static void find_rows(struct selection *selection, const struct layers *layers,
		      const char *const *patterns, size_t n, bool *marks)
{
	struct arena arena;
	uint32_t marked_to = 0;

	arena_init(&arena, 0);
	for (uint32_t row = 0; row < layers->n_rows; row++) {
		struct text path = layer_path(layers, row, &arena);
		if (matches(patterns, n, layers->rows[row].label) || matches(patterns, n, path) ||
		    node_matches(layers, &layers->rows[row], patterns, n)) {
			selection->rows[selection->n_rows++] = row;
			if (row >= marked_to) {
				take_subtree(selection, layers, row, marks);
				marked_to = layers->rows[row].end;
			}
		}
		if (arena.used > 1 << 20) {
			arena_free(&arena);
			arena_init(&arena, 0);
		}
	}
	arena_free(&arena);
}

static void find_tensors(struct selection *selection, const struct model *model,
			 const struct layers *layers, const char *const *patterns, size_t n,
			 bool *marks)
{
	char buffer[64];

	for (uint32_t i = 0; i < model->n_tensors; i++) {
		uint32_t row = layers->row_of_tensor[i];

		if (model->tensors[i].kind == TENSOR_INDICES)
			continue;
		if (!marks[i] && !matches(patterns, n, model_tensor_label(model, i, buffer)))
			continue;
		selection->tensors[selection->n_tensors++] = i;
		/* The row of a tensor that was found by its full name is selected too. */
		if (!marks[i] && row != NO_INDEX)
			selection->rows[selection->n_rows++] = row;
	}
}

static int compare_indices(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool nothing_matches(const char *pattern, struct error *err)
{
	char shown[PATTERN_COLUMNS * 12 + 1];

	gate_text(GATE_ASCII, shown, sizeof shown, PATTERN_COLUMNS, text_from(pattern));
	return error_set(err, ERROR_USAGE, -1, "--select: no layer or tensor matches '%s'", shown);
}

bool selection_find(struct selection *selection, const struct model *model,
		    const struct layers *layers, const char *const *patterns, size_t n_patterns,
		    struct error *err)
{
	bool *marks = calloc(model->n_tensors + 1, sizeof *marks);

	*selection = (struct selection){ 0 };
	selection->rows = calloc(layers->n_rows + model->n_tensors + 1, sizeof *selection->rows);
	selection->tensors = calloc(model->n_tensors + 1, sizeof *selection->tensors);
	selection->nodes = calloc(model->n_nodes + 1, sizeof *selection->nodes);
	if (!marks || !selection->rows || !selection->tensors || !selection->nodes) {
		free(marks);
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	find_rows(selection, layers, patterns, n_patterns, marks);
	find_tensors(selection, model, layers, patterns, n_patterns, marks);
	free(marks);
	if (selection->n_rows == 0 && selection->n_tensors == 0)
		return nothing_matches(patterns[0], err);
	qsort(selection->rows, selection->n_rows, sizeof *selection->rows, compare_indices);
	qsort(selection->nodes, selection->n_nodes, sizeof *selection->nodes, compare_indices);
	return true;
}

void selection_free(struct selection *selection)
{
	free(selection->rows);
	free(selection->tensors);
	free(selection->nodes);
}
