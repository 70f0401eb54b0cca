/* The cache of keys and values: two tensors a layer, or one of five dimensions for both. */
#include <string.h>

#include "core/inference/cost_rules.h"

const char *cache_source_name(enum cache_source source)
{
	static const char *const names[] = {
#define X(id, name) [id] = name,
		CACHE_SOURCES(X)
#undef X
	};

	return names[source];
}

/* A layer's keys and values, or a half of it. */
static void add(struct cost_cache *cache, const struct type *type, uint64_t heads,
		uint64_t head_size, uint64_t tensors)
{
	uint64_t bytes;

	if (!heads || !head_size ||
	    !dtype_bytes(type->dtype, cost_product(heads, head_size), &bytes))
		return;
	if (!cache->token_bytes) {
		cache->heads = heads;
		cache->head_size = head_size;
		cache->dtype = type->dtype;
	} else if (cache->heads != heads || cache->head_size != head_size ||
		   cache->dtype != type->dtype) {
		cache->heads = cache->head_size = 0;
		cache->dtype = DTYPE_UNKNOWN;
	}
	cache->token_bytes = cost_sum(cache->token_bytes, cost_product(tensors, bytes));
	cache->layers += (uint32_t)tensors; /* halves, until all are found */
}

/* Heads stand before the tokens, or behind them where the file gives those a name there. */
static uint32_t token_axis(const struct model *model, uint32_t value, uint32_t n)
{
	const struct type *type =
		model->values[value].type == NO_INDEX ? NULL : &model->types[model->values[value].type];

	if (type && type->has_shape && type->n_dims == n && type->dims[n - 3].symbol.len > 0 &&
	    type->dims[n - 2].value >= 0)
		return n - 3;
	return n - 2;
}

/* [batch, heads, tokens, head size], or [2, batch, heads, tokens, head size]. What an encoder has
 * said does not grow. */
static void add_tensor(struct cost_cache *cache, const struct shapes *shapes, uint32_t value,
		       const char *word)
{
	const struct model *model = shapes->model;
	const struct type *type = value == NO_INDEX ? NULL : shapes->values[value].type;
	uint32_t n, tokens, heads;

	if (!type || !type->has_shape || (type->n_dims != 4 && type->n_dims != 5) ||
	    text_find(model->values[value].name, text_from(word), 0) == SIZE_MAX ||
	    text_find(model->values[value].name, TEXT("encoder"), 0) != SIZE_MAX)
		return;
	n = type->n_dims;
	tokens = token_axis(model, value, n);
	heads = tokens == n - 2 ? n - 3 : n - 2;
	if (type->dims[heads].value > 0 && type->dims[n - 1].value > 0)
		add(cache, type, (uint64_t)type->dims[heads].value,
		    (uint64_t)type->dims[n - 1].value, n - 3);
}

static void find_in_tensors(const struct shapes *shapes, struct cost_cache *cache)
{
	const struct model *model = shapes->model;
	const struct graph *graph = &model->graphs[0];

	for (uint32_t i = 0; i < graph->n_outputs; i++)
		add_tensor(cache, shapes, model->refs[graph->first_output + i], "present");
	if (!cache->token_bytes)
		for (uint32_t i = 0; i < graph->n_inputs; i++)
			add_tensor(cache, shapes, model->refs[graph->first_input + i], "past");
	if (cache->token_bytes)
		cache->source = CACHE_TENSORS;
}

static bool has_input(const struct model *model, const struct node *node, uint32_t i)
{
	return i < node->n_inputs && model->refs[node->first_input + i] != NO_INDEX;
}

/* Whether an operator of ONNX Runtime or ONNX looks back at what came before, and how much of it
 * there is. past: its input of keys that are kept. */
static bool looks_back(const struct shapes *shapes, const struct node *node, uint32_t past,
		       const char *flag)
{
	return has_input(shapes->model, node, past) ||
	       cost_attribute(shapes, node, flag, 0) > 0;
}

static void add_group_query(struct cost_cache *cache, const struct shapes *shapes,
			    const struct node *node)
{
	const struct type *q = cost_input(shapes, node, 0), *k = cost_input(shapes, node, 1);
	const struct type *past = cost_input(shapes, node, 3);
	uint64_t heads = cost_attribute(shapes, node, "kv_num_heads", 0);
	uint64_t all = cost_attribute(shapes, node, "num_heads", 0);
	uint64_t size = 0;

	if (!q || q->n_dims != 3 || !heads || all > UINT32_MAX || heads > UINT32_MAX)
		return;
	if (past && past->n_dims == 4)
		size = (uint64_t)past->dims[3].value;
	else if (k && k->n_dims == 3)
		size = (uint64_t)k->dims[2].value / heads;
	else
		size = (uint64_t)q->dims[2].value / (all + 2 * heads);
	add(cache, past ? past : q, heads, size, 2);
}

/* [batch, tokens, hidden], of num_heads heads. */
static void add_hidden(struct cost_cache *cache, const struct shapes *shapes,
		       const struct node *node, const struct type *type)
{
	uint64_t heads = cost_attribute(shapes, node, "num_heads", 0);

	if (type && type->n_dims == 3 && heads)
		add(cache, type, heads, (uint64_t)type->dims[2].value / heads, 2);
}

/* Operator set 23: keys [batch, heads, tokens, head size], or [batch, tokens, hidden]. */
static void add_onnx_attention(struct cost_cache *cache, const struct shapes *shapes,
			       const struct node *node)
{
	const struct type *k = cost_input(shapes, node, 1);
	uint64_t heads = cost_attribute(shapes, node, "kv_num_heads", 0);

	if (k && k->n_dims == 4)
		add(cache, k, (uint64_t)k->dims[1].value, (uint64_t)k->dims[3].value, 2);
	else if (k && k->n_dims == 3 && heads)
		add(cache, k, heads, (uint64_t)k->dims[2].value / heads, 2);
}

static void add_node(struct cost_cache *cache, const struct shapes *shapes,
		     const struct node *node)
{
	struct text type = node->op->type;

	if (text_is(node->op->domain, "com.microsoft")) {
		if (text_is(type, "GroupQueryAttention"))
			add_group_query(cache, shapes, node);
		else if (text_is(type, "Attention") && looks_back(shapes, node, 4, "unidirectional"))
			add_hidden(cache, shapes, node, cost_output(shapes, node, 0));
		else if (text_is(type, "QAttention") &&
			 looks_back(shapes, node, 8, "unidirectional"))
			add_hidden(cache, shapes, node, cost_output(shapes, node, 0));
		else if (text_is(type, "MultiHeadAttention") &&
			 looks_back(shapes, node, 6, "unidirectional"))
			add_hidden(cache, shapes, node, cost_input(shapes, node, 0));
	} else if (text_is(type, "Attention") && looks_back(shapes, node, 4, "is_causal")) {
		add_onnx_attention(cache, shapes, node);
	}
}

void cost_find_cache(const struct shapes *shapes, struct cost_cache *cache)
{
	const struct graph *graph = &shapes->model->graphs[0];

	*cache = (struct cost_cache){ .source = CACHE_NONE };
	find_in_tensors(shapes, cache);
	if (!cache->token_bytes) {
		for (uint32_t i = 0; i < graph->n_nodes; i++)
			add_node(cache, shapes, &shapes->model->nodes[graph->first_node + i]);
		if (cache->token_bytes)
			cache->source = CACHE_OPERATORS;
	}
	cache->layers /= 2;
}
