#include "core/formats/onnx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/gate.h>

#include "core/base/grouped.h"

enum { SHOWN_COLUMNS = 60, MESSAGE = 400 };

const char *onnx_shown(char buffer[ONNX_SHOWN], struct text text)
{
	gate_text(GATE_UNICODE, buffer, ONNX_SHOWN, SHOWN_COLUMNS, text);
	return buffer;
}

/* Half of the room is kept for problems, so that a flood of notes cannot hide one. */
bool onnx_notice(struct onnx *onnx, enum severity severity, const char *rule, int64_t offset,
		 enum subject_kind kind, uint32_t subject, const char *format, ...)
{
	char message[MESSAGE];
	va_list args;
	size_t most = severity == SEVERITY_PROBLEM ? LIMIT_NOTICES : LIMIT_NOTICES / 2;
	if (onnx->notices.count >= most) {
		onnx->model->n_notices_dropped++;
		return true;
	}
	if (!ONNX_ROOM(onnx, onnx->notices))
		return false;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	struct text text = arena_text(onnx->arena, message, strlen(message));
	if (!text.data)
		return onnx_exhausted(onnx);
	onnx->notices.items[onnx->notices.count++] =
		(struct notice){ .rule = rule,
				 .message = text,
				 .offset = offset,
				 .subject = subject,
				 .subject_kind = (uint8_t)kind,
				 .severity = (uint8_t)severity };
	return true;
}

static int by_severity(const void *left, const void *right)
{
	const struct notice *a = left, *b = right;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	int order = strcmp(a->rule, b->rule);
	return order ? order : text_compare(a->message, b->message);
}

void onnx_sort_notices(struct onnx *onnx)
{
	if (onnx->notices.count)
		qsort(onnx->notices.items, onnx->notices.count, sizeof *onnx->notices.items,
		      by_severity);
}

/* Operator sets that this program's authors have heard of; others are named, not refused. Those
 * of ONNX Runtime have versions that mean nothing. */
static const struct {
	const char *domain;
	int64_t newest;
} known_opsets[] = {
	{ "", 28 },
	{ "ai.onnx", 28 },
	{ "ai.onnx.ml", 5 },
	{ "ai.onnx.training", 1 },
	{ "ai.onnx.preview.training", 1 },
	{ "ai.onnx.contrib", INT64_MAX },
	{ "com.microsoft", INT64_MAX },
	{ "com.microsoft.experimental", INT64_MAX },
	{ "com.microsoft.mlfeaturizers", INT64_MAX },
	{ "com.microsoft.nchwc", INT64_MAX },
	{ "com.ms.internal.nhwc", INT64_MAX },
	{ "org.pytorch.aten", INT64_MAX },
};

/* Lists that are compared with each other are looked at so far: no model has more, and a file
 * made to be slow must not be. */
enum { NEWEST_IR = 13, CHECKED = 4096 };

/* Known, or made by functions of the model itself. */
static bool is_known_opset(const struct onnx *onnx, const struct opset *opset)
{
	for (size_t k = 0; k < sizeof known_opsets / sizeof *known_opsets; k++)
		if (text_is(opset->domain, known_opsets[k].domain))
			return opset->version <= known_opsets[k].newest;
	for (size_t g = 0; onnx->model->n_functions && g < onnx->graphs.count && g < CHECKED; g++)
		if (onnx->graphs.items[g].kind == GRAPH_FUNCTION &&
		    text_equal(onnx->graphs.items[g].domain, opset->domain))
			return true;
	return false;
}

static bool check_opset(struct onnx *onnx, size_t index)
{
	const struct opset *opset = &onnx->opsets.items[index];
	char shown[ONNX_SHOWN];
	const char *domain = opset->domain.len ? onnx_shown(shown, opset->domain) : "ai.onnx";
	for (size_t i = 0; i < index && i < 64; i++)
		if (text_equal(onnx->opsets.items[i].domain, opset->domain) &&
		    onnx->opsets.items[i].version != opset->version)
			return onnx_notice(onnx, SEVERITY_WARNING, "opset-twice", -1, SUBJECT_MODEL,
					   0, "two versions of operator set %s: %lld and %lld",
					   domain, (long long)onnx->opsets.items[i].version,
					   (long long)opset->version);
	if (opset->version <= 0)
		return onnx_notice(onnx, SEVERITY_PROBLEM, "opset-version", -1, SUBJECT_MODEL, 0,
				   "operator set %s has version %lld (allowed from 1)", domain,
				   (long long)opset->version);
	return is_known_opset(onnx, opset) ||
	       onnx_notice(onnx, SEVERITY_NOTE, "opset-unknown", -1, SUBJECT_MODEL, 0,
			   "unknown operator set %s %lld", domain, (long long)opset->version);
}

static bool has_opset(const struct onnx *onnx, struct text domain)
{
	bool standard = domain.len == 0 || text_is(domain, "ai.onnx");
	for (size_t i = 0; i < onnx->opsets.count && i < CHECKED; i++) {
		struct text known = onnx->opsets.items[i].domain;
		if (text_equal(known, domain) ||
		    (standard && (known.len == 0 || text_is(known, "ai.onnx"))))
			return true;
	}
	return false;
}

/* Domains that operators use but the model does not import: one notice a domain. */
static bool check_domains(struct onnx *onnx)
{
	char shown[ONNX_SHOWN];
	for (size_t i = 0; i < onnx->ops.count && i < CHECKED; i++) {
		const struct op *op = onnx->ops.items[i];
		bool said = false;
		if (op->count == 0 || op->domain.len == 0 || has_opset(onnx, op->domain))
			continue;
		for (size_t k = 0; k < i && !said; k++)
			said = onnx->ops.items[k]->count &&
			       text_equal(onnx->ops.items[k]->domain, op->domain);
		if (!said &&
		    !onnx_notice(onnx, SEVERITY_WARNING, "opset-missing", -1, SUBJECT_MODEL, 0,
				 "operators of \"%s\" are used, but it is not imported",
				 onnx_shown(shown, op->domain)))
			return false;
	}
	return true;
}

static bool check_versions(struct onnx *onnx)
{
	int64_t ir = onnx->model->ir_version;
	if ((ir < 1 || ir > NEWEST_IR) &&
	    !onnx_notice(onnx, SEVERITY_WARNING, "ir-version", -1, SUBJECT_MODEL, 0,
			 "ir_version %lld (known are 1 to %d)", (long long)ir, NEWEST_IR))
		return false;
	if (onnx->opsets.count == 0 && ir != 1 && ir != 2 &&
	    !onnx_notice(onnx, SEVERITY_PROBLEM, "opset-missing", -1, SUBJECT_MODEL, 0,
			 "the model imports no operator set"))
		return false;
	for (size_t i = 0; i < onnx->opsets.count && i < CHECKED; i++)
		if (!check_opset(onnx, i))
			return false;
	return onnx->opsets.count > CHECKED || check_domains(onnx);
}

/* Shadowed names are legal but mislead readers: one notice for all of them. */
static bool check_shadows(struct onnx *onnx)
{
	uint64_t n = onnx->n_shadows;
	char shown[ONNX_SHOWN], number[GROUPED_SIZE];
	return n == 0 ||
	       onnx_notice(onnx, SEVERITY_WARNING, "shadowed-name", -1, SUBJECT_VALUE,
			   onnx->first_shadow,
			   "%s name%s of an outer graph shadowed in a subgraph, first \"%s\"",
			   grouped(number, n), n == 1 ? "" : "s",
			   onnx_shown(shown, onnx->values.items[onnx->first_shadow].name));
}

static bool check_depth(struct onnx *onnx)
{
	uint32_t deepest = 0;
	for (size_t g = 0; g < onnx->graphs.count; g++)
		if (onnx->graphs.items[g].depth > deepest)
			deepest = onnx->graphs.items[g].depth;
	return deepest <= LIMIT_LIBRARY_DEPTH ||
	       onnx_notice(onnx, SEVERITY_NOTE, "deep", -1, SUBJECT_MODEL, 0,
			   "library checks off: nested deeper than %d", LIMIT_LIBRARY_DEPTH);
}

bool onnx_check_model(struct onnx *onnx)
{
	if (onnx->wire.file->size >= (uint64_t)1 << 31 &&
	    !onnx_notice(onnx, SEVERITY_NOTE, "large-file", -1, SUBJECT_MODEL, 0,
			 "larger than 2 GiB: library checks work on a copy without weights"))
		return false;
	return check_versions(onnx) && check_shadows(onnx) && check_depth(onnx);
}
