/* SparseTensorProto: a tensor of values, a tensor of their places, and the dense shape. */
#include "core/formats/onnx.h"

#include <stdio.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/base/grouped.h"

static bool read_message(struct onnx *onnx, struct pb_message message, struct onnx_draft *shape)
{
	struct pb_field field;
	while (pbwire_next(&onnx->wire, &message, &field)) {
		bool ok = true;
		if (field.tag == PB_TAG(1, PB_BYTES))
			ok = onnx_draft_read(onnx, &onnx->drafts[DRAFT_VALUES], pb_message(&field));
		else if (field.tag == PB_TAG(2, PB_BYTES))
			ok = onnx_draft_read(onnx, &onnx->drafts[DRAFT_INDICES],
					     pb_message(&field));
		else if (field.tag == PB_TAG(3, PB_VARINT) || field.tag == PB_TAG(3, PB_BYTES))
			ok = onnx_draft_dims(onnx, shape, &field);
		if (!ok)
			return false;
	}
	return pbwire_ok(&onnx->wire);
}

static bool sparse_problem(struct onnx *onnx, uint32_t index, const char *message)
{
	struct tensor *tensor = &onnx->tensors.items[index];
	char shown[ONNX_SHOWN];
	if (tensor->problem == TENSOR_OK)
		tensor->problem = TENSOR_BAD_DIMS;
	return onnx_notice(onnx, SEVERITY_PROBLEM, "sparse-tensor",
			   (int64_t)onnx->tensor_offsets.items[index], SUBJECT_TENSOR, index,
			   "sparse tensor \"%s\": %s", onnx_shown(shown, tensor->name), message);
}

/* The next place; places come as plain 8-byte integers or as varints. */
static bool next_place(struct onnx *onnx, const struct run_of_bytes *run, struct pb_message *rest,
		       int64_t *place)
{
	uint64_t value;
	size_t have;
	if (run->encoding == RUN_TAGGED) {
		struct pb_field field;
		if (!pbwire_next(&onnx->wire, rest, &field))
			return false;
		*place = (int64_t)field.value;
		return true;
	}
	if (run->encoding == RUN_VARINT) {
		if (!pbwire_varint(&onnx->wire, rest, &value))
			return false;
		*place = (int64_t)value;
		return true;
	}
	if (rest->end - rest->position < 8)
		return false;
	const uint8_t *bytes = pbwire_view(&onnx->wire, rest->position, 8, &have);
	if (!bytes)
		return false;
	*place = (int64_t)load_u64(bytes);
	rest->position += 8;
	return true;
}

/* Every place inside the dense shape? Looks at what is in the model file, up to 16 MiB of it. */
static bool check_places(struct onnx *onnx, uint32_t index, uint64_t dense)
{
	const struct tensor *sparse = &onnx->tensors.items[index];
	const struct tensor *indices = &onnx->tensors.items[sparse->indices];
	bool flat = indices->n_dims == 1;
	uint64_t seen = 0;
	char message[120], a[GROUPED_SIZE], b[GROUPED_SIZE];
	if (indices->storage == STORAGE_EXTERNAL || indices->nbytes > LIMIT_WINDOW_BYTES)
		return true;
	for (uint32_t r = 0; r < indices->n_runs; r++) {
		const struct run_of_bytes *run = &indices->runs[r];
		struct pb_message rest = { run->offset, run->offset + run->nbytes };
		int64_t place;
		while (seen < indices->present && next_place(onnx, run, &rest, &place)) {
			uint64_t most =
				flat ? dense : (uint64_t)sparse->dims[seen % sparse->n_dims];
			if (place < 0 || (uint64_t)place >= most) {
				snprintf(message, sizeof message,
					 "index number %s is %lld, allowed 0 to below %s",
					 grouped(a, seen), (long long)place, grouped(b, most));
				return sparse_problem(onnx, index, message);
			}
			seen++;
		}
		if (!pbwire_ok(&onnx->wire))
			return false;
	}
	return true;
}

static bool check(struct onnx *onnx, uint32_t index, uint64_t n)
{
	const struct tensor *sparse = &onnx->tensors.items[index];
	const struct tensor *indices = &onnx->tensors.items[sparse->indices];
	bool list = indices->n_dims == 1 && (uint64_t)indices->dims[0] == n;
	bool table = indices->n_dims == 2 && (uint64_t)indices->dims[0] == n &&
		     indices->dims[1] == (int64_t)sparse->n_dims && sparse->n_dims > 0;
	if (sparse->problem != TENSOR_OK || indices->problem != TENSOR_OK)
		return true;
	if (indices->dtype != DTYPE_I64)
		return sparse_problem(onnx, index, "indices are not 64-bit integers");
	if (!list && !table)
		return sparse_problem(onnx, index,
				      "indices are neither [values] nor [values, dimensions]");
	if (n > sparse->count)
		return sparse_problem(onnx, index, "more values than the dense shape has elements");
	return check_places(onnx, index, sparse->count);
}

/* Two tensors come out: the values, with the dense shape, and right behind them the indices. */
bool onnx_read_sparse(struct onnx *onnx, uint64_t offset, uint32_t graph, uint32_t node,
		      uint32_t *index)
{
	struct onnx_draft *values = &onnx->drafts[DRAFT_VALUES];
	struct onnx_draft *indices = &onnx->drafts[DRAFT_INDICES];
	struct onnx_draft *shape = &onnx->drafts[DRAFT_SHAPE];
	uint32_t places;
	onnx_draft_begin(values, offset);
	onnx_draft_begin(indices, offset);
	onnx_draft_begin(shape, offset);
	for (size_t i = 0; i < onnx->sparse_parts.count; i++)
		if (!read_message(onnx, onnx->sparse_parts.items[i], shape))
			return false;
	if (!onnx_draft_finish(onnx, values, TENSOR_SPARSE, graph, node, index) ||
	    !onnx_draft_finish(onnx, indices, TENSOR_INDICES, graph, node, &places))
		return false;
	struct tensor *sparse = &onnx->tensors.items[*index];
	if (shape->n_dims > LIMIT_DIMS)
		return pbwire_fail(&onnx->wire, ERROR_MALFORMED, offset, "more than %d dimensions",
				   LIMIT_DIMS);
	size_t n_dims = (size_t)shape->n_dims;
	int64_t *dims = onnx_take_array(onnx, n_dims, sizeof *dims);
	if (!dims)
		return false;
	memcpy(dims, shape->dims, n_dims * sizeof *dims);
	sparse->dims = dims;
	sparse->n_dims = (uint32_t)n_dims;
	sparse->indices = places;
	uint64_t n = sparse->present; /* of values; a sane shape has room for them */
	enum tensor_problem problem = onnx_count_elements(dims, n_dims, &sparse->count);
	if (sparse->present > sparse->count)
		sparse->present = sparse->count;
	if (problem != TENSOR_OK) {
		sparse->problem = (uint8_t)problem;
		return sparse_problem(onnx, *index,
				      problem == TENSOR_OVERFLOW ? "element count overflows 64 bits"
								 : "negative dimension");
	}
	return check(onnx, *index, n);
}
