/* Operators of ONNX Runtime beside its attention (docs/ContribOperators.md there), and some of
 * ai.onnx.ml (docs/Operators-ml.md of onnx). */
#include "core/inference/infer.h"

#include <string.h>

/* QLinearWhere: condition, X, its scale and zero point, Y, ... */
void infer_qlinear_where(struct call *call)
{
	const struct known *condition = call_input(call, 0), *x = call_input(call, 1);
	const struct known *y = call_input(call, 4);
	struct known pair = { .has_shape = true };
	uint32_t n;
	struct quantity *dims, *all;

	call_set_unranked(call, 0, x->dtype);
	if (!condition->has_shape || !x->has_shape || !y->has_shape)
		return;
	pair.n_dims = x->n_dims > y->n_dims ? x->n_dims : y->n_dims;
	dims = call_room(call, pair.n_dims);
	if (!dims || !broadcast_dims(x, y, dims))
		return;
	pair.dims = dims;
	n = pair.n_dims > condition->n_dims ? pair.n_dims : condition->n_dims;
	all = call_room(call, n);
	if (all && broadcast_dims(condition, &pair, all))
		call_set_tensor(call, 0, x->dtype, all, n);
}

/* TorchEmbedding: weight [words, hidden], indices; one row for each index. */
void infer_torch_embedding(struct call *call)
{
	const struct known *weight = call_input(call, 0), *indices = call_input(call, 1);
	struct quantity *dims;

	if (!indices->has_shape || indices->n_dims >= LIMIT_DIMS ||
	    !(dims = call_room(call, indices->n_dims + 1))) {
		call_set_unranked(call, 0, weight->dtype);
		return;
	}
	if (indices->n_dims)
		memcpy(dims, indices->dims, indices->n_dims * sizeof *dims);
	if (weight->has_shape && weight->n_dims == 2)
		dims[indices->n_dims] = weight->dims[1];
	call_set_tensor(call, 0, weight->dtype, dims, indices->n_dims + 1);
}

/* GatherBlockQuantized: data, indices, scales, zero points. The last axis of data of bytes holds
 * 8 / bits values each. */
void infer_gather_block_quantized(struct call *call)
{
	const struct known *x = call_input(call, 0), *indices = call_input(call, 1);
	int dtype = call_input(call, 2)->dtype;
	int64_t bits = call_int(call, "bits", 4);
	uint32_t axis, n;
	struct quantity *dims;

	if (!x->has_shape || !indices->has_shape ||
	    !axis_normalize(call_int(call, "gather_axis", 0), x->n_dims, &axis)) {
		call_set_unranked(call, 0, dtype);
		return;
	}
	n = x->n_dims - 1 + indices->n_dims;
	if (n > LIMIT_DIMS || !(dims = call_room(call, n)))
		return;
	for (uint32_t i = 0; i < n; i++)
		dims[i] = i < axis		       ? x->dims[i]
			  : i < axis + indices->n_dims ? indices->dims[i - axis]
						       : x->dims[i - indices->n_dims + 1];
	if (x->dtype == DTYPE_U8 && axis + 1 < x->n_dims && (bits == 2 || bits == 4))
		dims[n - 1] = size_multiply(&call->in->sizes, dims[n - 1],
					    quantity_number(8 / bits));
	call_set_tensor(call, 0, dtype, dims, n);
}

/* ExpandDims: the axis is data. */
void infer_expand_dims(struct call *call)
{
	const struct known *x = call_input(call, 0);
	uint32_t n, axis;
	const struct quantity *at = call_data(call, 1, &n);
	struct quantity *dims;

	if (!x->has_shape || x->n_dims >= LIMIT_DIMS || !at || n != 1 ||
	    at[0].kind != QUANTITY_NUMBER ||
	    !axis_normalize(at[0].number, x->n_dims + 1, &axis) ||
	    !(dims = call_room(call, x->n_dims + 1))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	for (uint32_t i = 0; i <= x->n_dims; i++)
		dims[i] = i == axis ? quantity_number(1) : x->dims[i - (i > axis)];
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims + 1);
}

/* RelativePositionBias: table [buckets, heads], lengths of queries and keys as data. */
void infer_relative_position_bias(struct call *call)
{
	const struct known *table = call_input(call, 0);
	uint32_t n_queries, n_keys;
	const struct quantity *queries = call_data(call, 1, &n_queries);
	const struct quantity *keys = call_data(call, 2, &n_keys);
	struct quantity *dims = call_room(call, 4);

	if (!dims)
		return;
	dims[0] = quantity_number(1);
	if (table->has_shape && table->n_dims == 2)
		dims[1] = table->dims[1];
	if (queries && n_queries == 1)
		dims[2] = queries[0];
	if (keys && n_keys == 1)
		dims[3] = keys[0];
	call_set_tensor(call, 0, table->dtype, dims, 4);
}

/* BiasSplitGelu: half of the last dimension gates the other. */
void infer_split_gelu(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims;

	if (!x->has_shape || x->n_dims == 0 || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	dims[x->n_dims - 1] = size_divide_even(&call->in->sizes, dims[x->n_dims - 1],
					       quantity_number(2));
	call_set_tensor(call, 0, x->dtype, dims, x->n_dims);
}

/* All outputs like the first input: SkipGroupNorm and its sum, BiasDropout. */
void infer_same_all(struct call *call)
{
	for (uint32_t i = 0; i < call->node->n_outputs; i++)
		call_set_like(call, i, call_input(call, 0),
			      call->argument && i == 1 ? call->argument : DTYPE_UNKNOWN);
}

/* BeamSearch and its kin give token ids: [batch, sequences, tokens], or with 2 as argument
 * [batch, tokens]. */
void infer_generation(struct call *call)
{
	const struct known *ids = call_input(call, 0);
	uint32_t n = (uint32_t)call->argument;
	struct quantity *dims = call_room(call, n);

	if (!dims)
		return;
	if (ids->has_shape && ids->n_dims >= 2)
		dims[0] = ids->dims[0];
	call_set_tensor(call, 0, DTYPE_I32, dims, n);
}

/* PackedAttention: [tokens, hidden], weights [input, 3 * hidden]. */
void infer_packed_attention(struct call *call)
{
	const struct known *x = call_input(call, 0), *weight = call_input(call, 1);
	struct quantity *dims = call_room(call, 2);
	uint32_t n;
	const int64_t *widths = call_ints(call, "qkv_hidden_sizes", &n);

	if (!dims)
		return;
	if (x->has_shape && x->n_dims == 2)
		dims[0] = x->dims[0];
	if (n == 3)
		dims[1] = quantity_number(widths[2]);
	else if (weight->has_shape && weight->n_dims == 2)
		dims[1] = size_divide_even(&call->in->sizes, weight->dims[1], quantity_number(3));
	call_set_tensor(call, 0, x->dtype, dims, 2);
}

/* QLinearReduceMean keeps its axes in an attribute; input 1 is a scale. */
void infer_qlinear_reduce(struct call *call)
{
	const struct known *x = call_input(call, 0);
	bool keep = call_int(call, "keepdims", 1) != 0, gone[LIMIT_DIMS] = { false };
	uint32_t n, axis, n_dims = 0;
	const int64_t *axes = call_ints(call, "axes", &n);
	struct quantity *dims;

	if (!x->has_shape || !(dims = call_room(call, x->n_dims))) {
		call_set_unranked(call, 0, x->dtype);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!axis_normalize(axes[i], x->n_dims, &axis))
			return;
		gone[axis] = true;
	}
	for (uint32_t i = 0; i < x->n_dims; i++) {
		bool reduced = n == 0 || gone[i];

		if (!reduced || keep)
			dims[n_dims++] = reduced ? quantity_number(1) : x->dims[i];
	}
	call_set_tensor(call, 0, x->dtype, dims, n_dims);
}

/* IsAllFinite: one truth value. */
void infer_scalar(struct call *call)
{
	call_set_tensor(call, 0, call->argument, call_room(call, 0), 0);
}

/* LabelEncoder: the other kind of the pair of lists that it maps to. */
void infer_label_encoder(struct call *call)
{
	static const struct {
		const char *name;
		int dtype;
	} values[] = {
		{ "values_strings", DTYPE_STRING }, { "values_int64s", DTYPE_I64 },
		{ "values_floats", DTYPE_F32 },	    { "default_tensor", DTYPE_UNKNOWN },
	};
	int dtype = call_input(call, 0)->dtype == DTYPE_STRING ? DTYPE_I64 : DTYPE_STRING;

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (call_attribute(call, values[i].name)) {
			dtype = values[i].dtype;
			break;
		}
	if (dtype != DTYPE_UNKNOWN)
		call_set_like(call, 0, call_input(call, 0), dtype);
}

/* ArrayFeatureExtractor: the columns that input 1 names; a vector becomes one row. */
void infer_array_feature_extractor(struct call *call)
{
	const struct known *x = call_input(call, 0), *columns = call_input(call, 1);
	struct known shape = *x;
	struct quantity *dims;

	if (!x->has_shape || x->n_dims == 0)
		return;
	shape.n_dims = x->n_dims == 1 ? 2 : x->n_dims;
	dims = call_room(call, shape.n_dims);
	if (!dims)
		return;
	if (x->n_dims == 1)
		dims[0] = quantity_number(1);
	else
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	dims[shape.n_dims - 1] = columns->has_shape
					 ? dims_product(call->in, columns->dims, columns->n_dims)
					 : (struct quantity){ 0 };
	call_set_tensor(call, 0, x->dtype, dims, shape.n_dims);
}

/* OneHotEncoder: one more dimension, as long as its categories. */
void infer_one_hot_encoder(struct call *call)
{
	const struct known *x = call_input(call, 0);
	const struct attribute *ints = call_attribute(call, "cats_int64s");
	const struct attribute *strings = call_attribute(call, "cats_strings");
	struct quantity *dims;

	if (!x->has_shape || x->n_dims >= LIMIT_DIMS || !(dims = call_room(call, x->n_dims + 1)))
		return;
	if (x->n_dims)
		memcpy(dims, x->dims, x->n_dims * sizeof *dims);
	if (ints && ints->count)
		dims[x->n_dims] = quantity_number(ints->count);
	else if (strings && strings->count)
		dims[x->n_dims] = quantity_number(strings->count);
	call_set_tensor(call, 0, DTYPE_F32, dims, x->n_dims + 1);
}

/* TreeEnsemble (ai.onnx.ml 5): [rows, targets]. */
void infer_tree_ensemble(struct call *call)
{
	const struct known *x = call_input(call, 0);
	struct quantity *dims = call_room(call, 2);

	if (!dims)
		return;
	if (x->has_shape && x->n_dims == 2)
		dims[0] = x->dims[0];
	dims[1] = quantity_number(call_int(call, "n_targets", 1));
	call_set_tensor(call, 0, x->dtype, dims, 2);
}
