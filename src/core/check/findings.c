/* The list of findings, the rules' names, and which of them are wanted. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check/checking.h"

#define SHOWN_COLUMNS 60
#define N_SEVERITIES  3

static const struct {
	const char *name, *what, *advice;
	enum severity severity;
} rules[RULE_COUNT] = {
#define X(id, name, severity, what, advice) [id] = { name, what, advice, severity },
	RULES(X)
#undef X
};

const char *rule_name(enum rule rule)
{
	return rules[rule].name;
}

const char *rule_what(enum rule rule)
{
	return rules[rule].what;
}

const char *rule_advice(enum rule rule)
{
	return rules[rule].advice;
}

enum severity rule_severity(enum rule rule)
{
	return rules[rule].severity;
}

enum rule rule_named(struct text name)
{
	unsigned rule = 0;

	while (rule < RULE_COUNT && !text_is(name, rules[rule].name))
		rule++;
	return rule;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[severity];
}

static bool choose(struct text pattern, bool off, struct rule_choice *choice)
{
	bool any = text_is(pattern, "all");

	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		if (!text_is(pattern, "all") && !text_glob(pattern, text_from(rules[rule].name)))
			continue;
		choice->off[rule] = off;
		any = true;
	}
	return any;
}

bool rule_choice_parse(struct text text, struct rule_choice *choice, struct error *err)
{
	bool only = text.len > 0 && text.data[0] != '-';
	char shown[CHECK_SHOWN];

	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		choice->off[rule] = only;
	for (size_t at = 0; at <= text.len;) {
		size_t comma = text_find(text, TEXT(","), at);
		struct text item = { text.data + at, (comma < text.len ? comma : text.len) - at };
		bool off = item.len > 0 && item.data[0] == '-';

		at += item.len + 1;
		item.data += off;
		item.len -= off;
		if (!choose(item, off, choice))
			return error_set(err, ERROR_USAGE, -1, "found '%s', which is no rule; "
							       "--check=help lists them",
					 check_shown(shown, item));
	}
	return true;
}

const char *check_shown(char buffer[CHECK_SHOWN], struct text text)
{
	gate_text(GATE_UNICODE, buffer, CHECK_SHOWN, SHOWN_COLUMNS, text);
	return buffer;
}

bool check_wants(const struct checking *checking, enum rule rule)
{
	return !checking->options->rules.off[rule];
}

static int64_t offset_of(const struct model *model, enum subject_kind kind, uint32_t subject)
{
	if (kind == SUBJECT_NODE && subject < model->n_nodes)
		return (int64_t)model->nodes[subject].offset;
	if (kind == SUBJECT_TENSOR && subject < model->n_tensors &&
	    model->tensors[subject].n_runs > 0 && model->tensors[subject].file == 0)
		return (int64_t)tensor_offset(&model->tensors[subject]);
	return -1;
}

static void take(struct checking *checking, const struct finding *finding)
{
	struct findings *findings = checking->findings;

	if (!check_wants(checking, finding->rule) || checking->failed)
		return;
	findings->by_severity[finding->severity]++;
	if (findings->by_rule[finding->rule]++ >= FINDINGS_PER_RULE)
		return;
	if (!vector_reserve(&findings->arena, &checking->items, 1))
		checking->failed = true;
	else
		checking->items.items[checking->items.count++] = *finding;
}

void check_add(struct checking *checking, enum rule rule, enum severity severity,
	       enum subject_kind kind, uint32_t subject, const char *format, ...)
{
	struct finding finding = { .offset = offset_of(checking->model, kind, subject),
				   .subject = subject,
				   .subject_kind = (uint8_t)kind,
				   .severity = (uint8_t)severity,
				   .rule = (uint8_t)rule };
	struct findings *findings = checking->findings;
	char message[600];
	va_list arguments;

	if (!check_wants(checking, rule) || checking->failed)
		return;
	if (findings->by_rule[rule] < FINDINGS_PER_RULE) {
		va_start(arguments, format);
		vsnprintf(message, sizeof message, format, arguments);
		va_end(arguments);
		finding.message = arena_text(&findings->arena, message, strlen(message));
		checking->failed = finding.message.data == NULL;
	}
	take(checking, &finding);
}

void check_notices(struct checking *checking)
{
	const struct model *model = checking->model;

	for (size_t i = 0; i < model->n_notices; i++) {
		const struct notice *notice = &model->notices[i];
		enum rule rule = rule_named(text_from(notice->rule));

		/* The list of rules names all that readers notice; a test holds it to that. */
		if (rule == RULE_COUNT)
			continue;
		take(checking, &(struct finding){ .message = notice->message,
						  .offset = notice->offset,
						  .subject = notice->subject,
						  .subject_kind = notice->subject_kind,
						  .severity = notice->severity,
						  .rule = (uint8_t)rule });
	}
}

/* Problems first, then by rule; what is equal keeps its order. */
static size_t place_of(const struct finding *finding)
{
	return (size_t)(N_SEVERITIES - 1 - finding->severity) * RULE_COUNT + finding->rule;
}

static bool sort(struct checking *checking, struct error *err)
{
	struct findings *findings = checking->findings;
	struct finding *sorted =
		arena_array(&findings->arena, checking->items.count, sizeof *sorted);
	size_t next[N_SEVERITIES * RULE_COUNT + 1] = { 0 };

	if (!sorted)
		return arena_exhausted(&findings->arena, err);
	for (size_t i = 0; i < checking->items.count; i++)
		next[place_of(&checking->items.items[i]) + 1]++;
	for (size_t place = 0; place < N_SEVERITIES * RULE_COUNT; place++)
		next[place + 1] += next[place];
	for (size_t i = 0; i < checking->items.count; i++)
		sorted[next[place_of(&checking->items.items[i])]++] = checking->items.items[i];
	findings->items = sorted;
	findings->n = checking->items.count;
	return true;
}

void checking_begin(struct checking *checking, const struct model *model,
		    const struct check_options *options, struct findings *findings)
{
	memset(findings, 0, sizeof *findings);
	arena_init(&findings->arena, 0);
	*checking = (struct checking){ .model = model, .options = options, .findings = findings };
}

bool checking_end(struct checking *checking, bool good, struct error *err)
{
	if (good && checking->failed)
		good = error_set(err, ERROR_MEMORY, -1, "out of memory");
	good = good && sort(checking, err);
	vector_free(&checking->items);
	if (!good)
		findings_free(checking->findings);
	return good;
}

/* Counts are set afterwards: not all that was counted was kept. */
static void take_all(struct checking *checking, const struct findings *from)
{
	for (size_t i = 0; i < from->n; i++)
		take(checking, &from->items[i]);
}

bool findings_join(const struct findings *a, const struct findings *b, const char *verdict,
		   const struct check_options *options, struct findings *joined,
		   struct error *err)
{
	struct checking checking;
	bool refused = verdict && *verdict && !options->rules.off[RULE_LIBONNX];

	checking_begin(&checking, NULL, options, joined);
	take_all(&checking, a);
	if (refused)
		check_found(&checking, RULE_LIBONNX, SUBJECT_MODEL, 0, "%s", verdict);
	take_all(&checking, b);
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		joined->by_rule[rule] = a->by_rule[rule] + b->by_rule[rule];
	for (unsigned i = 0; i < N_SEVERITIES; i++)
		joined->by_severity[i] = a->by_severity[i] + b->by_severity[i];
	joined->by_rule[RULE_LIBONNX] += refused;
	joined->by_severity[rule_severity(RULE_LIBONNX)] += refused;
	return checking_end(&checking, true, err);
}

void findings_free(struct findings *findings)
{
	arena_free(&findings->arena);
	findings->items = NULL;
	findings->n = 0;
}

size_t findings_alike(const struct findings *findings, size_t first)
{
	size_t end = first + 1;

	while (end < findings->n && findings->items[end].rule == findings->items[first].rule &&
	       findings->items[end].severity == findings->items[first].severity)
		end++;
	return end - first;
}

struct text finding_name(const struct model *model, const struct finding *finding,
			 char buffer[64], struct arena *arena)
{
	return model_subject(model, (enum subject_kind)finding->subject_kind, finding->subject,
			     buffer, arena);
}

struct text finding_graph(const struct model *model, const struct finding *finding,
			  struct arena *arena)
{
	uint32_t subject = finding->subject, graph = 0;

	if (finding->subject_kind == SUBJECT_NODE && subject < model->n_nodes)
		graph = model->nodes[subject].graph;
	else if (finding->subject_kind == SUBJECT_VALUE && subject < model->n_values)
		graph = model->values[subject].graph;
	else if (finding->subject_kind == SUBJECT_TENSOR && subject < model->n_tensors)
		graph = model->tensors[subject].graph;
	else if (finding->subject_kind == SUBJECT_GRAPH && subject < model->n_graphs)
		graph = subject;
	return model_graph_path(model, graph, arena);
}
