#include "export/export_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mtui/version.h>

#define SHOWN	    1024 /* bytes of a name, through the text gate */
#define SHOWN_WIDE  200	 /* columns of it */
#define SCHEMA	    "https://json.schemastore.org/sarif-2.1.0.json"
#define N_SUBJECTS  5

static const char *const subject_kinds[N_SUBJECTS] = {
	[SUBJECT_MODEL] = "model", [SUBJECT_GRAPH] = "graph",	[SUBJECT_NODE] = "node",
	[SUBJECT_VALUE] = "value", [SUBJECT_TENSOR] = "tensor",
};

static void write_output(void *output, const char *bytes, size_t len)
{
	output_bytes(output, bytes, len);
}

/* --- Text ------------------------------------------------------------------------------------ */

static void print_text(struct export_check *check, struct text text)
{
	char shown[SHOWN];

	gate_text(check->gate, shown, sizeof shown, SHOWN_WIDE, text);
	output_string(check->output, shown);
}

static void print_count(struct output *output, const char *separator, uint64_t n, const char *word)
{
	output_format(output, "%s%" PRIu64 " %s%s", separator, n, word, n == 1 ? "" : "s");
}

/* "model.onnx: If_5.then_branch/conv1: error: MESSAGE, and 12 more [rule]" */
static void print_group(struct export_check *check, const char *path, const struct model *model,
			const struct findings *findings, size_t first)
{
	const struct finding *finding = &findings->items[first];
	struct output *output = check->output;
	size_t alike = findings_alike(findings, first);
	uint64_t total = findings->by_rule[finding->rule];
	struct arena arena;
	char buffer[64];

	arena_init(&arena, 0);
	struct text graph = finding_graph(model, finding, &arena);
	struct text name = finding_name(model, finding, buffer, &arena);

	print_text(check, text_from(path));
	if (graph.len > 0 || name.len > 0)
		output_string(output, ": ");
	print_text(check, graph);
	if (finding->subject_kind != SUBJECT_GRAPH) {
		output_string(output, graph.len > 0 && name.len > 0 ? "/" : "");
		print_text(check, name);
	}
	output_format(output, ": %s: ", severity_name((enum severity)finding->severity));
	print_text(check, finding->message);
	/* Kept are the first of a rule; only with one severity is it known whose the others are. */
	if (total > FINDINGS_PER_RULE && alike == FINDINGS_PER_RULE)
		alike = (size_t)total;
	if (alike > 1)
		output_format(output, ", and %zu more", alike - 1);
	output_format(output, " [%s]\n    %s\n", rule_name((enum rule)finding->rule),
		      rule_advice((enum rule)finding->rule));
	arena_free(&arena);
}

static void print_findings(struct export_check *check, const char *path,
			   const struct model *model, const struct findings *findings)
{
	struct output *output = check->output;

	for (size_t i = 0; i < findings->n; i += findings_alike(findings, i))
		print_group(check, path, model, findings, i);
	print_text(check, text_from(path));
	if (findings->n == 0) {
		output_string(output, ": nothing found\n");
		return;
	}
	print_count(output, ": ", findings->by_severity[SEVERITY_PROBLEM], "error");
	print_count(output, ", ", findings->by_severity[SEVERITY_WARNING], "warning");
	print_count(output, ", ", findings->by_severity[SEVERITY_NOTE], "note");
	output_string(output, "\n");
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void put_finding(struct json_out *json, const struct model *model,
			const struct finding *finding)
{
	struct arena arena;
	char buffer[64];

	arena_init(&arena, 0);
	json_out_object(json, NULL);
	json_out_string(json, "rule", rule_name((enum rule)finding->rule));
	json_out_string(json, "severity", severity_name((enum severity)finding->severity));
	json_out_text(json, "message", finding->message);
	json_out_string(json, "advice", rule_advice((enum rule)finding->rule));
	json_out_string(json, "subject_kind", subject_kinds[finding->subject_kind]);
	json_out_text(json, "subject", finding_name(model, finding, buffer, &arena));
	json_out_text(json, "graph", finding_graph(model, finding, &arena));
	if (finding->offset >= 0)
		json_out_integer(json, "offset", finding->offset);
	else
		json_out_null(json, "offset");
	json_out_end(json);
	arena_free(&arena);
}

void export_findings(struct json_out *json, const struct model *model,
		     const struct findings *findings)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < 3; i++)
		total += findings->by_severity[i];
	json_out_count(json, "errors", findings->by_severity[SEVERITY_PROBLEM]);
	json_out_count(json, "warnings", findings->by_severity[SEVERITY_WARNING]);
	json_out_count(json, "notes", findings->by_severity[SEVERITY_NOTE]);
	json_out_count(json, "findings_dropped", total - findings->n);
	json_out_array(json, "findings");
	for (size_t i = 0; i < findings->n; i++)
		put_finding(json, model, &findings->items[i]);
	json_out_end(json);
}

/* --- SARIF ----------------------------------------------------------------------------------- */

/* Names in SARIF are strings of characters, so bytes that are none are shown as the screen does. */
static void put_shown(struct json_out *json, const char *key, struct text text)
{
	char shown[SHOWN];

	gate_text(GATE_UNICODE, shown, sizeof shown, SHOWN_WIDE, text);
	json_out_string(json, key, shown);
}

/* A path as a URI reference (RFC 3986): what is not unreserved is written as %NN. */
static struct text uri_of(const char *path, struct arena *arena)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~/";
	static const char scheme[] = "file://";
	size_t len = *path == '/' ? sizeof scheme - 1 : 0;
	char *uri = arena_alloc(arena, len + 3 * strlen(path) + 1);

	if (!uri)
		return TEXT("");
	memcpy(uri, scheme, len);
	for (const char *at = path; *at; at++) {
		if (strchr(plain, *at)) {
			uri[len++] = *at;
			continue;
		}
		uri[len++] = '%';
		uri[len++] = hex[(unsigned char)*at >> 4];
		uri[len++] = hex[(unsigned char)*at & 15];
	}
	return (struct text){ uri, len };
}

static void put_message(struct json_out *json, const char *key, const char *text)
{
	json_out_object(json, key);
	json_out_string(json, "text", text);
	json_out_end(json);
}

static void put_rules(struct json_out *json)
{
	json_out_array(json, "rules");
	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		json_out_object(json, NULL);
		json_out_string(json, "id", rule_name(rule));
		put_message(json, "shortDescription", rule_what(rule));
		put_message(json, "help", rule_advice(rule));
		json_out_object(json, "defaultConfiguration");
		json_out_string(json, "level", severity_name(rule_severity(rule)));
		json_out_end(json);
		json_out_end(json);
	}
	json_out_end(json);
}

static void put_location(struct json_out *json, struct text uri, const struct model *model,
			 const struct finding *finding, struct arena *arena)
{
	char buffer[64];
	struct text graph = finding_graph(model, finding, arena);
	struct text name = finding_name(model, finding, buffer, arena), whole = name;

	if (graph.len > 0 && finding->subject_kind != SUBJECT_GRAPH)
		whole = arena_format(arena, "%.*s/%.*s", (int)graph.len, graph.data, (int)name.len,
				     name.data);
	json_out_array(json, "locations");
	json_out_object(json, NULL);
	json_out_object(json, "physicalLocation");
	json_out_object(json, "artifactLocation");
	json_out_text(json, "uri", uri);
	json_out_end(json);
	if (finding->offset >= 0) {
		json_out_object(json, "region");
		json_out_integer(json, "byteOffset", finding->offset);
		json_out_integer(json, "byteLength", 0);
		json_out_end(json);
	}
	json_out_end(json);
	if (name.len > 0) {
		json_out_array(json, "logicalLocations");
		json_out_object(json, NULL);
		put_shown(json, "name", name);
		put_shown(json, "fullyQualifiedName", whole);
		json_out_string(json, "kind", subject_kinds[finding->subject_kind]);
		json_out_end(json);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
}

static void put_results(struct export_check *check, const char *path, const struct model *model,
			const struct findings *findings)
{
	struct json_out *json = &check->json;

	for (size_t i = 0; i < findings->n && !json->failed; i++) {
		const struct finding *finding = &findings->items[i];
		struct arena arena;

		arena_init(&arena, 0);
		json_out_object(json, NULL);
		json_out_string(json, "ruleId", rule_name((enum rule)finding->rule));
		json_out_count(json, "ruleIndex", finding->rule);
		json_out_string(json, "level", severity_name((enum severity)finding->severity));
		json_out_object(json, "message");
		put_shown(json, "text", finding->message);
		json_out_end(json);
		put_location(json, uri_of(path, &arena), model, finding, &arena);
		json_out_end(json);
		arena_free(&arena);
	}
}

static void begin_sarif(struct json_out *json)
{
	json_out_string(json, "$schema", SCHEMA);
	json_out_string(json, "version", "2.1.0");
	json_out_array(json, "runs");
	json_out_object(json, NULL);
	json_out_object(json, "tool");
	json_out_object(json, "driver");
	json_out_string(json, "name", "mtui");
	json_out_string(json, "version", MTUI_VERSION);
	put_rules(json);
	json_out_end(json);
	json_out_end(json);
	json_out_string(json, "columnKind", "unicodeCodePoints");
	json_out_array(json, "results");
}

static void end_sarif(struct export_check *check)
{
	struct json_out *json = &check->json;

	json_out_end(json);
	json_out_array(json, "invocations");
	json_out_object(json, NULL);
	json_out_flag(json, "executionSuccessful", check->unread.count == 0);
	json_out_array(json, "toolExecutionNotifications");
	for (size_t i = 0; i < check->unread.count; i++) {
		json_out_object(json, NULL);
		json_out_string(json, "level", "error");
		json_out_object(json, "message");
		put_shown(json, "text", check->unread.items[i]);
		json_out_end(json);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	json_out_end(json);
	json_out_end(json);
	json_out_end(json);
}

/* --- All ------------------------------------------------------------------------------------- */

void export_check_begin(struct export_check *check, struct output *output,
			enum check_format format, enum gate_mode gate)
{
	*check = (struct export_check){ .output = output, .format = format, .gate = gate };
	arena_init(&check->arena, 0);
	if (format == CHECK_TEXT)
		return;
	json_out_init(&check->json, write_output, output, format == CHECK_JSON ? 4 : 5);
	json_out_object(&check->json, NULL);
	if (format == CHECK_SARIF) {
		begin_sarif(&check->json);
		return;
	}
	json_out_string(&check->json, "mtui", MTUI_VERSION);
	json_out_array(&check->json, "files");
}

void export_check_file(struct export_check *check, const char *path, const struct model *model,
		       const struct findings *findings)
{
	switch (check->format) {
	case CHECK_TEXT:
		print_findings(check, path, model, findings);
		break;
	case CHECK_JSON:
		json_out_object(&check->json, NULL);
		json_out_text(&check->json, "file", text_from(path));
		export_findings(&check->json, model, findings);
		json_out_end(&check->json);
		break;
	case CHECK_SARIF:
		put_results(check, path, model, findings);
		break;
	}
}

void export_check_unread(struct export_check *check, const char *path, const struct error *reason)
{
	struct text text;

	if (check->format == CHECK_JSON) {
		json_out_object(&check->json, NULL);
		json_out_text(&check->json, "file", text_from(path));
		json_out_string(&check->json, "unread", reason->message);
		json_out_integer(&check->json, "status", error_exit_status(reason->code));
		json_out_end(&check->json);
	}
	if (check->format != CHECK_SARIF)
		return;
	text = arena_format(&check->arena, "%s: %s", path, reason->message);
	if (!text.data || !vector_reserve(&check->arena, &check->unread, 1))
		check->json.failed = true;
	else
		check->unread.items[check->unread.count++] = text;
}

bool export_check_end(struct export_check *check, struct error *err)
{
	bool good = true;

	if (check->format == CHECK_SARIF)
		end_sarif(check);
	if (check->format == CHECK_JSON)
		json_out_end(&check->json);
	if (check->format != CHECK_TEXT) {
		json_out_end(&check->json);
		output_string(check->output, "\n");
		good = !check->json.failed || error_set(err, ERROR_MEMORY, -1, "out of memory");
		json_out_free(&check->json);
	}
	vector_free(&check->unread);
	arena_free(&check->arena);
	return good;
}
