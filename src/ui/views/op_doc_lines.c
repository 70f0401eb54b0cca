/*
 * The texts are Markdown that was written to be rendered: lines of a paragraph are joined and
 * wrapped anew; items of a list, headings and <br> begin a line of their own; code, fenced or
 * indented by four columns after a blank line, stays as it is.
 */
#include "ui/views/op_doc_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mtui/gate.h>

enum { INDENT = 2, TEXT_COLUMN = 4, TYPE_COLUMN = 22, MOST_TYPES = 40 };

/* A paragraph in the making. */
struct flow {
	struct page *page;
	char *text; /* in the page's arena; as long as the whole source */
	size_t len;
	int column, end;
	enum role role;
	bool gap;   /* a blank line is due before the next */
	bool begun; /* there is a line already */
	bool fenced, indented; /* in code */
	size_t base;	       /* indentation of the whole text */
};

static void flow_begin_line(struct flow *flow)
{
	if (flow->gap && flow->begun)
		page_line(flow->page);
	flow->gap = false;
	flow->begun = true;
	page_line(flow->page);
}

static void flow_end(struct flow *flow)
{
	struct text paragraph;

	if (flow->len == 0)
		return;
	paragraph = (struct text){ flow->text, flow->len };
	flow_begin_line(flow);
	page_wrap(flow->page, flow->column, flow->end, flow->role, paragraph);
	flow->text += flow->len;
	flow->len = 0;
}

static void flow_add(struct flow *flow, struct text words)
{
	if (flow->len)
		flow->text[flow->len++] = ' ';
	memcpy(flow->text + flow->len, words.data, words.len);
	flow->len += words.len;
}

/* "* item", "- item", "1. item", "1) item", "# heading" */
static bool begins_line(struct text line)
{
	size_t digits = 0;

	if (line.len >= 2 && strchr("*-+#", line.data[0]) &&
	    (line.data[1] == ' ' || line.data[0] == '#'))
		return true;
	while (digits < line.len && line.data[digits] >= '0' && line.data[digits] <= '9')
		digits++;
	return digits > 0 && digits + 1 < line.len && strchr(".)", line.data[digits]) &&
	       line.data[digits + 1] == ' ';
}

static struct text trimmed(struct text line)
{
	while (line.len && strchr(" \t\r", line.data[line.len - 1]))
		line.len--;
	while (line.len && strchr(" \t", line.data[0])) {
		line.data++;
		line.len--;
	}
	return line;
}

static void flow_code(struct flow *flow, struct text line)
{
	char *copy = flow->text;

	for (size_t i = 0; i < line.len; i++)
		copy[i] = line.data[i] == '\t' || line.data[i] == '\r' ? ' ' : line.data[i];
	flow->text += line.len;
	flow_begin_line(flow);
	page_wrap(flow->page, flow->column + INDENT, flow->end, ROLE_NUMBER,
		  (struct text){ copy, line.len });
}

static size_t indentation(struct text line)
{
	size_t n = 0;

	while (n < line.len && line.data[n] == ' ')
		n++;
	return n;
}

/* Of the lines after the first, which follows the quote in the source. */
static size_t base_indentation(struct text text)
{
	size_t least = SIZE_MAX;

	for (const char *at = text.data, *end = text.data + text.len; at < end; at++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			break;
		at = newline;
		struct text rest = { newline + 1, (size_t)(end - newline - 1) };
		size_t indent = indentation(rest);
		if (indent < rest.len && rest.data[indent] != '\n' && indent < least)
			least = indent;
	}
	return least == SIZE_MAX ? 0 : least;
}

static bool is_indented_code(const struct flow *flow, struct text line)
{
	return indentation(line) >= flow->base + 4 && flow->len == 0 &&
	       (flow->gap || flow->indented);
}

static void flow_line(struct flow *flow, struct text line)
{
	struct text words = trimmed(line);

	flow->indented = !flow->fenced && words.len > 0 && is_indented_code(flow, line);
	if (words.len >= 3 && memcmp(words.data, "```", 3) == 0) {
		flow_end(flow);
		flow->fenced = !flow->fenced;
		return;
	}
	if (flow->fenced || flow->indented) {
		size_t skip = indentation(line) < flow->base ? indentation(line) : flow->base;

		flow_code(flow, (struct text){ line.data + skip, line.len - skip });
		return;
	}
	if (words.len == 0 || begins_line(words))
		flow_end(flow);
	if (words.len == 0)
		flow->gap = flow->begun;
	else
		flow_add(flow, words);
}

/* Bytes are added for at most one blank a line, which replaces the line break. */
static void flow_text(struct page *page, int column, int end, enum role role, struct text text)
{
	struct flow flow = { .page = page,
			     .text = arena_alloc(&page->arena, text.len + 1),
			     .column = column,
			     .end = end,
			     .role = role };

	flow.base = base_indentation(text);
	if (!flow.text) {
		page->failed = true;
		return;
	}
	while (text.len > 0) {
		const char *newline = memchr(text.data, '\n', text.len);
		size_t len = newline ? (size_t)(newline - text.data) : text.len, skip = 1;
		const char *br = memmem(text.data, len, "<br", 3);
		const char *close = br ? memchr(br, '>', len - (size_t)(br - text.data)) : NULL;

		if (close) {
			len = (size_t)(br - text.data);
			skip = (size_t)(close - br) + 1;
		}
		flow_line(&flow, (struct text){ text.data, len });
		if (close)
			flow_end(&flow);
		len += newline || close ? skip : 0;
		text = (struct text){ text.data + len, text.len - len };
	}
	flow_end(&flow);
}

static void copy_text(struct page *page, int column, enum role role, struct text text)
{
	struct text copy = arena_text(&page->arena, text.data, text.len);

	if (copy.data)
		page_text(page, column, role, copy);
	else if (text.len)
		page->failed = true;
}

static void heading(struct page *page, const char *title, size_t count)
{
	page_heading(page, title);
	page_print(page, PAGE_AFTER, ROLE_DIM, "%zu", count);
}

static void attributes(struct page *page, const struct op_doc *doc, int width)
{
	if (doc->attributes.count)
		heading(page, "its attributes", doc->attributes.count);
	for (size_t i = 0; i < doc->attributes.count; i++) {
		const struct op_doc_attribute *attribute = &doc->attributes.items[i];

		page_line(page);
		copy_text(page, INDENT, ROLE_NAME, attribute->name);
		copy_text(page, TYPE_COLUMN, ROLE_DTYPE, attribute->type);
		if (attribute->required)
			page_print(page, PAGE_AFTER, ROLE_DIM, "required");
		if (attribute->value.len) {
			page_print(page, PAGE_AFTER, ROLE_DIM, "default");
			copy_text(page, PAGE_AFTER, ROLE_NUMBER, attribute->value);
		}
		flow_text(page, TEXT_COLUMN, width, ROLE_NORMAL, attribute->meaning);
	}
}

static void parameters(struct page *page, const char *title, const struct op_doc_parameter *list,
		       size_t n, int width)
{
	if (n)
		heading(page, title, n);
	for (size_t i = 0; i < n; i++) {
		page_line(page);
		copy_text(page, INDENT, ROLE_NAME, list[i].name);
		copy_text(page, TYPE_COLUMN, ROLE_DTYPE, list[i].type);
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s",
			   op_doc_option_word((enum op_doc_option)list[i].option));
		flow_text(page, TEXT_COLUMN, width, ROLE_NORMAL, list[i].meaning);
	}
}

/* "tensor(float16), tensor(float)", as one text that wraps. */
static void types(struct page *page, const struct op_doc *doc,
		  const struct op_doc_constraint *constraint, int width)
{
	const struct text *list = doc->types.items + constraint->first_type;
	size_t total = 0, n = constraint->n_types < MOST_TYPES ? constraint->n_types : MOST_TYPES;
	struct text joined;
	char *at;

	for (size_t i = 0; i < n; i++)
		total += list[i].len + 2;
	at = arena_alloc(&page->arena, total + 1);
	page->failed |= !at;
	if (!at || n == 0)
		return;
	joined = (struct text){ at, total - 2 };
	for (size_t i = 0; i < n; i++) {
		memcpy(at, list[i].data, list[i].len);
		at += list[i].len;
		if (i + 1 < n)
			at = (char *)memcpy(at, ", ", 2) + 2;
	}
	page_line(page);
	page_wrap(page, TEXT_COLUMN, width, ROLE_DTYPE, joined);
	if (n < constraint->n_types)
		page_print(page, PAGE_AFTER, ROLE_DIM, "… %" PRIu32 " in all",
			   constraint->n_types);
}

static void constraints(struct page *page, const struct op_doc *doc, int width)
{
	if (doc->constraints.count)
		heading(page, "its types", doc->constraints.count);
	for (size_t i = 0; i < doc->constraints.count; i++) {
		const struct op_doc_constraint *constraint = &doc->constraints.items[i];

		page_line(page);
		copy_text(page, INDENT, ROLE_NAME, constraint->name);
		flow_text(page, TEXT_COLUMN, width, ROLE_NORMAL, constraint->meaning);
		types(page, doc, constraint, width);
	}
}

void op_doc_source(struct page *page, const struct op_doc *doc)
{
	page_print(page, PAGE_AFTER, ROLE_DIM, "since opset");
	page_print(page, PAGE_AFTER, ROLE_NUMBER, "%" PRId64, doc->since);
	page_print(page, PAGE_AFTER, ROLE_DIM, "· libonnx %s", doc->library);
	if (doc->deprecated)
		page_print(page, PAGE_AFTER, ROLE_WARNING, "· deprecated");
}

static void age(struct page *page, const struct op_doc *doc)
{
	if (op_doc_is_older(doc)) {
		page_line(page);
		page_print(page, INDENT, ROLE_WARNING,
			   "! for opset %" PRId64 "; libonnx knows up to %" PRId64
			   ", and this is what that says", doc->asked, doc->newest);
	} else if (op_doc_is_newer(doc)) {
		page_line(page);
		page_print(page, INDENT, ROLE_WARNING,
			   "! the operator came after opset %" PRId64 ", which was asked for",
			   doc->asked);
	}
	if (doc->versions.count < 2)
		return;
	page_line(page);
	page_print(page, INDENT, ROLE_DIM, "versions");
	for (size_t i = 0; i < doc->versions.count && i < 32; i++)
		page_print(page, PAGE_AFTER,
			   doc->versions.items[i] == doc->since ? ROLE_NUMBER : ROLE_DIM,
			   doc->versions.items[i] == doc->since ? "[%" PRId64 "]" : "%" PRId64,
			   doc->versions.items[i]);
}

void op_doc_page(struct page *page, const struct op_doc *doc, int width)
{
	page_line(page);
	copy_text(page, 0, ROLE_TITLE, doc->name);
	page_print(page, PAGE_AFTER, ROLE_DIM, "of");
	copy_text(page, PAGE_AFTER, ROLE_NORMAL, doc->domain.len ? doc->domain : TEXT("ai.onnx"));
	op_doc_source(page, doc);
	op_doc_lines(page, doc, width);
}

void op_doc_lines(struct page *page, const struct op_doc *doc, int width)
{
	age(page, doc);
	if (doc->doc.len) {
		page_line(page);
		flow_text(page, INDENT, width, ROLE_NORMAL, doc->doc);
	}
	attributes(page, doc, width);
	parameters(page, "its inputs", doc->inputs.items, doc->inputs.count, width);
	parameters(page, "its outputs", doc->outputs.items, doc->outputs.count, width);
	constraints(page, doc, width);
}
