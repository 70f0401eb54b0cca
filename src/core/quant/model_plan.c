#include <mtui/model_plan.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- The ladder ------------------------------------------------------------------------------ */

static bool ladder_add(struct ladder *ladder, struct text word, struct error *err)
{
	struct quant_scheme *scheme = &ladder->schemes[ladder->n];

	if (ladder->n == LADDER_MAX)
		return error_set(err, ERROR_USAGE, -1, "more than %d settings", LADDER_MAX);
	if (!quant_scheme_parse(word, scheme, err))
		return false;
	for (unsigned i = 0; i < ladder->n; i++)
		if (quant_scheme_same(&ladder->schemes[i], scheme)) {
			char shown[QUANT_SCHEME_TEXT];

			return error_set(err, ERROR_USAGE, -1, "%s twice",
					 quant_scheme_print(shown, scheme));
		}
	ladder->n++;
	return true;
}

bool ladder_parse(struct text text, struct ladder *ladder, struct error *err)
{
	size_t from = 0;

	ladder->n = 0;
	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.data[i] != ',')
			continue;
		if (!ladder_add(ladder, (struct text){ text.data + from, i - from }, err))
			return false;
		from = i + 1;
	}
	return true;
}

bool ladder_applies(const struct tensor *tensor)
{
	return quant_applies(tensor) && tensor->n_dims >= 2 && tensor->present == tensor->count;
}

/* One part of the work of a ladder as progress of the whole. */
struct step {
	const struct analysis_watch *watch;
	uint64_t at, of;
};

static bool step_progress(void *context, uint64_t done, uint64_t total)
{
	const struct step *step = context;
	double share = total ? (double)done / (double)total : 1;

	if (!step->watch || !step->watch->progress)
		return false;
	return step->watch->progress(step->watch->context,
				     (uint64_t)(((double)step->at + share) * 1024),
				     step->of * 1024);
}

bool ladder_compute(const struct model *model, const struct tensor *tensor,
		    const struct ladder *ladder, const struct analysis_watch *watch,
		    struct ladder_costs *result, struct error *err)
{
	struct step step = { .watch = watch, .of = ladder->n };
	const struct analysis_watch part = { step_progress, &step, watch ? watch->pool : NULL };
	struct quant_error error;

	*result = (struct ladder_costs){ 0 };
	for (unsigned i = 0; i < ladder->n; i++) {
		step.at = i;
		err->code = ERROR_NONE;
		if (quant_error_brief(model, tensor, &ladder->schemes[i], &part, &error, err)) {
			double sum = error.mse * (double)error.count;

			result->costs[i].bytes = error.bytes_after;
			result->costs[i].error = error.count ? sum : 0;
			if (error.rel_fro > 0 && isfinite(error.rel_fro))
				result->energy = fmax(result->energy,
						      sum / (error.rel_fro * error.rel_fro));
			continue;
		}
		/* Some settings are not for some shapes; all else is about the file. */
		if (err->code != ERROR_REFUSED)
			return false;
		result->costs[i].error = NAN;
	}
	return true;
}

/* --- The plan -------------------------------------------------------------------------------- */

bool model_plan_init(struct model_plan *plan, const struct model *model, const uint32_t *tensors,
		     size_t n, const struct ladder *ladder, struct error *err)
{
	*plan = (struct model_plan){ .model = model, .ladder = ladder, .n = n };
	plan->tensors = calloc(n + 1, sizeof *plan->tensors);
	plan->choices = calloc((n + 1) * (ladder->n + 1), sizeof *plan->choices);
	if (!plan->tensors || !plan->choices)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const struct tensor *tensor = &model->tensors[tensors[i]];
		bool applies = ladder_applies(tensor);

		plan->tensors[i] = (struct planned_tensor){
			.tensor = tensors[i], .pinned = PLAN_FREE, .chosen = ladder->n,
			.applies = applies, .measured = !applies,
		};
		plan->choices[i * (ladder->n + 1) + ladder->n].bytes = tensor->nbytes;
		plan->bytes_before += tensor->nbytes;
		plan->n_missing += applies;
	}
	plan->total.bytes = plan->bytes_before;
	return true;
}

void model_plan_free(struct model_plan *plan)
{
	plan_free(plan->plan);
	free(plan->tensors);
	free(plan->choices);
	*plan = (struct model_plan){ 0 };
}

static void forget_plan(struct model_plan *plan)
{
	plan_free(plan->plan);
	plan->plan = NULL;
}

void model_plan_take(struct model_plan *plan, size_t i, const struct ladder_costs *costs)
{
	struct planned_tensor *tensor = &plan->tensors[i];

	if (tensor->measured)
		return;
	tensor->measured = true;
	tensor->applies = costs;
	plan->n_missing--;
	for (unsigned c = 0; costs && c < plan->ladder->n; c++)
		plan->choices[i * (plan->ladder->n + 1) + c] =
			(struct plan_choice){ costs->costs[c].bytes, costs->costs[c].error };
	if (costs)
		plan->energy += tensor->energy = costs->energy;
	forget_plan(plan);
}

void model_plan_pin(struct model_plan *plan, size_t i, int32_t choice)
{
	plan->tensors[i].pinned = choice;
	forget_plan(plan);
}

static bool solve(struct model_plan *plan, struct error *err)
{
	struct plan_item *items = calloc(plan->n + 1, sizeof *items);
	unsigned choices = plan->ladder->n + 1;

	if (!items)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (size_t i = 0; i < plan->n; i++) {
		const struct planned_tensor *tensor = &plan->tensors[i];
		const struct plan_choice *all = plan->choices + i * choices;

		/* What does not apply has one choice: the last. */
		items[i] = tensor->applies ? (struct plan_item){ all, choices, tensor->pinned }
					   : (struct plan_item){ all + choices - 1, 1, -1 };
	}
	plan->plan = plan_new(items, plan->n, err);
	free(items);
	return plan->plan;
}

bool model_plan_at(struct model_plan *plan, uint64_t budget, struct error *err)
{
	uint32_t *chosen;

	if (!plan->plan && !solve(plan, err))
		return false;
	chosen = calloc(plan->n + 1, sizeof *chosen);
	if (!chosen)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	plan->fits = plan_at(plan->plan, budget, chosen, &plan->total);
	for (size_t i = 0; i < plan->n; i++)
		plan->tensors[i].chosen = plan->tensors[i].applies ? chosen[i] : plan->ladder->n;
	free(chosen);
	return true;
}

static double sqnr(double energy, double error)
{
	return error > 0 ? 10 * log10(energy / error) : INFINITY;
}

double model_plan_sqnr(const struct model_plan *plan, size_t i)
{
	return sqnr(plan->tensors[i].energy,
		    model_plan_choice(plan, i, plan->tensors[i].chosen)->error);
}

double model_plan_total_sqnr(const struct model_plan *plan)
{
	return sqnr(plan->energy, plan->total.error);
}

/* --- The budget ------------------------------------------------------------------------------ */

/* Behind the number: a percent sign, or a power of 1024 with "B" or "iB" behind it. */
static double unit_of(const char *word, uint64_t before)
{
	static const char letters[] = "KMGT";
	const char *letter;
	double unit = 1;

	if (strcmp(word, "%") == 0)
		return (double)before / 100;
	if (!word[0] || strcmp(word, "B") == 0)
		return 1;
	letter = strchr(letters, word[0] >= 'a' ? word[0] - 'a' + 'A' : word[0]);
	if (!letter || (word[1] && strcmp(word + 1, "B") != 0 && strcmp(word + 1, "iB") != 0))
		return NAN;
	for (const char *at = letters; at <= letter; at++)
		unit *= 1024;
	return unit;
}

bool plan_budget_parse(struct text text, uint64_t before, uint64_t *budget, struct error *err)
{
	char word[32], *end = word;
	double number = NAN;

	if (text.len > 0 && text.len < sizeof word && text.data[0] >= '0' && text.data[0] <= '9') {
		memcpy(word, text.data, text.len);
		word[text.len] = '\0';
		number = strtod(word, &end) * unit_of(end, before);
	}
	if (!(number >= 0) || number >= 0x1p63)
		return error_set(err, ERROR_USAGE, -1, "allowed 50%%, or bytes like 40M");
	*budget = (uint64_t)number;
	return true;
}
