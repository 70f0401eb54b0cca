#include "ui/views/tree.h"

#include <string.h>

/* A row that a search unfolded folds again when the search moves on. */
static void fold_last_hit(struct tree_document *document)
{
	while (document->n_opened > 0)
		tree_rows_open(&document->rows, document->opened[--document->n_opened], false);
}

static void show_hit(struct tree_document *document, const struct view_context *context,
		     uint32_t hit)
{
	const struct layer *layers = document->rows.layers->rows;

	fold_last_hit(document);
	for (uint32_t row = layers[hit].parent; row != NO_INDEX; row = layers[row].parent) {
		if (!tree_rows_is_open(&document->rows, row) &&
		    document->n_opened < sizeof document->opened / sizeof *document->opened)
			document->opened[document->n_opened++] = row;
	}
	tree_rows_reveal(&document->rows, hit);
	tree_rows_flatten(&document->rows);
	tree_select_row(document, context, hit);
}

struct hits {
	uint32_t found; /* NO_INDEX: none */
	bool wrapped;
};

/* One walk over the tree, in the order of the screen, beginning at the top. */
static struct hits find_hit(const struct tree_search *search, const struct tree_rows *rows,
			    uint32_t from, bool backward)
{
	uint32_t before = NO_INDEX, after = NO_INDEX, last = NO_INDEX, first = NO_INDEX;
	bool passed = false;

	for (uint32_t row = 0; row != NO_INDEX; row = tree_rows_following(rows, row)) {
		if (row == from) {
			before = last;
			passed = true;
			/* The row itself is the last resort in both directions. */
			if (backward && before != NO_INDEX)
				break;
			if (tree_search_match(search, rows, row)) {
				last = row;
				first = first == NO_INDEX ? row : first;
			}
			continue;
		}
		if (rows->filtered &&
		    !(rows->flags[row] & (ROW_HIT | ROW_ABOVE_HIT | ROW_BELOW_HIT)))
			continue;
		if (!backward && !passed && first != NO_INDEX)
			continue;
		if (!tree_search_match(search, rows, row))
			continue;
		last = row;
		first = first == NO_INDEX ? row : first;
		if (passed && !backward) {
			after = row;
			break;
		}
	}
	if (backward)
		return before != NO_INDEX ? (struct hits){ before, false }
					  : (struct hits){ last, true };
	return after != NO_INDEX ? (struct hits){ after, false } : (struct hits){ first, true };
}

unsigned tree_search_command(struct tree *tree, struct tree_document *document,
			     const struct view_context *context, struct text source, bool backward,
			     struct view_answer *answer)
{
	struct error err = { .offset = -1 };

	if (source.len == 0)
		return tree_message(answer, "nothing to search for: / begins a search");
	if (!tree_search_set(&tree->search, source, &err))
		return tree_message(answer, err.message);
	struct hits hits =
		find_hit(&tree->search, &document->rows, tree_cursor_row(document), backward);
	if (hits.found == NO_INDEX)
		return tree_message(answer, "not found");
	unsigned effects = EFFECT_NONE;
	if (hits.found == tree_cursor_row(document))
		effects = tree_message(answer, "the only hit");
	else if (hits.wrapped)
		effects = tree_message(answer, backward ? "search went on from the end"
							: "search went on from the beginning");
	show_hit(document, context, hits.found);
	return effects | tree_focus_answer(document, context, answer);
}

unsigned tree_filter_command(struct tree_document *document, const struct view_context *context,
			     struct text source, struct view_answer *answer)
{
	struct tree_rows *rows = &document->rows;
	struct tree_filter filter;
	struct error err = { .offset = -1 };
	uint32_t row = tree_cursor_row(document), n = (uint32_t)rows->layers->n_rows;

	if (!tree_filter_parse(&filter, source, &err))
		return tree_message(answer, err.message);
	if (!filter.name && !filter.op[0] && !filter.dtype[0]) {
		tree_rows_show_all(rows);
		/* What a jump unfolded is where one is now. */
		tree_rows_reveal(rows, row);
		tree_relayout(document, context);
		return tree_focus_answer(document, context, answer);
	}
	uint32_t first = NO_INDEX;
	for (uint32_t i = 0; i < n; i++) {
		rows->flags[i] &= (uint8_t)~ROW_HIT;
		if (!tree_filter_match(&filter, rows, i))
			continue;
		rows->flags[i] |= ROW_HIT;
		if (first == NO_INDEX || (first < row && i <= row))
			first = i;
	}
	tree_filter_free(&filter);
	tree_rows_filter(rows);
	tree_rows_flatten(rows);
	document->scroll = (struct scroll){ 0, 0 };
	/* The cursor stays on its row if that is a hit, else goes to the last one before it. */
	if (first != NO_INDEX)
		tree_select_row(document, context, rows->flags[row] & ROW_HIT ? row : first);
	unsigned effects =
		first == NO_INDEX ? tree_message(answer, "nothing matches the filter") : 0;
	return effects | tree_focus_answer(document, context, answer);
}

/* By whole name or path first, then as a search would. */
unsigned tree_goto_command(struct tree_document *document, const struct view_context *context,
			   struct text name, struct view_answer *answer)
{
	const struct model *model = context->model;
	const struct layers *layers = context->layers;
	uint32_t row = NO_INDEX;

	for (uint32_t i = 0; i < model->n_nodes && row == NO_INDEX; i++) {
		if (text_equal(model->nodes[i].name, name))
			row = layers->row_of_node[i];
	}
	for (uint32_t i = 0; i < model->n_tensors && row == NO_INDEX; i++) {
		if (text_equal(model->tensors[i].name, name))
			row = layers->row_of_tensor[i];
	}
	struct arena arena;
	arena_init(&arena, 0);
	for (uint32_t i = 1; i < layers->n_rows && row == NO_INDEX; i++) {
		/* Only rows whose path ends alike are worth building one. */
		struct text label = layers->rows[i].label;
		if (label.len == 0 || label.len > name.len ||
		    memcmp(label.data, name.data + name.len - label.len, label.len) != 0)
			continue;
		if (text_equal(layer_path(layers, i, &arena), name))
			row = i;
		arena_free(&arena);
		arena_init(&arena, 0);
	}
	arena_free(&arena);
	if (row == NO_INDEX) {
		struct tree_search pattern = { .pattern = NULL };
		if (tree_search_set(&pattern, name, NULL)) {
			row = find_hit(&pattern, &document->rows, 0, false).found;
			pattern_free(pattern.pattern);
		}
	}
	if (row == NO_INDEX)
		return tree_message(answer, "no layer of that name");
	tree_select_row(document, context, row);
	return tree_focus_answer(document, context, answer);
}
