#include "operator.h"

#include <stdlib.h>
#include <string.h>

#include <mtui/engine.h>

#include "export/export_operator.h"
#include "message.h"

#define OPERATOR_WIDTH 100

/* "ai.onnx.ml.Scaler:2": the domain ends at the last dot. */
struct operator_name {
	struct text domain, name;
	int64_t opset; /* 0: the newest */
};

static bool parse_name(const char *word, struct operator_name *operator, struct error *err)
{
	const char *colon = strrchr(word, ':'), *end = colon ? colon : word + strlen(word);
	const char *dot = memrchr(word, '.', (size_t)(end - word));
	const char *name = dot ? dot + 1 : word;

	operator->domain = (struct text){ word, dot ? (size_t)(dot - word) : 0 };
	operator->name = (struct text){ name, (size_t)(end - name) };
	operator->opset = 0;
	for (const char *digit = colon ? colon + 1 : ""; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || operator->opset > 1000000)
			return error_set(err, ERROR_USAGE, -1, "--op: an opset is a number");
		operator->opset = operator->opset * 10 + (*digit - '0');
	}
	if (operator->name.len == 0 || (colon && operator->opset == 0))
		return error_set(err, ERROR_USAGE, -1,
				 "--op: allowed [DOMAIN.]NAME[:OPSET], like Conv:17");
	return true;
}

static struct op_doc *find_operator(const char *word, struct error *err)
{
	struct operator_name operator;
	struct op_doc *doc = NULL;
	char *program;

	if (!parse_name(word, &operator, err))
		return NULL;
	program = engine_find(err);
	if (program)
		doc = engine_ask_operator(program, operator.domain, operator.name, operator.opset,
					  NULL, err);
	free(program);
	return doc;
}

int operator_run(const struct batch *batch)
{
	const struct arguments *arguments = batch->arguments;
	const char *target = arguments->output ? arguments->output : "-";
	struct export_looks looks = { .theme = batch->theme, .colours = batch->colours };
	struct error err;
	struct op_doc *doc = find_operator(arguments->op, &err);
	struct output *output = doc ? output_open(target, arguments->force, &err) : NULL;
	bool good = output && export_operator(output, arguments->format, doc, OPERATOR_WIDTH,
					      batch->glyphs, &looks, &err);

	if (good)
		good = output_commit(output, &err);
	else
		output_discard(output);
	op_doc_free(doc);
	return good ? 0 : message_error(batch->gate, NULL, &err);
}
