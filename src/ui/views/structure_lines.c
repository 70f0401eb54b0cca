#include "ui/views/structure_lines.h"

#include <mtui/structure.h>

#include "ui/canvas/number.h"

static struct request request_of(const struct view_context *context)
{
	return (struct request){ .document = context->focus.document,
				 .tensor = NO_INDEX,
				 .kind = REPORT_STRUCTURE };
}

const struct report *structure_report(const struct view_context *context)
{
	struct request request = request_of(context);

	return session_report(context->session, &request);
}

void structure_want(const struct view_context *context)
{
	struct request request = request_of(context);

	session_want(context->session, &request);
}

void structure_summary(struct page *page, const struct report *report, int width)
{
	struct text summary;

	if (!report || report->state != REPORT_DONE || report->structure.summary.len == 0)
		return;
	summary = report->structure.summary;
	if (page->lines.count > 0)
		page_line(page);
	page_line(page);
	page_wrap(page, 0, width, ROLE_NORMAL,
		  arena_text(&page->arena, summary.data, summary.len));
	page_line(page);
	page_print(page, 0, ROLE_DIM, "A judgement, by inputs, operators and outputs.");
}

static struct text row_label(struct page *page, const struct layers *layers, uint32_t row)
{
	return layer_path(layers, row, &page->arena);
}

static void more(struct page *page, size_t n, size_t most)
{
	char count[NUMBER_SIZE];

	if (n <= most)
		return;
	page_line(page);
	page_print(page, 2, ROLE_DIM, "… and %s more", number_count(count, n - most));
}

static void add_patterns(struct page *page, const struct structure *structure)
{
	char count[NUMBER_SIZE], nodes[NUMBER_SIZE], bytes[NUMBER_SIZE];

	if (structure->patterns.n == 0)
		return;
	page_heading(page, "what can be fused");
	for (unsigned kind = 0; kind < PATTERN_COUNT; kind++) {
		uint64_t saved = 0, less = 0;
		bool known = true;

		if (structure->patterns.counts[kind] == 0)
			continue;
		for (size_t i = 0; i < structure->patterns.n; i++) {
			if (structure->patterns.items[i].kind != kind)
				continue;
			less += structure->patterns.items[i].n_nodes - 1;
			known &= structure->saved[i] != UINT64_MAX &&
				 !__builtin_add_overflow(saved, structure->saved[i], &saved);
		}
		page_line(page);
		page_print(page, 2, ROLE_NUMBER, "%5s ×",
			   number_count(count, structure->patterns.counts[kind]));
		page_print(page, 10, ROLE_NORMAL, "%s", pattern_words(kind));
		page_line(page);
		page_print(page, 10, ROLE_DIM, "as %s: %s node%s less", pattern_becomes(kind),
			   number_count(nodes, less), less == 1 ? "" : "s");
		if (known)
			page_print(page, PAGE_AFTER, ROLE_DIM, "· %s of activations",
				   number_bytes(bytes, saved));
	}
}

static void add_repeats(struct page *page, const struct view_context *context,
			const struct structure *structure, unsigned most)
{
	char count[NUMBER_SIZE], nodes[NUMBER_SIZE], parameters[NUMBER_SIZE];

	if (structure->n_repeats == 0)
		return;
	page_heading(page, "what repeats");
	for (size_t i = 0; i < structure->n_repeats && i < most; i++) {
		const struct repeat *repeat = &structure->repeats[i];

		page_line(page);
		page_print(page, 2, ROLE_NUMBER, "%5s ×", number_count(count, repeat->count));
		page_text(page, 10, ROLE_SCOPE,
			  row_label(page, context->layers, repeat->first_row));
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s", repeat->count > 2 ? "to" : "and");
		page_text(page, PAGE_AFTER, ROLE_SCOPE,
			  row_label(page, context->layers, repeat->last_row));
		page_line(page);
		page_print(page, 10, ROLE_DIM, "%s nodes", number_count(nodes, repeat->n_nodes));
		if (repeat->parameters)
			page_print(page, PAGE_AFTER, ROLE_DIM, "and %s parameters",
				   number_short(parameters, repeat->parameters));
		page_print(page, PAGE_AFTER, ROLE_DIM, "each");
	}
	more(page, structure->n_repeats, most);
}

static void add_shared(struct page *page, const struct model *model,
		       const struct structure *structure, unsigned most)
{
	const struct duplicates *duplicates = &structure->duplicates;
	char count[NUMBER_SIZE], bytes[NUMBER_SIZE], label[64];

	if (structure->n_shared > 0)
		page_heading(page, "what is shared");
	for (size_t i = 0; i < structure->n_shared && i < most; i++) {
		page_line(page);
		page_print(page, 2, ROLE_NUMBER, "%5s ×",
			   number_count(count, structure->shared[i].users));
		page_text(page, 10, ROLE_NAME, model->tensors[structure->shared[i].tensor].name);
	}
	more(page, structure->n_shared, most);
	if (duplicates->n == 0)
		return;
	page_heading(page, "what is there twice");
	page_print(page, PAGE_AFTER, ROLE_DIM, "%s could be saved",
		   number_bytes(bytes, duplicates->bytes));
	for (size_t i = 0; i < duplicates->n && i < most; i++) {
		struct text one = model_tensor_label(model, duplicates->items[i].tensor, label);

		page_line(page);
		page_text(page, 2, ROLE_NAME, arena_text(&page->arena, one.data, one.len));
		page_print(page, PAGE_AFTER, ROLE_DIM, "as");
		one = model_tensor_label(model, duplicates->items[i].same_as, label);
		page_text(page, PAGE_AFTER, ROLE_NAME, arena_text(&page->arena, one.data, one.len));
	}
	more(page, duplicates->n, most);
}

static void add_foldable(struct page *page, const struct model *model,
			 const struct structure *structure, unsigned most)
{
	char count[NUMBER_SIZE], bytes[NUMBER_SIZE], label[64];
	uint64_t nodes = 0;

	if (structure->n_foldable == 0)
		return;
	for (size_t i = 0; i < structure->n_foldable; i++)
		nodes += structure->foldable[i].n_nodes;
	page_heading(page, "what is constant");
	page_print(page, PAGE_AFTER, ROLE_DIM, "%s node%s that could be computed once",
		   number_count(count, nodes), nodes == 1 ? "" : "s");
	for (size_t i = 0; i < structure->n_foldable && i < most; i++) {
		const struct foldable *it = &structure->foldable[i];
		struct text name = model_node_label(model, it->first_node, label);
		int64_t saved;

		page_line(page);
		page_print(page, 2, ROLE_NUMBER, "%5s", number_count(count, it->n_nodes));
		page_print(page, PAGE_AFTER, ROLE_DIM, "from");
		page_text(page, PAGE_AFTER, ROLE_NAME,
			  arena_text(&page->arena, name.data, name.len));
		if (!foldable_saves(it, &saved) || saved == 0)
			continue;
		page_print(page, PAGE_AFTER, ROLE_DIM, "· the file gets %s %s",
			   number_bytes(bytes, (uint64_t)(saved < 0 ? -saved : saved)),
			   saved < 0 ? "larger" : "smaller");
	}
	more(page, structure->n_foldable, most);
}

void structure_lines(struct page *page, const struct view_context *context,
		     const struct report *report, unsigned most)
{
	const struct structure *structure;

	if (!report || report->state != REPORT_DONE)
		return;
	structure = &report->structure;
	add_patterns(page, structure);
	add_repeats(page, context, structure, most);
	add_shared(page, context->model, structure, most);
	add_foldable(page, context->model, structure, most);
}
