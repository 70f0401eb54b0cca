#include "checkup.h"

#include <stdio.h>
#include <string.h>

#include "export/export_check.h"
#include "message.h"
#include "session/library.h"
#include "session/session.h"

bool checkup_parse_format(struct arguments *arguments, const char *value, struct error *err)
{
	static const char *const formats[] = { [CHECK_TEXT] = "text",
					       [CHECK_JSON] = "json",
					       [CHECK_SARIF] = "sarif" };
	char shown[256];

	arguments->check = true;
	if (!value)
		return true;
	if (strcmp(value, "help") == 0) {
		arguments->action = ARGUMENTS_CHECK_HELP;
		return true;
	}
	for (enum check_format format = CHECK_TEXT; format <= CHECK_SARIF; format++)
		if (strcmp(value, formats[format]) == 0) {
			arguments->check_format = format;
			return true;
		}
	gate_text(GATE_ASCII, shown, sizeof shown, 60, text_from(value));
	return error_set(err, ERROR_USAGE, -1, "--check: found '%s', allowed text, json, sarif or "
					       "help", shown);
}

bool checkup_parse_rules(struct arguments *arguments, const char *value, struct error *err)
{
	struct error wrong;

	arguments->has_rules = true;
	return rule_choice_parse(text_from(value), &arguments->check_options.rules, &wrong) ||
	       error_set(err, ERROR_USAGE, -1, "--rules: %s", wrong.message);
}

void checkup_print_help(void)
{
	puts("--check[=FORMAT] with --rules=RULE,... only these, --rules=-RULE,... all but these;\n"
	     "* stands for anything. The status is 1 where there are errors, with --strict also\n"
	     "where there are warnings.\n");
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		printf("%-24s %-8s %s\n", rule_name(rule), severity_name(rule_severity(rule)),
		       rule_what(rule));
}

static const struct report *wait_for(struct session *session, enum report_kind kind,
				     const struct check_options *options)
{
	struct request request = {
		.tensor = NO_INDEX, .kind = kind, .check = options,
	};

	session_update_begin(session);
	session_want(session, &request);
	if (kind == REPORT_CHECK && !options->rules.off[RULE_LIBONNX] &&
	    strcmp(session_model(session, 0)->format, "onnx") == 0)
		session_want_verdict(session, 0);
	session_update_end(session);
	session_finish(session);
	return session_report(session, &request);
}

static bool has_failed(const struct report *report, struct error *err)
{
	if (report && report->state == REPORT_DONE)
		return false;
	if (report && report->state == REPORT_FAILED)
		*err = report->error;
	else
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	return true;
}

/* *found: by severity, added up over the files. */
static bool check_file(const struct batch *batch, struct export_check *check, const char *path,
		       uint64_t found[3], struct error *err)
{
	const struct check_options *options = &batch->arguments->check_options;
	struct session *session = session_new(batch->arguments->threads, err);
	const struct report *graph, *values;
	const struct library_answer *verdict;
	struct findings joined;
	bool good;

	if (!session)
		return false;
	session_use_library(session, batch->arguments->libonnx);
	good = session_open(session, path, err) &&
	       output_protect(check->output, session_model(session, 0), err);
	if (good) {
		/* The second wait collects nothing that makes the first report go away. */
		wait_for(session, REPORT_CHECK, options);
		values = wait_for(session, REPORT_CHECK_VALUES, options);
		graph = session_report(session, &(struct request){ .tensor = NO_INDEX,
								   .kind = REPORT_CHECK,
								   .check = options });
		verdict = session_verdict(session, 0);
		good = !has_failed(graph, err) && !has_failed(values, err) &&
		       findings_join(&graph->findings, &values->findings,
				     verdict && verdict->state == REPORT_DONE ? verdict->verdict
									       : NULL,
				     options, &joined, err);
	}
	if (good) {
		for (unsigned i = 0; i < 3; i++)
			found[i] += joined.by_severity[i];
		export_check_file(check, path, session_model(session, 0), &joined);
		findings_free(&joined);
	}
	session_free(session);
	return good;
}

int checkup_run(const struct batch *batch)
{
	const struct arguments *arguments = batch->arguments;
	const char *target = arguments->output ? arguments->output : "-";
	struct export_check check;
	struct error err;
	struct output *output = output_open(target, arguments->force, &err);
	uint64_t found[3] = { 0 };
	int status = 0;

	if (!output)
		return message_error(batch->gate, target, &err);
	export_check_begin(&check, output, arguments->check_format, batch->glyphs->gate);
	for (size_t i = 0; i < arguments->n_files && !output_failed(output); i++) {
		int failed;

		if (check_file(batch, &check, arguments->files[i], found, &err))
			continue;
		export_check_unread(&check, arguments->files[i], &err);
		failed = message_error(batch->gate, arguments->files[i], &err);
		status = status ? status : failed;
	}
	for (size_t i = 0; i < arguments->n_runs; i++) {
		error_set(&err, ERROR_FORMAT, -1, "no model: a training log has nothing to check");
		export_check_unread(&check, arguments->runs[i], &err);
		int failed = message_error(batch->gate, arguments->runs[i], &err);
		status = status ? status : failed;
	}
	if (!export_check_end(&check, &err))
		status = message_error(batch->gate, NULL, &err);
	if (!output_commit(output, &err)) {
		int failed = message_error(batch->gate,
					   strcmp(target, "-") ? target : "standard output", &err);
		status = status ? status : failed;
	}
	if (status)
		return status;
	return found[SEVERITY_PROBLEM] > 0 ||
	       (arguments->strict && found[SEVERITY_WARNING] > 0);
}
