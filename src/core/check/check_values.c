/* The rules of values: every tensor that may be a weight is read once, duplicates a second time. */
#include <math.h>
#include <stdlib.h>

#include <mtui/channels.h>
#include <mtui/duplicates.h>
#include <mtui/scope.h>

#include "core/check/checking.h"
#include "core/check/weight_scan.h"

#define MATRIX	   16	/* elements from which on a weight says something by being constant */
#define DUPLICATED 1024 /* bytes that are worth a word */

/* Progress over all tensors, from that of each. */
struct overall {
	const struct analysis_watch *watch;
	uint64_t done, total, part; /* part: of the tensor at hand */
};

static bool report_overall(void *context, uint64_t done, uint64_t total)
{
	struct overall *overall = context;
	const struct analysis_watch *watch = overall->watch;
	double share = total ? (double)done / (double)total : 1;

	return watch && watch->progress &&
	       watch->progress(watch->context,
			       overall->done + (uint64_t)(share * (double)overall->part),
			       overall->total);
}

static bool is_read(const struct tensor *tensor)
{
	return scope_is_weight(tensor) && tensor->present > 0 && tensor->kind != TENSOR_INDICES;
}

static void say_special(struct checking *checking, uint32_t index, enum tensor_role role,
			const struct weight_scan *scan, const char *shown)
{
	char count[GROUPED_SIZE], at[GROUPED_SIZE];
	uint64_t infinite = scan->posinf + scan->neginf;

	/* Elsewhere NaN may stand for a missing value. */
	if (scan->nan > 0)
		check_add(checking, RULE_NAN,
			  role == TENSOR_ROLE_OTHER ? SEVERITY_NOTE : SEVERITY_PROBLEM,
			  SUBJECT_TENSOR, index, "\"%s\" holds %s NaN, first at %s", shown,
			  grouped(count, scan->nan), grouped(at, scan->first_nan));
	/* Masks are made of -inf. */
	if (infinite > 0 && role != TENSOR_ROLE_OTHER)
		check_found(checking, RULE_INFINITY, SUBJECT_TENSOR, index,
			    "\"%s\" holds %s infinit%s, first at %s", shown,
			    grouped(count, infinite), infinite == 1 ? "y" : "ies",
			    grouped(at, scan->first_inf));
}

static void say_scan(struct checking *checking, uint32_t index, enum tensor_role role,
		     const struct weight_scan *scan)
{
	const struct tensor *tensor = &checking->model->tensors[index];
	char label[64], shown[CHECK_SHOWN], count[GROUPED_SIZE], all[GROUPED_SIZE];

	check_shown(shown, model_tensor_label(checking->model, index, label));
	say_special(checking, index, role, scan, shown);
	if (role != TENSOR_ROLE_WEIGHT || tensor->n_dims < 2 || tensor->count < MATRIX)
		return;
	grouped(all, tensor->count);
	if (scan->is_constant && scan->value == 0)
		check_found(checking, RULE_ALL_ZERO, SUBJECT_TENSOR, index,
			    "all %s elements of \"%s\" are zero", all, shown);
	else if (scan->is_constant && scan->nan == 0)
		check_found(checking, RULE_CONSTANT_WEIGHT, SUBJECT_TENSOR, index,
			    "all %s elements of \"%s\" are the same number", all, shown);
	else if (scan->dead > 0)
		check_found(checking, RULE_DEAD_CHANNELS, SUBJECT_TENSOR, index,
			    "%s of %s output channels of \"%s\" %s all zero",
			    grouped(count, scan->dead), grouped(all, scan->channels), shown,
			    scan->dead == 1 ? "is" : "are");
}

/* Channels of embeddings are their rows, of which those of unused words may well be zero. */
static int axis_of(const struct model *model, uint32_t index, enum tensor_role role)
{
	const struct tensor *tensor = &model->tensors[index];
	const struct node *node;

	if (role != TENSOR_ROLE_WEIGHT || tensor->value == NO_INDEX ||
	    model->values[tensor->value].n_consumers == 0)
		return -1;
	node = &model->nodes[model->consumers[model->values[tensor->value].first_consumer]];
	return check_is(node, "Conv") || check_is(node, "ConvTranspose") ||
			       check_is(node, "Gemm") || check_is(node, "MatMul")
		       ? channel_axis(model, tensor)
		       : -1;
}

static bool scan_one(struct checking *checking, uint32_t index, struct overall *overall,
		     struct error *err)
{
	const struct model *model = checking->model;
	const struct tensor *tensor = &model->tensors[index];
	const struct analysis_watch watch = { report_overall, overall,
					      overall->watch ? overall->watch->pool : NULL };
	enum tensor_role role = check_role(model, index);
	struct weight_scan scan;
	struct error failure;
	char label[64], shown[CHECK_SHOWN];

	overall->part = tensor->present;
	if (weight_scan_run(model, tensor, axis_of(model, index, role), &watch, &scan, &failure)) {
		say_scan(checking, index, role, &scan);
	} else if (failure.code == ERROR_CANCELLED || failure.code == ERROR_MEMORY) {
		if (err)
			*err = failure;
		return false;
	} else {
		check_found(checking, RULE_UNREADABLE, SUBJECT_TENSOR, index, "\"%s\": %s",
			    check_shown(shown, model_tensor_label(model, index, label)),
			    failure.message);
	}
	overall->done += tensor->present;
	return true;
}

static bool wants_scan(const struct checking *checking)
{
	for (unsigned rule = RULE_FIRST_OF_VALUES; rule < RULE_COUNT; rule++)
		if (rule != RULE_DUPLICATE_TENSOR && check_wants(checking, rule))
			return true;
	return false;
}

static bool scan_all(struct checking *checking, const struct analysis_watch *watch,
		     struct error *err)
{
	const struct model *model = checking->model;
	struct overall overall = { .watch = watch };

	for (size_t t = 0; t < model->n_tensors; t++)
		if (is_read(&model->tensors[t]) &&
		    __builtin_add_overflow(overall.total, model->tensors[t].present,
					   &overall.total))
			overall.total = UINT64_MAX;
	for (uint32_t t = 0; t < model->n_tensors && wants_scan(checking); t++)
		if (is_read(&model->tensors[t]) && !scan_one(checking, t, &overall, err))
			return false;
	return true;
}

static bool say_duplicates(struct checking *checking, const struct analysis_watch *watch,
			   struct error *err)
{
	const struct model *model = checking->model;
	struct duplicates duplicates;
	struct arena arena;
	bool good;

	if (!check_wants(checking, RULE_DUPLICATE_TENSOR))
		return true;
	arena_init(&arena, 0);
	good = duplicates_find(model, DUPLICATED, &arena, watch, &duplicates, err);
	for (size_t i = 0; good && i < duplicates.n; i++) {
		const struct duplicate *it = &duplicates.items[i];
		char label[64], one[CHECK_SHOWN], other[CHECK_SHOWN], bytes[GROUPED_SIZE];

		check_shown(one, model_tensor_label(model, it->tensor, label));
		check_shown(other, model_tensor_label(model, it->same_as, label));
		check_found(checking, RULE_DUPLICATE_TENSOR, SUBJECT_TENSOR, it->tensor,
			    "\"%s\" holds the same %s bytes as \"%s\"", one,
			    grouped(bytes, model->tensors[it->tensor].nbytes), other);
	}
	arena_free(&arena);
	return good;
}

bool check_values(const struct model *model, const struct check_options *options,
		  const struct analysis_watch *watch, struct findings *findings,
		  struct error *err)
{
	struct checking checking;

	checking_begin(&checking, model, options, findings);
	return checking_end(&checking,
			    scan_all(&checking, watch, err) && say_duplicates(&checking, watch, err),
			    err);
}
