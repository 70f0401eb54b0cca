/*
 * A scheme for each tensor of a model under a budget of bytes: plan.h with tensors and schemes.
 *
 * A ladder is the list of settings that may be chosen. What each of them costs a tensor is measured
 * once; a plan for a budget then takes no look at values. Besides the ladder every tensor may stay
 * as it is: the choice number ladder->n, with no error. Tensors that quantization does not apply
 * to, that are incomplete, or that have fewer than two dimensions (biases, norms) always do.
 *
 * Errors are sums of squared weight errors, which add up over tensors: weight error, not accuracy.
 */
#ifndef MTUI_MODEL_PLAN_H
#define MTUI_MODEL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/plan.h>
#include <mtui/quant_error.h>
#include <mtui/scheme.h>

#define LADDER_MAX 24

struct ladder {
	struct quant_scheme schemes[LADDER_MAX];
	unsigned n;
};

/* Settings that take about one reading of the values each; least MSE takes fifteen times that. */
#define LADDER_DEFAULT                                                                             \
	"f16,int8:channel,int6:channel,int5:group=32,int4:group=32:affine,int3:group=32:affine,"   \
	"int2:group=32:affine"

/* Settings between commas, at least one, none twice. ERROR_USAGE. */
bool ladder_parse(struct text text, struct ladder *ladder, struct error *err);

/* What the settings of a ladder cost one tensor. */
struct ladder_costs {
	struct {
		uint64_t bytes;
		double error; /* sum of squared errors; NaN: the setting cannot be applied */
	} costs[LADDER_MAX];
	double energy; /* sum of squares of the values; 0 where no setting told */
};

/* Fails only when the tensor cannot be read, or was stopped. */
bool ladder_compute(const struct model *model, const struct tensor *tensor,
		    const struct ladder *ladder, const struct analysis_watch *watch,
		    struct ladder_costs *result, struct error *err);

/* Whether anything but staying as it is may be chosen for a tensor. */
bool ladder_applies(const struct tensor *tensor);

enum { PLAN_FREE = -1 };

struct planned_tensor {
	uint32_t tensor;
	int32_t pinned;	 /* the only choice, or PLAN_FREE */
	uint32_t chosen;
	double energy;	 /* as in ladder_costs */
	bool applies;	 /* ladder_applies, and it could be read */
	bool measured;	 /* its choices are known; true where it does not apply */
};

struct model_plan {
	const struct model *model;
	const struct ladder *ladder; /* both borrowed */
	struct planned_tensor *tensors;
	struct plan_choice *choices; /* ladder->n + 1 of each tensor */
	size_t n, n_missing;	     /* tensors; of them not measured yet */
	uint64_t bytes_before;	     /* of all tensors */
	double energy;		     /* of those measured */
	struct plan *plan;	     /* NULL while some are missing */
	struct plan_point total;     /* of the chosen ones */
	bool fits;		     /* the budget was enough */
};

/* tensors: their numbers, read here and not kept. */
bool model_plan_init(struct model_plan *plan, const struct model *model, const uint32_t *tensors,
		     size_t n, const struct ladder *ladder, struct error *err);
void model_plan_free(struct model_plan *plan);

/* Takes what was measured of plan->tensors[i]; NULL: it cannot be read and stays as it is. */
void model_plan_take(struct model_plan *plan, size_t i, const struct ladder_costs *costs);

/* Pins plan->tensors[i] to a choice, or frees it; the plan is to be solved again. */
void model_plan_pin(struct model_plan *plan, size_t i, int32_t choice);

/* With nothing missing: chooses for a budget. Solves anew only after a change. */
bool model_plan_at(struct model_plan *plan, uint64_t budget, struct error *err);

static inline const struct plan_choice *model_plan_choice(const struct model_plan *plan, size_t i,
							  uint32_t choice)
{
	return &plan->choices[i * (plan->ladder->n + 1) + choice];
}

/* Of the chosen setting: 10 log10(energy / error), +Inf where it stays as it is. */
double model_plan_sqnr(const struct model_plan *plan, size_t i);
double model_plan_total_sqnr(const struct model_plan *plan);

/* "50%" of `before`, "40M", "1.5GiB", "1234": K, M, G are powers of 1024. ERROR_USAGE. */
bool plan_budget_parse(struct text text, uint64_t before, uint64_t *budget, struct error *err);

#endif
