/*
 * Check: what is wrong with the model or odd about it, the worst first; Enter goes to the row that a
 * finding is about. Of many findings of one rule the first few stand there; Enter unfolds the rest.
 *
 * The graph is checked at once, the values behind it; libonnx is asked for its verdict meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mtui/check.h>

#include "session/library.h"
#include "ui/canvas/number.h"
#include "ui/views/page.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

/* Of findings of one rule so many are shown before they are unfolded. */
#define SHOWN_ALIKE 3

#define N_SEVERITIES 3

/* A line that can be selected: a finding, or the rest of those like it. */
struct entry {
	uint32_t finding;
	uint32_t rest;	     /* how many are not shown; 0: it is the finding itself */
	uint32_t first_line; /* in the page */
};

/* What the page was made from; anything else makes a new one. */
struct made_from {
	const struct model *model;
	const struct layers *layers;
	const struct report *graph, *values;
	int graph_state, values_state, verdict_state; /* enum report_state; -1: nothing was asked */
	int width;
};

struct check {
	struct page page;
	struct findings findings; /* their messages are those of the reports: for build alone */
	struct entry *entries;	  /* one more for the end; in the page's arena */
	size_t n_entries;
	struct scroll scroll; /* over the entries; its top is not used */
	uint64_t top;	      /* first line shown */
	struct made_from made;
	bool unfolded[N_SEVERITIES][RULE_COUNT];
};

/* From this width on a finding is one line with columns; below, its place has a line of its own. */
#define ONE_LINE 100

static const struct check_options every_rule;

static const struct {
	const char *mark, *word;
	enum role role;
} severities[N_SEVERITIES] = {
	[SEVERITY_NOTE] = { "·", "note", ROLE_DIM },
	[SEVERITY_WARNING] = { "!", "warning", ROLE_WARNING },
	[SEVERITY_PROBLEM] = { "✗", "error", ROLE_BAD },
};

static uint32_t row_of_value(const struct view_context *context, const struct value *value)
{
	const struct layers *layers = context->layers;

	if (value->tensor != NO_INDEX)
		return layers->row_of_tensor[value->tensor];
	if (value->producer != NO_INDEX)
		return layers->row_of_node[value->producer];
	if (value->n_consumers == 0)
		return 0;
	return layers->row_of_node[context->model->consumers[value->first_consumer]];
}

static uint32_t row_of(const struct view_context *context, const struct finding *finding)
{
	const struct layers *layers = context->layers;
	const struct model *model = context->model;
	uint32_t subject = finding->subject;

	switch ((enum subject_kind)finding->subject_kind) {
	case SUBJECT_MODEL:
		return 0;
	case SUBJECT_GRAPH:
		for (uint32_t row = 0; row < layers->n_rows; row++) {
			if (layers->rows[row].kind == LAYER_GRAPH &&
			    layers->rows[row].item == subject)
				return row;
		}
		return 0;
	case SUBJECT_NODE:
		return subject < model->n_nodes ? layers->row_of_node[subject] : NO_INDEX;
	case SUBJECT_VALUE:
		return subject < model->n_values ? row_of_value(context, &model->values[subject])
						 : NO_INDEX;
	case SUBJECT_TENSOR:
		return subject < model->n_tensors ? layers->row_of_tensor[subject] : NO_INDEX;
	}
	return NO_INDEX;
}

static bool place(struct page *page, const struct view_context *context,
		  const struct finding *finding, int column)
{
	char buffer[64];

	if (finding->subject_kind == SUBJECT_MODEL) {
		page_print(page, column, ROLE_DIM, "model");
		return true;
	}
	uint32_t row = row_of(context, finding);
	if (row == NO_INDEX)
		return false;
	struct text label = layer_label(context->layers, row, buffer);
	page_text(page, column, ROLE_NAME, arena_text(&page->arena, label.data, label.len));
	return true;
}

static int widest_rule(const struct findings *findings)
{
	size_t widest = 4;

	for (size_t i = 0; i < findings->n; i++) {
		size_t len = strlen(rule_name((enum rule)findings->items[i].rule));
		widest = len > widest ? len : widest;
	}
	return (int)(widest < 28 ? widest : 28);
}

enum { WORD = 2, REST = 10 };

static void add_finding(struct check *check, const struct view_context *context,
			const struct finding *finding, bool first, int rule_width, int width)
{
	struct page *page = &check->page;
	enum role role = severities[finding->severity].role;
	const char *rule = rule_name((enum rule)finding->rule);
	const char *advice = rule_advice((enum rule)finding->rule);
	struct text message =
		arena_text(&page->arena, finding->message.data, finding->message.len);
	char offset[32] = "";

	if (finding->offset >= 0)
		snprintf(offset, sizeof offset, "0x%" PRIx64, (uint64_t)finding->offset);
	page_line(page);
	page_print(page, 0, role, "%s", severities[finding->severity].mark);
	page_print(page, WORD, role, "%s", severities[finding->severity].word);
	if (width >= ONE_LINE) {
		int at_place = REST + rule_width + 1, at_message = at_place + width / 5;
		page_print(page, REST, ROLE_DIM, "%s", rule);
		place(page, context, finding, at_place);
		page_wrap(page, at_message, width - 14, ROLE_NORMAL, message);
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s", offset);
		if (first) {
			page_line(page);
			page_wrap(page, at_message, width, ROLE_DIM, text_from(advice));
		}
		return;
	}
	page_wrap(page, REST, width, ROLE_NORMAL, message);
	page_line(page);
	page_print(page, REST, ROLE_DIM, "%s", rule);
	if (place(page, context, finding, PAGE_AFTER) || offset[0])
		page_print(page, PAGE_AFTER, ROLE_DIM, "%s", offset);
	if (first) {
		page_line(page);
		page_wrap(page, REST, width, ROLE_DIM, text_from(advice));
	}
}

static void add_entry(struct check *check, uint32_t finding, uint32_t rest)
{
	if (check->entries)
		check->entries[check->n_entries++] =
			(struct entry){ finding, rest, (uint32_t)check->page.lines.count };
}

static void add_findings(struct check *check, const struct view_context *context, int width)
{
	const struct findings *findings = &check->findings;
	int rule_width = widest_rule(findings);
	char count[NUMBER_SIZE];

	for (size_t i = 0, alike; i < findings->n; i += alike) {
		const struct finding *first = &findings->items[i];
		size_t shown;

		alike = findings_alike(findings, i);
		shown = alike <= SHOWN_ALIKE + 1 ||
					check->unfolded[first->severity][first->rule]
				? alike
				: SHOWN_ALIKE;
		for (size_t j = 0; j < shown; j++) {
			add_entry(check, (uint32_t)(i + j), 0);
			add_finding(check, context, first + j, j == 0, rule_width, width);
		}
		if (shown == alike)
			continue;
		add_entry(check, (uint32_t)i, (uint32_t)(alike - shown));
		page_line(&check->page);
		page_print(&check->page, REST, ROLE_DIM, "… and %s more: %s",
			   number_count(count, alike - shown), rule_what((enum rule)first->rule));
	}
}

/* "2 errors · 1 warning", and what is still to come. */
static void add_summary(struct check *check)
{
	static const struct {
		enum severity severity;
		const char *word;
	} words[] = { { SEVERITY_PROBLEM, "error" },
		      { SEVERITY_WARNING, "warning" },
		      { SEVERITY_NOTE, "note" } };
	struct page *page = &check->page;
	const uint64_t *found = check->findings.by_severity;
	bool any = false;
	char count[NUMBER_SIZE];

	page_line(page);
	for (size_t i = 0; i < N_SEVERITIES; i++) {
		uint64_t n = found[words[i].severity];

		if (n == 0)
			continue;
		page_print(page, any ? PAGE_AFTER : 0, severities[words[i].severity].role,
			   "%s%s %s%s", any ? "· " : "", number_count(count, n), words[i].word,
			   n == 1 ? "" : "s");
		any = true;
	}
	if (check->made.graph_state == REPORT_DONE && check->made.values_state == REPORT_DONE) {
		if (any)
			return;
		page_print(page, 0, ROLE_GOOD, "✓");
		page_print(page, PAGE_AFTER, ROLE_NORMAL, "Nothing found.");
		return;
	}
	page_print(page, any ? PAGE_AFTER : 0, ROLE_DIM, "%s%s", any ? "· " : "",
		   check->made.values_state == REPORT_STOPPED ||
				   check->made.graph_state == REPORT_STOPPED
			   ? "stopped before the end"
		   : check->made.graph_state != REPORT_DONE ? "the graph is being checked ..."
							     : "the values are being read ...");
}

static void add_failure(struct check *check, const struct report *report)
{
	struct page *page = &check->page;

	if (!report || report->state != REPORT_FAILED)
		return;
	page_line(page);
	page_print(page, 0, ROLE_BAD, "✗");
	page_wrap(page, 2, check->made.width, ROLE_NORMAL,
		  arena_text(&page->arena, report->error.message, strlen(report->error.message)));
}

static int state_of(const struct report *report)
{
	return report ? (int)report->state : -1;
}

static int verdict_state(const struct library_answer *answer)
{
	return answer ? (int)answer->state : -1;
}

/* What libonnx's checker says where that is no finding. */
static void add_verdict(struct check *check, const struct library_answer *answer, int width)
{
	struct page *page = &check->page;
	bool good = answer && answer->state == REPORT_DONE;
	const char *text = good				      ? "The checker of libonnx finds nothing wrong."
			   : answer && answer->state == REPORT_FAILED ? answer->error.message
								      : "libonnx is being asked ...";

	if (!answer || answer->state == REPORT_STOPPED || (good && answer->verdict[0]))
		return;
	page_line(page);
	if (good)
		page_print(page, 0, ROLE_GOOD, "✓");
	page_wrap(page, 2, width, good ? ROLE_NORMAL : ROLE_DIM,
		  arena_text(&page->arena, text, strlen(text)));
}

static const struct report *report_of(const struct view_context *context, enum report_kind kind)
{
	return session_report(context->session, &(struct request){
							.document = context->focus.document,
							.tensor = NO_INDEX,
							.kind = kind,
							.check = &every_rule });
}

static void take_findings(struct check *check, const struct library_answer *answer)
{
	static const struct findings none;
	const struct made_from *made = &check->made;
	const char *verdict = answer && answer->state == REPORT_DONE ? answer->verdict : NULL;

	findings_free(&check->findings);
	memset(&check->findings, 0, sizeof check->findings);
	if (!findings_join(made->graph_state == REPORT_DONE ? &made->graph->findings : &none,
			   made->values_state == REPORT_DONE ? &made->values->findings : &none,
			   verdict, &every_rule, &check->findings, NULL))
		check->page.failed = true;
}

static void build(struct check *check, const struct view_context *context,
		  const struct library_answer *answer)
{
	struct page *page = &check->page;
	uint64_t dropped = 0;
	char count[NUMBER_SIZE];

	page_reset(page);
	take_findings(check, answer);
	check->n_entries = 0;
	check->entries = arena_array(&page->arena, 2 * check->findings.n + 1, sizeof *check->entries);
	add_summary(check);
	if (check->findings.n > 0)
		page_line(page);
	add_findings(check, context, check->made.width);
	if (check->entries)
		check->entries[check->n_entries].first_line = (uint32_t)page->lines.count;
	for (unsigned i = 0; i < N_SEVERITIES; i++)
		dropped += check->findings.by_severity[i];
	dropped += context->model->n_notices_dropped - check->findings.n;
	if (dropped) {
		page_line(page);
		page_print(page, 2, ROLE_DIM, "… and %s more that were counted only",
			   number_count(count, dropped));
	}
	add_failure(check, check->made.graph);
	add_failure(check, check->made.values);
	add_verdict(check, answer, check->made.width);
}

static bool same_base(const struct made_from *a, const struct made_from *b)
{
	return a->model == b->model && a->layers == b->layers;
}

static void refresh(struct check *check, const struct view_context *context, int width)
{
	const struct library_answer *answer =
		session_verdict(context->session, context->focus.document);
	struct made_from now = { .model = context->model,
				 .layers = context->layers,
				 .graph = report_of(context, REPORT_CHECK),
				 .values = report_of(context, REPORT_CHECK_VALUES),
				 .verdict_state = verdict_state(answer),
				 .width = width };

	if (!context->model || !context->layers)
		return;
	now.graph_state = state_of(now.graph);
	now.values_state = state_of(now.values);
	if (!same_base(&check->made, &now)) {
		check->scroll = (struct scroll){ 0, 0 };
		check->top = 0;
		memset(check->unfolded, 0, sizeof check->unfolded);
	} else if (memcmp(&check->made, &now, sizeof now) == 0) {
		return;
	}
	check->made = now;
	build(check, context, answer);
}

/* The selected entry as a whole; the summary with the first one, and no empty space below the last line. */
static void clamp(struct check *check, int height)
{
	uint64_t lines = check->page.lines.count, page = height > 0 ? (uint64_t)height : 1;
	uint64_t cursor = check->scroll.cursor;

	if (check->entries && cursor < check->n_entries) {
		uint64_t end = check->entries[cursor + 1].first_line;
		uint64_t begin = cursor == 0 ? 0 : check->entries[cursor].first_line;
		if (cursor + 1 == check->n_entries)
			end = lines;
		if (check->top + page < end)
			check->top = end - page;
		if (check->top > begin)
			check->top = begin;
	}
	if (check->top + page > lines)
		check->top = lines > page ? lines - page : 0;
}

static void check_update(struct view *view, const struct view_context *context)
{
	struct check *check = view->state;

	if (context->model && strcmp(context->model->format, "onnx") == 0)
		session_want_verdict(context->session, context->focus.document);
	for (enum report_kind kind = REPORT_CHECK; kind <= REPORT_CHECK_VALUES; kind++)
		session_want(context->session, &(struct request){
						       .document = context->focus.document,
						       .tensor = NO_INDEX,
						       .kind = kind,
						       .check = &every_rule });
	refresh(check, context, context->width);
	clamp(check, context->height);
}

static int check_measure(struct view *view, const struct view_context *context, int width)
{
	struct check *check = view->state;

	refresh(check, context, width);
	return check->page.lines.count ? (int)check->page.lines.count : 1;
}

static void check_draw(const struct view *view, const struct view_context *context,
		       struct canvas *canvas)
{
	const struct check *check = view->state;
	uint64_t cursor = check->scroll.cursor;

	if (check->made.model != context->model)
		return;
	page_draw(&check->page, canvas, context->whole ? 0 : check->top);
	if (!context->whole)
		scroll_marks(canvas, check->top, check->page.lines.count);
	if (context->whole || !check->entries || cursor >= check->n_entries)
		return;
	for (uint64_t line = check->entries[cursor].first_line;
	     line < check->entries[cursor + 1].first_line; line++) {
		if (line >= check->top && line - check->top < (uint64_t)canvas->height)
			canvas_mark(canvas, 0, (int)(line - check->top), canvas->width,
				    CELL_SELECTED | (context->focused ? CELL_FOCUSED : 0));
	}
}

static unsigned enter(struct check *check, const struct view_context *context,
		      struct view_answer *answer)
{
	const struct entry *entry;
	const struct finding *finding;
	uint32_t row;

	if (!check->entries || check->scroll.cursor >= check->n_entries)
		return EFFECT_PASS;
	entry = &check->entries[check->scroll.cursor];
	finding = &check->findings.items[entry->finding];
	if (entry->rest > 0) {
		check->unfolded[finding->severity][finding->rule] = true;
		check->made.width = 0;
		refresh(check, context, context->width);
		return EFFECT_REDRAW;
	}
	row = row_of(context, finding);
	if (row == NO_INDEX)
		return EFFECT_REDRAW;
	answer->focus = (struct focus){
		.document = context->focus.document,
		.row = row,
		.tensor = layer_tensor(context->model, context->layers, row),
	};
	return EFFECT_FOCUS | EFFECT_REDRAW;
}

static unsigned check_command(struct view *view, const struct view_context *context,
			      enum command command, struct text argument,
			      struct view_answer *answer)
{
	struct check *check = view->state;

	(void)argument;
	refresh(check, context, context->width);
	if (command == COMMAND_ENTER)
		return enter(check, context, answer);
	if (!scroll_command(&check->scroll, command, check->n_entries,
			    context->height > 2 ? (uint64_t)context->height / 2 : 1, true))
		return EFFECT_PASS;
	clamp(check, context->height);
	return EFFECT_REDRAW;
}

static unsigned check_click(struct view *view, const struct view_context *context, int x, int y,
			    int clicks, struct view_answer *answer)
{
	struct check *check = view->state;

	(void)x;
	refresh(check, context, context->width);
	if (y < 0 || !check->entries)
		return EFFECT_PASS;
	for (uint64_t i = 0; i < check->n_entries; i++) {
		if (check->top + (uint64_t)y >= check->entries[i + 1].first_line)
			continue;
		check->scroll.cursor = i;
		return clicks == 2 ? enter(check, context, answer) : EFFECT_REDRAW;
	}
	return EFFECT_PASS;
}

static void check_close(struct view *view)
{
	struct check *check = view->state;

	page_free(&check->page);
	findings_free(&check->findings);
}

const struct view_ops check_view = {
	.name = "check",
	.title = "Check",
	.scope = SCOPE_GENERAL,
	.state_size = sizeof(struct check),
	.update = check_update,
	.measure = check_measure,
	.draw = check_draw,
	.command = check_command,
	.click = check_click,
	.close = check_close,
};
