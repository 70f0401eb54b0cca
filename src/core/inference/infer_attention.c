/* Attention and its company, of ONNX and of ONNX Runtime (docs/ContribOperators.md there). */
#include "core/inference/infer.h"

#include <string.h>

/* com.microsoft.Attention, QAttention: [batch, sequence, hidden]; weights [input, 3 * hidden].
 * present: [2, batch, heads, past + sequence, head]. */
void infer_ms_attention(struct call *call)
{
	const struct known *x = call_input(call, 0), *weight = call_input(call, 1);
	int dtype = call->argument == 'q' ? call_input(call, 3)->dtype : x->dtype;
	struct size_expressions *s = &call->in->sizes;
	struct quantity heads = quantity_number(call_int(call, "num_heads", 0));
	struct quantity *dims = call_room(call, 3), *present = call_room(call, 5);
	uint32_t n;
	const int64_t *widths = call_ints(call, "qkv_hidden_sizes", &n);

	if (!dims || !present || !x->has_shape || x->n_dims != 3) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	memcpy(dims, x->dims, 2 * sizeof *dims);
	if (n == 3)
		dims[2] = quantity_number(widths[2]);
	else if (weight->has_shape && weight->n_dims == 2)
		dims[2] = size_divide_even(s, weight->dims[1], quantity_number(3));
	call_set_tensor(call, 0, dtype, dims, 3);
	present[0] = quantity_number(2);
	present[1] = x->dims[0];
	present[2] = heads;
	if (!call_has_input(call, call->argument == 'q' ? 8 : 4))
		present[3] = x->dims[1];
	present[4] = size_divide_even(s, dims[2], heads);
	call_set_tensor(call, 1, dtype, present, 5);
}

/* ids [batch, sequence], word embedding (input 2) [words, hidden]; a mask index a batch, the sum of
 * the embeddings. */
void infer_embed_layer_norm(struct call *call)
{
	const struct known *ids = call_input(call, 0), *words = call_input(call, 2);
	struct quantity *dims = call_room(call, 3), *mask = call_room(call, 1);
	int dtype = call->argument == 'q' ? DTYPE_F32 : words->dtype; /* 'q': words are quantized */

	if (!dims || !mask)
		return;
	if (ids->has_shape && ids->n_dims == 2) {
		memcpy(dims, ids->dims, 2 * sizeof *dims);
		mask[0] = ids->dims[0];
	}
	if (words->has_shape && words->n_dims == 2)
		dims[2] = words->dims[1];
	call_set_tensor(call, 0, dtype, dims, 3);
	call_set_tensor(call, 1, DTYPE_I32, mask, 1);
	call_set_tensor(call, 2, dtype, dims, 3);
}

/* Outputs: normalized, mean, inverse deviation, and the sum of input and skip. */
void infer_skip_layer_norm(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_UNKNOWN);
	call_set_like(call, 3, call_input(call, 0), DTYPE_UNKNOWN);
}

/* query [batch, sequence, hidden]; value [batch, other sequence, hidden of values]. */
void infer_multi_head_attention(struct call *call)
{
	const struct known *query = call_input(call, 0), *value = call_input(call, 2);
	struct quantity *dims;

	if (!query->has_shape || query->n_dims != 3 || !(dims = call_room(call, 3))) {
		call_set_unranked(call, 0, query->dtype);
		return;
	}
	memcpy(dims, query->dims, 3 * sizeof *dims);
	if (value->has_shape && value->n_dims == 3)
		dims[2] = value->dims[2];
	call_set_tensor(call, 0, query->dtype, dims, 3);
}

/* Without a key the query is packed: (heads + 2 * key heads) * head size. The caches grow. */
void infer_group_query_attention(struct call *call)
{
	const struct known *query = call_input(call, 0);
	struct size_expressions *s = &call->in->sizes;
	struct quantity heads = quantity_number(call_int(call, "num_heads", 0));
	struct quantity all = quantity_number(call_int(call, "num_heads", 0) +
					      2 * (call_int(call, "kv_num_heads", 0) & 0xffffff));
	struct quantity *dims;

	if (!query->has_shape || query->n_dims != 3 || !(dims = call_room(call, 3))) {
		call_set_unranked(call, 0, query->dtype);
		return;
	}
	memcpy(dims, query->dims, 3 * sizeof *dims);
	if (!call_has_input(call, 1))
		dims[2] = size_multiply(s, size_divide_even(s, query->dims[2], all), heads);
	call_set_tensor(call, 0, query->dtype, dims, 3);
	for (uint32_t i = 1; i < 3; i++) {
		const struct known *past = call_input(call, i + 2);
		struct quantity *cache =
			past->has_shape && past->n_dims == 4 ? call_room(call, 4) : NULL;

		if (!cache)
			continue;
		memcpy(cache, past->dims, 4 * sizeof *cache);
		cache[2] = (struct quantity){ 0 };
		call_set_tensor(call, i, past->dtype, cache, 4);
	}
}

/* Attention of operator set 23: 4-D [batch, heads, sequence, head] or 3-D with q_num_heads. */
void infer_onnx_attention(struct call *call)
{
	const struct known *q = call_input(call, 0), *v = call_input(call, 2);
	struct size_expressions *s = &call->in->sizes;
	struct quantity *dims;

	if (!q->has_shape || !v->has_shape || q->n_dims != v->n_dims || q->n_dims < 3 ||
	    !(dims = call_room(call, q->n_dims))) {
		call_set_unranked(call, 0, q->dtype);
		return;
	}
	memcpy(dims, q->dims, q->n_dims * sizeof *dims);
	dims[q->n_dims - 1] = v->dims[v->n_dims - 1];
	if (q->n_dims == 3) {
		struct quantity heads = quantity_number(call_int(call, "q_num_heads", 0));
		struct quantity of_values = quantity_number(call_int(call, "kv_num_heads", 0));

		dims[2] = size_multiply(s, size_divide_even(s, v->dims[2], of_values), heads);
	}
	call_set_tensor(call, 0, q->dtype, dims, q->n_dims);
}

/* ai.onnx.ml: one label and one row of scores for each row of the input. */
void infer_linear_classifier(struct call *call)
{
	const struct known *x = call_input(call, 0);
	const struct attribute *strings = call_attribute(call, "classlabels_strings");
	const struct attribute *ints = call_attribute(call, "classlabels_ints");
	struct quantity *labels = call_room(call, 1), *scores = call_room(call, 2);
	bool named = strings && strings->count > 0;
	uint32_t n = named ? strings->count : ints ? ints->count : 0;

	if (!labels || !scores)
		return;
	if (x->has_shape && x->n_dims == 2)
		labels[0] = scores[0] = x->dims[0];
	else if (x->has_shape && x->n_dims == 1)
		labels[0] = scores[0] = quantity_number(1);
	if (n > 2)
		scores[1] = quantity_number(n);
	call_set_tensor(call, 0, named ? DTYPE_STRING : DTYPE_I64, labels, 1);
	call_set_tensor(call, 1, DTYPE_F32, scores, 2);
}

void infer_linear_regressor(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims = call_room(call, 2);

	if (!dims)
		return;
	if (x->has_shape && x->n_dims == 2)
		dims[0] = x->dims[0];
	dims[1] = quantity_number(call_int(call, call->argument ? "n_targets" : "targets", 1));
	call_set_tensor(call, 0, DTYPE_F32, dims, 2);
}

/* Normalizer, Scaler: floats of the same shape. */
void infer_ml_same(struct call *call)
{
	call_set_like(call, 0, call_input(call, 0), DTYPE_F32);
}
