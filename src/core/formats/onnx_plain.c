#include "core/formats/onnx_plain.h"

#include <string.h>

enum { PLAIN_BEGIN = 256 }; /* bytes before the elements */

/* A varint of up to four bytes; NULL for a longer one. */
static inline const uint8_t *short_varint(const uint8_t *p, const uint8_t *end, uint32_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 28 && p < end; shift += 7) {
		uint8_t byte = *p++;
		*value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return p;
	}
	return NULL;
}

/* Up to raw_data, which must be there. */
static inline bool parse_tensor(const uint8_t *p, const uint8_t *end, struct onnx_plain *it)
{
	const uint8_t *begin = p;
	uint32_t value;
	while (p < end) {
		uint8_t tag = *p++;
		p = short_varint(p, end, &value);
		if (!p)
			return false;
		switch (tag) {
		case PB_TAG(1, PB_VARINT):
			if (it->n_dims == ONNX_PLAIN_DIMS)
				return false;
			it->dims[it->n_dims++] = value;
			break;
		case PB_TAG(2, PB_VARINT):
			it->data_type = (int32_t)value;
			break;
		case PB_TAG(8, PB_BYTES):
			if (value > end - p)
				return false;
			it->name = p;
			it->name_len = value;
			p += value;
			break;
		case PB_TAG(9, PB_BYTES):
			it->start = (uint64_t)(p - begin);
			it->nbytes = value;
			return true;
		default:
			return false;
		}
	}
	return false;
}

/* The elements end the message and are as many as the shape says. */
static inline bool fits(struct onnx_plain *it, uint64_t len)
{
	uint64_t needed;
	return it->nbytes != 0 && it->start + it->nbytes == len &&
	       dtype_traits[it->dtype].bits != 0 &&
	       onnx_count_elements(it->dims, it->n_dims, &it->count) == TENSOR_OK &&
	       dtype_bytes(it->dtype, it->count, &needed) && needed == it->nbytes;
}

bool onnx_parse_plain(struct pbwire *wire, const struct pb_field *where, struct onnx_plain *plain)
{
	size_t have = where->len < PLAIN_BEGIN ? (size_t)where->len : PLAIN_BEGIN;
	const uint8_t *p = pbwire_bytes(wire, where->start, have);
	plain->n_dims = plain->name_len = 0;
	plain->data_type = 0;
	if (!p || !parse_tensor(p, p + have, plain))
		return false;
	plain->dtype = dtype_from_onnx(plain->data_type);
	return fits(plain, where->len);
}

void onnx_plain_tensor(const struct onnx_plain *plain, const struct pb_field *where, uint32_t graph,
		       struct tensor *tensor, struct onnx_plain_data *data)
{
	for (size_t i = 0; i < plain->n_dims; i++)
		data->dims[i] = plain->dims[i];
	data->run = (struct run_of_bytes){ where->start + plain->start, plain->nbytes, RUN_PLAIN };
	*tensor = (struct tensor){ .dims = data->dims,
				   .runs = &data->run,
				   .count = plain->count,
				   .present = plain->count,
				   .nbytes = plain->nbytes,
				   .n_dims = (uint32_t)plain->n_dims,
				   .n_runs = 1,
				   .graph = graph,
				   .node = NO_INDEX,
				   .indices = NO_INDEX,
				   .quant = NO_INDEX,
				   .dtype_number = plain->data_type,
				   .dtype = (uint8_t)plain->dtype,
				   .kind = TENSOR_INITIALIZER,
				   .storage = STORAGE_RAW };
}

bool onnx_take_plain(struct onnx *onnx, const struct pb_field *where, uint32_t graph, bool *taken)
{
	struct onnx_plain plain;
	uint32_t name = NO_NAME;
	*taken = onnx_parse_plain(&onnx->wire, where, &plain);
	if (!*taken)
		return pbwire_ok(&onnx->wire);
	if (plain.name_len && !onnx_find_listed(onnx, plain.name, plain.name_len, &name))
		return false;
	struct onnx_plain_data *data =
		onnx_take(onnx, onnx_plain_size(&plain), _Alignof(struct onnx_plain_data));
	struct tensor *tensor = onnx_new_tensor(onnx, where->offset);
	if (!data || !tensor)
		return false;
	onnx_plain_tensor(&plain, where, graph, tensor, data);
	tensor->name = onnx_name_text(onnx, name);
	tensor->value = name;
	return true;
}
