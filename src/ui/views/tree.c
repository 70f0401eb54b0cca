#include "ui/views/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "session/dims.h"
#include "session/library.h"
#include "ui/canvas/number.h"

/* The tree of the document that has the focus, made when it is seen first and when its file has
 * been read again. NULL when memory is exhausted. */
static struct tree_document *document_of(struct tree *tree, const struct view_context *context)
{
	uint32_t number = context->focus.document;

	if (!context->layers || !context->model)
		return NULL;
	if (number >= tree->n_documents) {
		struct tree_document *documents =
			realloc(tree->documents, ((size_t)number + 1) * sizeof *documents);
		if (!documents)
			return NULL;
		memset(documents + tree->n_documents, 0,
		       (number + 1 - tree->n_documents) * sizeof *documents);
		tree->documents = documents;
		tree->n_documents = number + 1;
	}
	struct tree_document *document = &tree->documents[number];
	if (document->rows.layers == context->layers)
		return document;
	tree_rows_free(&document->rows);
	free(document->window.figures);
	*document = (struct tree_document){ 0 };
	return tree_rows_init(&document->rows, context->model, context->layers) ? document : NULL;
}

static const struct tree_document *drawn_document(const struct tree *tree,
						  const struct view_context *context)
{
	uint32_t number = context->focus.document;

	if (number >= tree->n_documents || !context->layers ||
	    tree->documents[number].rows.layers != context->layers)
		return NULL;
	return &tree->documents[number];
}

static uint64_t page_of(const struct view_context *context)
{
	return context->height > 2 ? (uint64_t)context->height - 1 : 1;
}

static void clamp(struct tree_document *document, const struct view_context *context)
{
	scroll_clamp(&document->scroll, document->rows.n_visible, page_of(context), true);
}

/* Puts the cursor on a row, unfolding what is above it. */
void tree_select_row(struct tree_document *document, const struct view_context *context,
		     uint32_t row)
{
	uint32_t index = tree_rows_find(&document->rows, row);

	if (index == UINT32_MAX) {
		tree_rows_reveal(&document->rows, row);
		tree_rows_flatten(&document->rows);
		index = tree_rows_find(&document->rows, row);
	}
	/* A jump out of the window stands in its middle. */
	uint64_t page = page_of(context);
	if (index < document->scroll.top || index >= document->scroll.top + page)
		document->scroll.top = index > page / 2 ? index - page / 2 : 0;
	document->scroll.cursor = index;
	clamp(document, context);
}

uint32_t tree_cursor_row(const struct tree_document *document)
{
	return document->rows.visible[document->scroll.cursor];
}

/* Others move the focus too: history, a producer, another pane. */
static void follow_focus(struct tree_document *document, const struct view_context *context)
{
	if (document->scroll.cursor >= document->rows.n_visible)
		clamp(document, context);
	if (tree_cursor_row(document) != context->focus.row &&
	    context->focus.row < document->rows.layers->n_rows)
		tree_select_row(document, context, context->focus.row);
}

/* Lays out anew and keeps the row under the cursor, or what it has been folded into. */
void tree_relayout(struct tree_document *document, const struct view_context *context)
{
	const struct tree_rows *rows = &document->rows;
	uint32_t row = tree_cursor_row(document), index;
	uint64_t below_top = document->scroll.cursor - document->scroll.top;

	tree_rows_flatten(&document->rows);
	while ((index = tree_rows_find(rows, row)) == UINT32_MAX && row != 0)
		row = rows->layers->rows[row].parent;
	document->scroll.cursor = index == UINT32_MAX ? 0 : index;
	document->scroll.top =
		document->scroll.cursor > below_top ? document->scroll.cursor - below_top : 0;
	clamp(document, context);
}

unsigned tree_focus_answer(const struct tree_document *document, const struct view_context *context,
			   struct view_answer *answer)
{
	uint32_t row = tree_cursor_row(document);

	if (row == context->focus.row)
		return EFFECT_REDRAW;
	answer->focus = (struct focus){
		.document = context->focus.document,
		.row = row,
		.tensor = layer_tensor(context->model, context->layers, row),
	};
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

unsigned tree_message(struct view_answer *answer, const char *text)
{
	snprintf(answer->message, sizeof answer->message, "%.255s", text);
	return EFFECT_MESSAGE | EFFECT_REDRAW;
}

static void sort(struct tree_document *document, const struct view_context *context,
		 unsigned by, bool reverse)
{
	double *keys = NULL;

	if (by == SORT_ERROR || tree_sort_is_ranking(by)) {
		keys = tree_error_keys(&document->rows, context, by, &document->sorted_known,
				       &document->sorted_complete);
		document->sorted_dial = context->dial;
	} else if (tree_sort_is_cost(by)) {
		document->sorted_cost = document->rows.cost;
		keys = document->rows.cost ? tree_cost_keys(&document->rows, by)
					   : tree_size_keys(&document->rows, SORT_PARAMETERS);
	} else if (by >= SORT_BYTES) {
		keys = tree_size_keys(&document->rows, by);
	}
	if (by >= SORT_BYTES && !keys)
		by = SORT_GRAPH;
	tree_rows_sort(&document->rows, by, reverse, keys);
	free(keys);
	tree_relayout(document, context);
}

/* While errors come in, rows are sorted again when there is clearly more to sort by: not each
 * time, or they would never stand still. */
static void sort_again(struct tree_document *document, const struct view_context *context)
{
	uint32_t known;
	bool complete, other_dial = !quant_scheme_same(&document->sorted_dial, &context->dial);

	if (document->sorted_complete && !other_dial)
		return;
	unsigned by = document->rows.sort;
	double *keys = tree_error_keys(&document->rows, context, by, &known, &complete);
	if (keys && (other_dial || complete || known > document->sorted_known * 5 / 4 + 16)) {
		tree_rows_sort(&document->rows, by, document->rows.reverse, keys);
		document->sorted_known = known;
		document->sorted_complete = complete;
		document->sorted_dial = context->dial;
		tree_relayout(document, context);
	}
	free(keys);
}

/* What rows cost is worked out when a column shows it, and somebody moves in the tree. */
static void update_cost(struct tree_document *document, const struct view_context *context)
{
	struct tree_rows *rows = &document->rows;
	const struct library_answer *answer;

	if (tree_sort_is_cost(rows->sort) ||
	    ((context->whole || context->focus.row != 0) && tree_shows_cost(rows, context->width)))
		session_want_cost(context->session, context->focus.document);
	answer = session_cost(context->session, context->focus.document);
	rows->cost = answer ? answer->cost : NULL;
	if (rows->cost && rows->cost->layers != rows->layers)
		rows->cost = NULL;
	if (tree_sort_is_cost(rows->sort) && rows->cost && rows->cost != document->sorted_cost)
		sort(document, context, rows->sort, rows->reverse);
}

/* libonnx is asked when somebody moves in the tree, not when it first stands there. */
static void update_shapes(struct tree_document *document, const struct view_context *context)
{
	const struct library_answer *answer;
	size_t n_dims;

	session_dims(context->session, &n_dims);
	if ((context->whole || context->focus.row != 0 || n_dims > 0) &&
	    strcmp(context->model->format, "onnx") == 0)
		session_want_shapes(context->session, context->focus.document);
	answer = session_shapes(context->session, context->focus.document);
	document->rows.shapes = answer ? answer->shapes : NULL;
	if (document->rows.shapes && document->rows.shapes->model != context->model)
		document->rows.shapes = NULL;
}

static void tree_update(struct view *view, const struct view_context *context)
{
	struct tree *tree = view->state;
	struct tree_document *document = document_of(tree, context);

	if (!document)
		return;
	tree_search_set(&tree->search, text_from(context->search), NULL);
	update_shapes(document, context);
	update_cost(document, context);
	follow_focus(document, context);
	clamp(document, context);
	document->rows.error_width = tree_error_width(document->rows.sort, &context->dial);
	if (document->rows.sort == SORT_ERROR || tree_sort_is_ranking(document->rows.sort))
		sort_again(document, context);
	if (context->whole)
		tree_window_update(&document->window, &document->rows, context, 0, UINT32_MAX);
	else
		tree_window_update(&document->window, &document->rows, context,
				   (uint32_t)document->scroll.top, (uint32_t)page_of(context));
}

static int tree_measure(struct view *view, const struct view_context *context, int width)
{
	const struct tree_document *document = document_of(view->state, context);

	(void)width;
	if (!document)
		return 1;
	return document->rows.n_visible < INT32_MAX ? (int)document->rows.n_visible + 1 : INT32_MAX;
}

static void tree_draw(const struct view *view, const struct view_context *context,
		      struct canvas *canvas)
{
	const struct tree *tree = view->state;
	const struct tree_document *document = drawn_document(tree, context);

	if (document)
		tree_draw_rows(tree, document, context, canvas);
}

static unsigned sort_command(struct tree_document *document, const struct view_context *context,
			     struct text name, struct view_answer *answer)
{
	const struct tree_rows *rows = &document->rows;
	unsigned all = SORT_COUNT + RANKING_COUNT;
	unsigned by = rows->sort + 1 == SORT_COUNT || rows->sort + 1 == all ? 0 : rows->sort + 1;
	char text[64];

	if (name.len) {
		for (by = 0; by < SORT_COUNT && !text_is(name, tree_sort_names[by]);)
			by++;
		/* The header calls the error by its scheme, "int8". */
		if (by == SORT_COUNT && name.len > 3 && memcmp(name.data, "int", 3) == 0)
			by = SORT_ERROR;
		if (by == SORT_COUNT && text_is(name, "share"))
			by = SORT_PARAMETERS;
	}
	if (name.len && by == SORT_COUNT)
		by = SORT_COUNT + ranking_named(name);
	if (by == all)
		return tree_message(answer, "sort by graph, name, op, weights, shape, params, macs, "
					    "flops, activations, error, or a statistic as std");
	sort(document, context, by, false);
	snprintf(text, sizeof text, "sort: %s", tree_sort_name(rows->sort));
	return tree_message(answer, text) | tree_focus_answer(document, context, answer);
}

static unsigned reverse_command(struct tree_document *document, const struct view_context *context,
				struct view_answer *answer)
{
	const struct tree_rows *rows = &document->rows;
	char text[64];

	sort(document, context, rows->sort, !rows->reverse);
	snprintf(text, sizeof text, "sort: %s%s", tree_sort_name(rows->sort),
		 rows->reverse ? ", reversed" : "");
	return tree_message(answer, text) | tree_focus_answer(document, context, answer);
}

static void toggle(struct tree_document *document, const struct view_context *context, uint32_t row)
{
	if (!tree_rows_has_children(&document->rows, row))
		return;
	tree_rows_open(&document->rows, row, !tree_rows_is_open(&document->rows, row));
	tree_relayout(document, context);
}

static void go_left(struct tree_document *document, const struct view_context *context)
{
	uint32_t row = tree_cursor_row(document);
	const struct tree_rows *rows = &document->rows;

	if (tree_rows_has_children(rows, row) && tree_rows_is_open(rows, row) && row != 0)
		toggle(document, context, row);
	else if (row != 0)
		tree_select_row(document, context, rows->layers->rows[row].parent);
}

static void go_right(struct tree_document *document, const struct view_context *context)
{
	uint32_t row = tree_cursor_row(document);
	const struct tree_rows *rows = &document->rows;

	if (!tree_rows_has_children(rows, row))
		return;
	if (!tree_rows_is_open(rows, row))
		toggle(document, context, row);
	else if (document->scroll.cursor + 1 < rows->n_visible)
		scroll_command(&document->scroll, COMMAND_DOWN, rows->n_visible, page_of(context),
			       true);
}

static unsigned tree_command(struct view *view, const struct view_context *context,
			     enum command command, struct text argument, struct view_answer *answer)
{
	struct tree *tree = view->state;
	struct tree_document *document = document_of(tree, context);

	if (!document)
		return EFFECT_PASS;
	follow_focus(document, context);
	if (command != COMMAND_SEARCH && command != COMMAND_SEARCH_NEXT &&
	    command != COMMAND_SEARCH_PREVIOUS)
		/* What a search unfolded stays so for whoever does something in it. */
		document->n_opened = 0;
	switch (command) {
	case COMMAND_SEARCH:
		return tree_search_command(tree, document, context, argument, false, answer);
	case COMMAND_SEARCH_NEXT:
	case COMMAND_SEARCH_PREVIOUS:
		return tree_search_command(tree, document, context, text_from(context->search),
					   command == COMMAND_SEARCH_PREVIOUS, answer);
	case COMMAND_FILTER:
		return tree_filter_command(document, context, argument, answer);
	case COMMAND_SORT:
		return sort_command(document, context, argument, answer);
	case COMMAND_SORT_REVERSE:
		return reverse_command(document, context, answer);
	case COMMAND_GOTO:
		return tree_goto_command(document, context, argument, answer);
	case COMMAND_FOLD:
		toggle(document, context, tree_cursor_row(document));
		break;
	case COMMAND_FOLD_ALL:
	case COMMAND_UNFOLD_ALL:
		tree_rows_open_all(&document->rows, command == COMMAND_UNFOLD_ALL);
		tree_relayout(document, context);
		break;
	case COMMAND_LEFT:
		go_left(document, context);
		break;
	case COMMAND_RIGHT:
		go_right(document, context);
		break;
	default:
		if (!scroll_command(&document->scroll, command, document->rows.n_visible,
				    page_of(context), true))
			return EFFECT_PASS;
	}
	return tree_focus_answer(document, context, answer);
}

static unsigned tree_click(struct view *view, const struct view_context *context, int x, int y,
			   int clicks, struct view_answer *answer)
{
	struct tree *tree = view->state;
	struct tree_document *document = document_of(tree, context);

	if (!document || y < 0)
		return EFFECT_PASS;
	follow_focus(document, context);
	if (y == 0) {
		enum tree_sort by = tree_sort_at(&document->rows, context->width, x);
		if (by == SORT_COUNT)
			return EFFECT_PASS;
		sort(document, context, by, by == document->rows.sort && !document->rows.reverse);
		return tree_focus_answer(document, context, answer);
	}
	uint64_t index = document->scroll.top + (uint64_t)y - 1;
	if (index >= document->rows.n_visible)
		return EFFECT_PASS;
	document->scroll.cursor = index;
	if (clicks == 2)
		toggle(document, context, tree_cursor_row(document));
	document->n_opened = 0;
	return tree_focus_answer(document, context, answer);
}

static void tree_close(struct view *view)
{
	struct tree *tree = view->state;

	for (uint32_t i = 0; i < tree->n_documents; i++) {
		tree_rows_free(&tree->documents[i].rows);
		free(tree->documents[i].window.figures);
	}
	free(tree->documents);
	if (tree->search.pattern)
		pattern_free(tree->search.pattern);
}

static const char *const *tree_words(enum command command)
{
	static const char *const sorts[] = {
#define X(id, name) name,
		TREE_SORTS(X) RANKINGS(X)
#undef X
			NULL,
	};

	return command == COMMAND_SORT ? sorts : NULL;
}

const struct view_ops tree_view = {
	.name = "tree",
	.title = "Layers",
	.scope = SCOPE_TREE,
	.state_size = sizeof(struct tree),
	.update = tree_update,
	.measure = tree_measure,
	.draw = tree_draw,
	.command = tree_command,
	.click = tree_click,
	.close = tree_close,
	.words = tree_words,
};
