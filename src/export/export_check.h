/*
 * Findings of a check as lines for people, as JSON, and as SARIF 2.1.0 (OASIS standard, "Static
 * Analysis Results Interchange Format Version 2.1.0") for code hosts.
 *
 *	export_check_begin, { export_check_file | export_check_unread }, export_check_end
 */
#ifndef EXPORT_EXPORT_CHECK_H
#define EXPORT_EXPORT_CHECK_H

#include <mtui/check.h>
#include <mtui/gate.h>

#include "export/export.h"
#include "export/json_out.h"

enum check_format { CHECK_TEXT, CHECK_JSON, CHECK_SARIF };

struct export_check {
	struct output *output;
	enum check_format format;
	enum gate_mode gate; /* of CHECK_TEXT */
	struct json_out json;
	/* SARIF: of files that could not be read, for the end. */
	struct arena arena;
	VECTOR(struct text) unread;
};

void export_check_begin(struct export_check *check, struct output *output,
			enum check_format format, enum gate_mode gate);
void export_check_file(struct export_check *check, const char *path, const struct model *model,
		       const struct findings *findings);
void export_check_unread(struct export_check *check, const char *path, const struct error *reason);

/* False when memory was exhausted on the way. */
bool export_check_end(struct export_check *check, struct error *err);

/* Lists of a model's findings as members of an object that is open: counts and "findings". */
void export_findings(struct json_out *json, const struct model *model,
		     const struct findings *findings);

#endif
