/*
 * One sentence about what a model seems to be, from what goes in, what it is built of and what comes
 * out. Where these do not fit one of the kinds below, nothing is said: a wrong guess is worse than
 * none. Only the main graph is looked at.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/base/grouped.h"
#include "core/structure/structure_parts.h"

struct census {
	uint64_t convolutions, products, recurrent, attention, residual, suppression, embeddings;
	uint64_t trees, linear_models, quantized, resized;
	const struct tensor *embedding; /* the largest table that is looked up by an input */
	uint32_t tree_node;
};

struct guess {
	const struct shapes *shapes;
	const struct model *model;
	struct census census;
	uint32_t input, output; /* values: the only, or the first one that is no state; NO_INDEX */
	uint32_t n_inputs, n_outputs;
	char text[400];
	size_t len;
};

static void say(struct guess *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct guess *g, const char *format, ...)
{
	size_t room = sizeof g->text - g->len;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(g->text + g->len, room, format, arguments);
	va_end(arguments);
	if (len > 0)
		g->len += (size_t)len < room ? (size_t)len : room - 1;
}

static bool is_any(const struct node *node, const char *const *types)
{
	for (; *types; types++)
		if (text_is(node->op->type, *types))
			return true;
	return false;
}

static const struct type *type_of(const struct guess *g, uint32_t value)
{
	const struct type *type = value == NO_INDEX ? NULL : g->shapes->values[value].type;

	return type && type->kind == TYPE_TENSOR && type->has_shape ? type : NULL;
}

static int64_t dim_of(const struct type *type, int place)
{
	int index = place < 0 ? (int)type->n_dims + place : place;

	return index >= 0 && index < (int)type->n_dims ? type->dims[index].value : -1;
}

static bool is_computed(const struct model *model, uint32_t value)
{
	return value != NO_INDEX && model->values[value].tensor == NO_INDEX;
}

static bool is_whole(const struct type *type)
{
	return type && (type->dtype == DTYPE_I64 || type->dtype == DTYPE_I32);
}

/* A table of rows, looked up by an input of whole numbers. */
static void count_embedding(struct guess *g, const struct node *node)
{
	const struct model *model = g->model;
	uint32_t table = node->n_inputs > 1 ? model->refs[node->first_input] : NO_INDEX;
	const struct tensor *tensor = table == NO_INDEX || model->values[table].tensor == NO_INDEX
					      ? NULL
					      : &model->tensors[model->values[table].tensor];

	if (!tensor || tensor->n_dims != 2 || tensor->dims[0] < 16 || tensor->dims[1] < 2 ||
	    dtype_traits[tensor->dtype].class != CLASS_FLOAT)
		return;
	g->census.embeddings++;
	if (!g->census.embedding || tensor->count > g->census.embedding->count)
		g->census.embedding = tensor;
}

/* A sum of two computed values of the same rank of 3 or more. */
static bool is_residual(const struct guess *g, const struct node *node)
{
	uint32_t a, b;
	const struct type *left, *right;

	if (node->n_inputs != 2)
		return false;
	a = g->model->refs[node->first_input];
	b = g->model->refs[node->first_input + 1];
	if (!is_computed(g->model, a) || !is_computed(g->model, b))
		return false;
	left = type_of(g, a);
	right = type_of(g, b);
	return left && right && left->n_dims == right->n_dims && left->n_dims >= 3 &&
	       dim_of(left, 1) == dim_of(right, 1) && dim_of(left, -1) == dim_of(right, -1);
}

static void count_node(struct guess *g, uint32_t index)
{
	static const char *const convolutions[] = { "Conv", "FusedConv", "QLinearConv",
						    "ConvInteger", NULL };
	static const char *const products[] = { "Gemm",		 "MatMul",	  "QLinearMatMul",
						"MatMulInteger", "FusedMatMul", "MatMulNBits",
						"FusedGemm",	 "QGemm",	  NULL };
	static const char *const recurrent[] = { "LSTM", "GRU", "RNN", NULL };
	static const char *const attention[] = { "Attention", "MultiHeadAttention",
						 "GroupQueryAttention", "QAttention", NULL };
	static const char *const sums[] = { "Add", "Sum", NULL };
	static const char *const trees[] = { "TreeEnsembleClassifier", "TreeEnsembleRegressor",
					     NULL };
	static const char *const linear[] = { "LinearClassifier", "LinearRegressor", NULL };
	static const char *const quantized[] = { "DequantizeLinear", "QLinearConv", "QLinearMatMul",
						 "ConvInteger", "MatMulInteger", "MatMulNBits",
						 NULL };
	static const char *const resized[] = { "Resize", "Upsample", "ConvTranspose",
					       "DepthToSpace", NULL };
	static const char *const suppression[] = { "NonMaxSuppression", NULL };
	const struct node *node = &g->model->nodes[index];
	struct census *census = &g->census;

	census->convolutions += is_any(node, convolutions);
	census->products += is_any(node, products);
	census->recurrent += is_any(node, recurrent);
	census->attention += is_any(node, attention);
	census->quantized += is_any(node, quantized);
	census->resized += is_any(node, resized);
	census->suppression += is_any(node, suppression);
	census->linear_models += is_any(node, linear);
	if (is_any(node, trees)) {
		census->trees++;
		census->tree_node = index;
	}
	if (is_any(node, sums))
		census->residual += is_residual(g, node);
	if (text_is(node->op->type, "Gather"))
		count_embedding(g, node);
}

/* The first input, and output, that a caller deals with; initializers as inputs do not count. */
static void find_ends(struct guess *g)
{
	const struct model *model = g->model;
	const struct graph *graph = &model->graphs[0];

	for (uint32_t i = 0; i < graph->n_inputs; i++) {
		uint32_t value = model->refs[graph->first_input + i];

		if (value == NO_INDEX || model->values[value].tensor != NO_INDEX)
			continue;
		g->input = g->n_inputs++ == 0 ? value : g->input;
	}
	for (uint32_t i = 0; i < graph->n_outputs; i++) {
		uint32_t value = model->refs[graph->first_output + i];

		g->output = g->n_outputs++ == 0 ? value : g->output;
	}
}

/* "53 convolutions" */
static void say_count(struct guess *g, const char *before, uint64_t n, const char *word)
{
	char number[GROUPED_SIZE];

	if (n > 0)
		say(g, "%s%s %s%s", before, grouped(number, n), word, n == 1 ? "" : "s");
}

static void say_size(struct guess *g, int64_t size)
{
	if (size >= 0)
		say(g, "%lld", (long long)size);
	else
		say(g, "?");
}

/* Channels first, or last. 0: it is no picture. */
static int channels_place(const struct type *type)
{
	int64_t first, last;

	if (!type || type->n_dims != 4 ||
	    (dtype_traits[type->dtype].class != CLASS_FLOAT && type->dtype != DTYPE_U8))
		return 0;
	first = dim_of(type, 1);
	last = dim_of(type, 3);
	if ((first == 1 || first == 3) && dim_of(type, 2) != 1 && dim_of(type, 3) != 1)
		return 1;
	return (last == 1 || last == 3) && dim_of(type, 1) > 7 && dim_of(type, 2) > 7 ? 3 : 0;
}

static void say_image(struct guess *g, const struct type *type)
{
	int channels = channels_place(type);

	say_size(g, dim_of(type, channels));
	say(g, "×");
	say_size(g, dim_of(type, channels == 1 ? 2 : 1));
	say(g, "×");
	say_size(g, dim_of(type, channels == 1 ? 3 : 2));
}

static void say_convolutions(struct guess *g)
{
	say_count(g, ", ", g->census.convolutions, "convolution");
	if (g->census.residual > 1)
		say_count(g, " with ", g->census.residual, "residual sum");
	say(g, "%s", g->census.quantized ? ", quantized" : "");
}

static bool has_word(const struct guess *g, const char *word)
{
	const struct graph *graph = &g->model->graphs[0];

	for (uint32_t i = 0; i < graph->n_outputs; i++) {
		uint32_t value = g->model->refs[graph->first_output + i];

		if (value != NO_INDEX &&
		    text_find(g->model->values[value].name, text_from(word), 0) != SIZE_MAX)
			return true;
	}
	return false;
}

/* One vector for each picture; sizes of 1 at its end do not matter. 0: it is none. */
static int64_t classes_of(const struct type *type)
{
	if (!type || type->n_dims < 2)
		return 0;
	for (uint32_t i = 2; i < type->n_dims; i++)
		if (type->dims[i].value != 1)
			return 0;
	return type->dims[1].value;
}

static bool guess_image(struct guess *g)
{
	const struct type *in = type_of(g, g->input), *out = type_of(g, g->output);
	int64_t classes = classes_of(out);
	char number[GROUPED_SIZE];

	if (g->n_inputs != 1 || !channels_place(in) || g->census.convolutions < 2 ||
	    g->census.recurrent || g->census.embeddings)
		return false;
	if (g->census.suppression || (g->n_outputs > 1 && has_word(g, "box"))) {
		say(g, "an object detector: ");
		say_image(g, in);
		say(g, " input");
		say_convolutions(g);
		return true;
	}
	if (g->n_outputs != 1 || !out)
		return false;
	if (classes > 1) {
		say(g, "an image classifier: ");
		say_image(g, in);
		say(g, " input");
		say_convolutions(g);
		say(g, ", %s classes", grouped(number, (uint64_t)classes));
		return true;
	}
	if (channels_place(out) == 1 && channels_place(in) == 1 && g->census.products == 0) {
		say(g, "an image-to-image network: ");
		say_image(g, in);
		say(g, " to ");
		say_image(g, out);
		say_convolutions(g);
		return true;
	}
	return false;
}

static bool has_cache(const struct guess *g)
{
	const struct graph *graph = &g->model->graphs[0];

	for (uint32_t i = 0; i < graph->n_inputs; i++) {
		uint32_t value = g->model->refs[graph->first_input + i];

		if (value != NO_INDEX &&
		    text_find(g->model->values[value].name, TEXT("past"), 0) == 0)
			return true;
	}
	return false;
}

static bool guess_text(struct guess *g)
{
	const struct tensor *table = g->census.embedding;
	const struct type *in = type_of(g, g->input), *out = type_of(g, g->output);
	char rows[GROUPED_SIZE], width[GROUPED_SIZE];

	if (!table || g->census.attention == 0 || g->census.convolutions || !is_whole(in) || !out ||
	    out->n_dims < 2)
		return false;
	grouped(rows, (uint64_t)table->dims[0]);
	grouped(width, (uint64_t)table->dims[1]);
	if (out->n_dims == 3 && dim_of(out, -1) == table->dims[0])
		say(g, "a language model: %s tokens, width %s", rows, width);
	else if (out->n_dims == 3 && dim_of(out, -1) == table->dims[1])
		say(g, "a text encoder: %s tokens, vectors of %s", rows, width);
	else if (out->n_dims == 2 && dim_of(out, 1) > 1 && dim_of(out, 1) != table->dims[1])
		say(g, "a text classifier: %s tokens, width %s", rows, width);
	else
		return false;
	say_count(g, ", ", g->census.attention, "attention layer");
	if (has_cache(g))
		say(g, ", with a cache of keys and values");
	say(g, "%s", g->census.quantized ? ", quantized" : "");
	if (text_find((struct text){ g->text, g->len }, TEXT("classifier"), 0) != SIZE_MAX)
		say(g, ", %lld classes", (long long)dim_of(out, 1));
	return true;
}

/* Trees are told apart by their numbers, which ascend. */
static uint64_t count_trees(const struct model *model, const struct node *node)
{
	for (uint32_t i = 0; i < node->n_attributes; i++) {
		const struct attribute *a = &model->attributes[node->first_attribute + i];
		uint64_t n = a->count > 0;

		if (a->kind != ATTRIBUTE_INTS || !text_is(a->name, "nodes_treeids"))
			continue;
		for (uint32_t j = 1; j < a->count; j++)
			n += a->ints[j] != a->ints[j - 1];
		return n;
	}
	return 0;
}

static bool guess_table(struct guess *g)
{
	const struct type *in = type_of(g, g->input);
	const struct node *node = &g->model->nodes[g->census.tree_node];
	bool classifies;

	if (g->n_inputs != 1 || !in || in->n_dims != 2 || g->census.convolutions ||
	    g->census.trees + g->census.linear_models != 1)
		return false;
	if (g->census.trees == 1) {
		classifies = text_is(node->op->type, "TreeEnsembleClassifier");
		say(g, "a %s of decision trees", classifies ? "classifier" : "regressor");
		say_count(g, ": ", count_trees(g->model, node), "tree");
	} else {
		say(g, "a linear model");
	}
	if (dim_of(in, 1) > 0)
		say_count(g, g->census.trees ? ", " : ": ", (uint64_t)dim_of(in, 1), "feature");
	return true;
}

static bool guess_dense(struct guess *g)
{
	const struct type *in = type_of(g, g->input), *out = type_of(g, g->output);
	const struct census *census = &g->census;

	if (g->n_inputs != 1 || g->n_outputs != 1 || !in || !out || census->products < 2 ||
	    census->products > 64 || census->convolutions || census->recurrent ||
	    census->attention || census->embeddings || census->residual || out->n_dims != 2 ||
	    dim_of(out, 1) < 1 || dtype_traits[in->dtype].class != CLASS_FLOAT ||
	    in->n_dims != 2 || dim_of(in, 1) < 1)
		return false;
	say(g, "a fully connected network: ");
	say_count(g, "", (uint64_t)dim_of(in, 1), "input");
	say_count(g, ", ", census->products, "layer");
	say_count(g, ", ", (uint64_t)dim_of(out, 1), "output");
	say(g, "%s", census->quantized ? ", quantized" : "");
	return true;
}

bool summary_make(const struct shapes *shapes, struct structure *structure)
{
	struct guess g = { .shapes = shapes,
			   .model = shapes->model,
			   .input = NO_INDEX,
			   .output = NO_INDEX };
	const struct graph *graph = &g.model->graphs[0];

	for (uint32_t i = 0; i < graph->n_nodes; i++)
		count_node(&g, graph->first_node + i);
	g.census.attention += structure->patterns.counts[PATTERN_ATTENTION];
	find_ends(&g);
	say(&g, "Looks like ");
	if (!guess_image(&g) && !guess_text(&g) && !guess_table(&g) && !guess_dense(&g))
		return true;
	say(&g, ".");
	structure->summary = arena_text(&structure->arena, g.text, g.len);
	return structure->summary.data != NULL;
}
