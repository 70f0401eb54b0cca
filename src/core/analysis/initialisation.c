/*
 * First what the tensor is to the node that uses it (its part), then the candidates of that part,
 * then the distance of each.
 */
#include <mtui/initialisation.h>

#include <math.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/graph.h>

#define SQRT_HALF    0x1.6a09e667f3bcdp-1
#define CRITICAL     1.63 /* of sqrt(n) D, for 1 of 100 */
#define CLOSE	     0.01
#define NEAR	     0.05
#define TELLING	     0.03 /* chance up to which a small distance means something */
#define DIGITS	     1e9 /* distances are rounded: erfc differs between libraries in the last bit */

enum part { PART_NONE, PART_WEIGHT, PART_TABLE, PART_SCALE, PART_SHIFT };

static const char *const names[] = {
#define X(id, name) name,
	INITIALISATIONS(X)
#undef X
};

const char *initialisation_name(enum initialisation_kind kind)
{
	return kind < INITIALISATION_COUNT ? names[kind] : "";
}

const char *initialisation_word(enum initialisation_verdict verdict)
{
	static const char *const words[] = { "looks untrained", "drifted", "trained",
					     "too few values" };

	return words[verdict];
}

/* --- Parts ----------------------------------------------------------------------------------- */

/* By operator and input. Norms: scale and shift; their running mean and variance start as those. */
static const struct use {
	const char *op;
	uint32_t input;
	enum part part;
} uses[] = {
	{ "Conv", 1, PART_WEIGHT },		  { "Conv", 2, PART_SHIFT },
	{ "ConvTranspose", 1, PART_WEIGHT },	  { "ConvTranspose", 2, PART_SHIFT },
	{ "Gemm", 1, PART_WEIGHT },		  { "Gemm", 2, PART_SHIFT },
	{ "MatMul", 0, PART_WEIGHT },		  { "MatMul", 1, PART_WEIGHT },
	{ "LSTM", 1, PART_WEIGHT },		  { "LSTM", 2, PART_WEIGHT },
	{ "LSTM", 3, PART_SHIFT },		  { "GRU", 1, PART_WEIGHT },
	{ "GRU", 2, PART_WEIGHT },		  { "GRU", 3, PART_SHIFT },
	{ "RNN", 1, PART_WEIGHT },		  { "RNN", 2, PART_WEIGHT },
	{ "RNN", 3, PART_SHIFT },		  { "Gather", 0, PART_TABLE },
	{ "BatchNormalization", 1, PART_SCALE },  { "BatchNormalization", 2, PART_SHIFT },
	{ "BatchNormalization", 3, PART_SHIFT },  { "BatchNormalization", 4, PART_SCALE },
	{ "InstanceNormalization", 1, PART_SCALE }, { "InstanceNormalization", 2, PART_SHIFT },
	{ "GroupNormalization", 1, PART_SCALE },  { "GroupNormalization", 2, PART_SHIFT },
	{ "LayerNormalization", 1, PART_SCALE },  { "LayerNormalization", 2, PART_SHIFT },
	{ "Add", 0, PART_SHIFT },		  { "Add", 1, PART_SHIFT },
	{ "Mul", 0, PART_SCALE },		  { "Mul", 1, PART_SCALE },
};

/* One long dimension: what is added to or multiplied with every channel. */
static bool is_vector(const struct tensor *tensor)
{
	uint32_t longer = 0;

	for (uint32_t d = 0; d < tensor->n_dims; d++)
		longer += tensor->dims[d] > 1;
	return longer == 1;
}

static enum part part_of(const struct model *model, const struct tensor *tensor,
			 const struct node **node)
{
	const struct value *value;

	if (tensor->value == NO_INDEX)
		return PART_NONE;
	value = &model->values[tensor->value];
	if (value->n_consumers == 0)
		return PART_NONE;
	*node = &model->nodes[model->consumers[value->first_consumer]];
	if ((*node)->op->domain.len != 0 && !text_is((*node)->op->domain, "ai.onnx"))
		return PART_NONE;
	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		bool vector = uses[i].part == PART_SCALE || uses[i].part == PART_SHIFT;

		if (uses[i].input < (*node)->n_inputs && text_is((*node)->op->type, uses[i].op) &&
		    model->refs[(*node)->first_input + uses[i].input] == tensor->value)
			return (vector ? is_vector(tensor) : tensor->n_dims > 1) ? uses[i].part
										 : PART_NONE;
	}
	return PART_NONE;
}

/* --- Fans ------------------------------------------------------------------------------------ */

static bool is_transposed(const struct model *model, const struct node *node)
{
	for (uint32_t a = 0; a < node->n_attributes; a++) {
		const struct attribute *attribute = &model->attributes[node->first_attribute + a];

		if (attribute->kind == ATTRIBUTE_INT && text_is(attribute->name, "transB"))
			return attribute->i != 0;
	}
	return false;
}

/* Weights as (out, in, kernel...), but of MatMul and Gemm as (in, out). ConvTranspose counts its
 * (in, out, kernel...) the same way as a convolution, as PyTorch does. */
static bool find_fans(const struct model *model, const struct tensor *tensor,
		      const struct node *node, struct initialisation *result)
{
	struct text type = node->op->type;
	bool matrix = text_is(type, "MatMul") ||
		      (text_is(type, "Gemm") && !is_transposed(model, node));
	uint32_t n = tensor->n_dims, first = 0;
	uint64_t kernel = 1;

	if (n < 2)
		return false;
	/* Of stacked matrices and of recurrent layers the last two dimensions count. */
	if (!text_is(type, "Conv") && !text_is(type, "ConvTranspose"))
		first = n - 2;
	for (uint32_t d = first + 2; d < n; d++)
		if (!mul_ok(kernel, (uint64_t)tensor->dims[d], &kernel))
			return false;
	return mul_ok((uint64_t)tensor->dims[first + !matrix], kernel, &result->fan_in) &&
	       mul_ok((uint64_t)tensor->dims[first + matrix], kernel, &result->fan_out) &&
	       result->fan_in > 0 && result->fan_out > 0;
}

/* The tensor that a node takes as its weight, for the bias beside it. */
static const struct tensor *weight_of(const struct model *model, const struct node *node)
{
	uint32_t value = node->n_inputs > 1 ? model->refs[node->first_input + 1] : NO_INDEX;

	if (value == NO_INDEX || model->values[value].tensor == NO_INDEX)
		return NULL;
	return &model->tensors[model->values[value].tensor];
}

/* --- Candidates and distances ---------------------------------------------------------------- */

static bool is_normal(enum initialisation_kind kind)
{
	return kind == INITIALISATION_XAVIER_NORMAL || kind == INITIALISATION_KAIMING_NORMAL_IN ||
	       kind == INITIALISATION_KAIMING_NORMAL_OUT || kind == INITIALISATION_FAN_NORMAL ||
	       kind == INITIALISATION_UNIT_NORMAL || kind == INITIALISATION_SMALL_NORMAL;
}

static bool is_constant(enum initialisation_kind kind)
{
	return kind == INITIALISATION_ONES || kind == INITIALISATION_ZEROS;
}

static void add(struct initialisation *result, enum initialisation_kind kind, double spread)
{
	result->candidates[result->n++] = (struct initialisation_candidate){ kind, spread, NAN };
}

static void add_fans(struct initialisation *result)
{
	double in = (double)result->fan_in, out = (double)result->fan_out;

	add(result, INITIALISATION_XAVIER_UNIFORM, sqrt(6 / (in + out)));
	add(result, INITIALISATION_XAVIER_NORMAL, sqrt(2 / (in + out)));
	add(result, INITIALISATION_KAIMING_UNIFORM_IN, sqrt(6 / in));
	add(result, INITIALISATION_KAIMING_NORMAL_IN, sqrt(2 / in));
	add(result, INITIALISATION_KAIMING_UNIFORM_OUT, sqrt(6 / out));
	add(result, INITIALISATION_KAIMING_NORMAL_OUT, sqrt(2 / out));
	add(result, INITIALISATION_FAN_UNIFORM, 1 / sqrt(in));
	add(result, INITIALISATION_FAN_NORMAL, 1 / sqrt(in));
}

static void find_candidates(const struct model *model, const struct tensor *tensor,
			    struct initialisation *result)
{
	const struct node *node = NULL;
	const struct tensor *weight;
	struct initialisation of_weight = { 0 };

	switch (part_of(model, tensor, &node)) {
	case PART_NONE:
		return;
	case PART_WEIGHT:
		if (find_fans(model, tensor, node, result))
			add_fans(result);
		add(result, INITIALISATION_SMALL_NORMAL, 0.02);
		return;
	case PART_TABLE:
		add(result, INITIALISATION_UNIT_NORMAL, 1);
		add(result, INITIALISATION_SMALL_NORMAL, 0.02);
		add(result, INITIALISATION_SMALL_UNIFORM, 0.05);
		return;
	case PART_SCALE:
		add(result, INITIALISATION_ONES, 1);
		return;
	case PART_SHIFT:
		add(result, INITIALISATION_ZEROS, 0);
		weight = weight_of(model, node);
		if (weight && weight != tensor && find_fans(model, weight, node, &of_weight) &&
		    !text_is(node->op->type, "Add"))
			add(result, INITIALISATION_FAN_UNIFORM,
			    1 / sqrt((double)of_weight.fan_in));
		return;
	}
}

static double cumulative(const struct initialisation_candidate *candidate, double x)
{
	double place = x / candidate->spread;

	if (is_normal(candidate->kind))
		return 0.5 * erfc(-place * SQRT_HALF);
	return place <= -1 ? 0 : place >= 1 ? 1 : (place + 1) / 2;
}

/* Share of the values on the fuller side of c; inside a bin they are taken as spread evenly. */
static double distance_of_constant(const struct statistics *s, double c)
{
	double n = (double)s->finite, below = 0, place;

	if (s->min == s->max)
		return s->min != c;
	if (c == 0)
		return (double)(s->negative > s->positive ? s->negative : s->positive) / n;
	place = (c - s->min) / (s->max - s->min) * HISTOGRAM_BINS;
	for (int b = 0; b < HISTOGRAM_BINS && b < place; b++)
		below += (double)s->bins[b] * fmin(place - b, 1);
	return fmax(below, n - below) / n;
}

static double distance_of(const struct statistics *s, const struct initialisation_candidate *candidate)
{
	double n = (double)s->finite, width = s->max - s->min, largest = 0;
	uint64_t below = 0;

	if (is_constant(candidate->kind))
		return distance_of_constant(s, candidate->spread);
	if (s->min == s->max)
		return fmax(cumulative(candidate, s->min), 1 - cumulative(candidate, s->min));
	for (int b = 0; b <= HISTOGRAM_BINS; b++) {
		double edge = s->min + b * (width / HISTOGRAM_BINS);

		largest = fmax(largest, fabs((double)below / n - cumulative(candidate, edge)));
		below += b < HISTOGRAM_BINS ? s->bins[b] : 0;
	}
	return largest;
}

static enum initialisation_verdict judge(const struct statistics *s,
					 const struct initialisation_candidate *best)
{
	double chance = CRITICAL / sqrt((double)s->finite), distance = best->distance;

	if (is_constant(best->kind)) {
		if (distance == 0)
			return VERDICT_UNTRAINED;
		return hypot(s->std, s->mean - best->spread) <= NEAR ? VERDICT_DRIFTED
								     : VERDICT_TRAINED;
	}
	chance = fmax(chance, CLOSE);
	if (distance <= chance)
		return chance <= TELLING ? VERDICT_UNTRAINED : VERDICT_TOO_FEW;
	return distance <= chance + NEAR ? VERDICT_DRIFTED : VERDICT_TRAINED;
}

/* Few: by insertion. Of equal ones the first in the list stays first. */
static void sort(struct initialisation *result)
{
	for (unsigned i = 1; i < result->n; i++) {
		struct initialisation_candidate candidate = result->candidates[i];
		unsigned k = i;

		for (; k > 0 && result->candidates[k - 1].distance > candidate.distance; k--)
			result->candidates[k] = result->candidates[k - 1];
		result->candidates[k] = candidate;
	}
}

bool initialisation_judge(const struct model *model, const struct tensor *tensor,
			  const struct statistics *statistics, struct initialisation *result)
{
	*result = (struct initialisation){ .n = 0 };
	if (dtype_traits[tensor->dtype].class != CLASS_FLOAT || statistics->finite < 2)
		return false;
	find_candidates(model, tensor, result);
	for (unsigned i = 0; i < result->n; i++) {
		double distance = distance_of(statistics, &result->candidates[i]);

		result->candidates[i].distance = round(distance * DIGITS) / DIGITS;
	}
	sort(result);
	if (result->n > 0)
		result->verdict = judge(statistics, &result->candidates[0]);
	return result->n > 0;
}
