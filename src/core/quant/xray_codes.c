#include "core/quant/xray_codes.h"

#include <stdlib.h>

#include <mtui/limits.h>
#include <mtui/values.h>

#include "core/kernels/decode.h"

/* Elements of data that lies plain in the file, as bytes. first must start a byte. */
static bool read_bytes(const struct model *model, const struct tensor *tensor, uint64_t first,
		       size_t n, uint8_t *bytes, struct error *err)
{
	unsigned bits = dtype_traits[tensor->dtype].bits;

	return file_read(model_tensor_file(model, tensor),
			 tensor->runs[0].offset + first * bits / 8, bytes, (n * bits + 7) / 8, err);
}

/* Elements that share a byte with the one before cannot be read alone. */
static bool can_read_bytes(const struct model *model, const struct tensor *tensor, uint64_t first)
{
	return tensor_is_plain(tensor) && dtype_traits[tensor->dtype].bits <= 32 &&
	       model_tensor_file(model, tensor) &&
	       first * dtype_traits[tensor->dtype].bits % 8 == 0;
}

static bool read_elements(const struct model *model, const struct tensor *tensor, uint64_t first,
			  size_t n, struct element *elements, struct error *err)
{
	struct arena arena;
	bool ok;

	arena_init(&arena, 0); /* for strings, which are refused before they get here */
	ok = values_read(model, tensor, first, n, elements, &arena, err);
	arena_free(&arena);
	return ok;
}

bool xray_values_read(const struct model *model, const struct tensor *tensor, uint64_t first,
		      size_t n, struct element *elements, uint8_t *bytes, double *values,
		      struct error *err)
{
	if (can_read_bytes(model, tensor, first)) {
		if (!read_bytes(model, tensor, first, n, bytes, err))
			return false;
		decode_f64(tensor->dtype, bytes, n, values);
		return true;
	}
	if (!read_elements(model, tensor, first, n, elements, err))
		return false;
	for (size_t i = 0; i < n; i++)
		values[i] = elements[i].real;
	return true;
}

/* Scales or zero points. */
static float *read_parameters(struct xray_codes *c, uint32_t index, uint64_t *n, struct error *err)
{
	const struct tensor *tensor = &c->model->tensors[index];
	float *all;

	*n = tensor->present;
	if (!dtype_is_numeric(tensor->dtype) || tensor->kind == TENSOR_SPARSE || *n == 0) {
		error_set(err, ERROR_REFUSED, -1, "the scales cannot be read");
		return NULL;
	}
	if (*n > LIMIT_XRAY_SCALES) {
		error_set(err, ERROR_REFUSED, -1, "%llu scales (LIMIT_XRAY_SCALES is %u)",
			  (unsigned long long)*n, LIMIT_XRAY_SCALES);
		return NULL;
	}
	all = malloc(*n * sizeof *all);
	if (!all) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	for (uint64_t first = 0; first < *n; first += XRAY_STRETCH) {
		size_t part = *n - first < XRAY_STRETCH ? (size_t)(*n - first) : XRAY_STRETCH;

		if (!xray_values_read(c->model, tensor, first, part, c->elements, c->bytes,
				      c->values, err)) {
			free(all);
			return NULL;
		}
		for (size_t i = 0; i < part; i++)
			all[first + i] = (float)c->values[i];
	}
	return all;
}

/* Zero points of MatMulNBits: codes packed like the weights, each row's in whole bytes, or floats.
 */
static bool read_packed_zeros(struct xray_codes *c, struct error *err)
{
	const struct tensor *tensor = &c->model->tensors[c->weight->zeros];
	unsigned per = 8u / c->weight->bits;
	uint64_t n, rows = (uint64_t)c->weight->dims[0], row = (c->groups + per - 1) / per;
	float *bytes, *zeros;

	if (dtype_traits[tensor->dtype].class == CLASS_FLOAT) {
		c->zeros = read_parameters(c, c->weight->zeros, &c->n_zeros, err);
		return c->zeros != NULL;
	}
	bytes = read_parameters(c, c->weight->zeros, &n, err);
	if (!bytes)
		return false;
	if (n != rows * row) {
		free(bytes);
		return error_set(err, ERROR_MALFORMED, -1, "%llu bytes of zero points, not %llu",
				 (unsigned long long)n, (unsigned long long)(rows * row));
	}
	zeros = malloc(rows * c->groups * sizeof *zeros);
	for (uint64_t r = 0; zeros && r < rows; r++)
		for (uint64_t g = 0; g < c->groups; g++) {
			unsigned byte = (unsigned)bytes[r * row + g / per];

			zeros[r * c->groups + g] = (float)(byte >> g % per * c->weight->bits &
							   ((1u << c->weight->bits) - 1));
		}
	free(bytes);
	c->zeros = zeros;
	c->n_zeros = rows * c->groups;
	return zeros || error_set(err, ERROR_MEMORY, -1, "out of memory");
}

static bool read_all_parameters(struct xray_codes *c, struct error *err)
{
	const struct xray_weight *w = c->weight;
	uint64_t wanted = w->granularity == QUANT_PER_TENSOR ? 1
			  : w->granularity == QUANT_PER_CHANNEL
				  ? c->axis_len
				  : c->count / c->axis_len * c->groups;

	if (w->scales != NO_INDEX) {
		c->scales = read_parameters(c, w->scales, &c->n_scales, err);
		if (!c->scales)
			return false;
		if (c->n_scales != wanted && c->n_scales != 1)
			return error_set(err, ERROR_MALFORMED, -1, "%llu scales, not %llu",
					 (unsigned long long)c->n_scales,
					 (unsigned long long)wanted);
	}
	if (w->form == XRAY_N_BITS)
		c->zero = (float)(1 << (w->bits - 1));
	if (w->zeros == NO_INDEX)
		return true;
	if (w->form == XRAY_N_BITS)
		return read_packed_zeros(c, err);
	c->zeros = read_parameters(c, w->zeros, &c->n_zeros, err);
	if (c->zeros && c->n_zeros != wanted && c->n_zeros != 1)
		return error_set(err, ERROR_MALFORMED, -1, "%llu zero points, not %llu",
				 (unsigned long long)c->n_zeros, (unsigned long long)wanted);
	return c->zeros != NULL;
}

struct xray_codes *xray_codes_new(const struct model *model, const struct xray_weight *weight,
				  struct error *err)
{
	struct xray_codes *c = calloc(1, sizeof *c);

	if (c)
		c->elements = malloc(XRAY_STRETCH * sizeof *c->elements);
	if (!c || !c->elements) {
		xray_codes_free(c);
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	c->model = model;
	c->weight = weight;
	c->tensor = &model->tensors[weight->codes];
	c->count = weight->form == XRAY_N_BITS
			   ? (uint64_t)weight->dims[0] * (uint64_t)weight->dims[1]
			   : c->tensor->count;
	c->inner = c->axis_len = c->groups = 1;
	if (weight->axis >= 0) {
		c->axis_len = (uint64_t)weight->dims[weight->axis];
		for (uint32_t i = (uint32_t)weight->axis + 1; i < weight->n_dims; i++)
			c->inner *= (uint64_t)weight->dims[i];
		c->groups = weight->group ? (c->axis_len + weight->group - 1) / weight->group
					  : c->axis_len;
	}
	if (!read_all_parameters(c, err)) {
		xray_codes_free(c);
		return NULL;
	}
	return c;
}

void xray_codes_free(struct xray_codes *c)
{
	if (!c)
		return;
	free(c->scales);
	free(c->zeros);
	free(c->elements);
	free(c);
}

/* Codes of MatMulNBits: [N, K], each row padded to whole blocks. */
static bool read_packed(struct xray_codes *c, uint64_t first, size_t n, struct error *err)
{
	unsigned bits = c->weight->bits, per = 8 / bits;
	uint64_t width = (uint64_t)c->weight->dims[1], row = c->groups * c->weight->group / per;
	size_t done = 0;

	while (done < n) {
		uint64_t r = (first + done) / width, k = (first + done) % width;
		size_t part = width - k < n - done ? (size_t)(width - k) : n - done;
		uint64_t from = r * row + k / per, to = r * row + (k + part - 1) / per;

		if (!can_read_bytes(c->model, c->tensor, 0))
			return error_set(err, ERROR_REFUSED, -1, "packed codes in pieces");
		if (!read_bytes(c->model, c->tensor, from, (size_t)(to - from) + 1, c->bytes, err))
			return false;
		for (size_t i = 0; i < part; i++) {
			uint64_t at = k + i;

			c->codes[done + i] =
				c->bytes[at / per - k / per] >> at % per * bits & ((1 << bits) - 1);
			c->values[done + i] = c->codes[done + i];
		}
		done += part;
	}
	return true;
}

static bool read_plain(struct xray_codes *c, uint64_t first, size_t n, struct error *err)
{
	enum dtype dtype = c->tensor->dtype;

	if (!xray_values_read(c->model, c->tensor, first, n, c->elements, c->bytes, c->values, err))
		return false;
	for (size_t i = 0; i < n; i++)
		c->codes[i] = dtype_traits[dtype].class != CLASS_FLOAT ? (int32_t)c->values[i]
			      : can_read_bytes(c->model, c->tensor, first)
				      ? decode_code(dtype, c->bytes, i)
				      : c->elements[i].bytes[0];
	return true;
}

bool xray_codes_read(struct xray_codes *c, uint64_t first, size_t n, struct error *err)
{
	uint64_t in = first % c->inner, at = first / c->inner % c->axis_len;
	uint64_t outer = first / c->inner / c->axis_len;
	uint32_t group = c->weight->granularity == QUANT_PER_GROUP ? c->weight->group : 0;

	if (c->weight->form == XRAY_N_BITS ? !read_packed(c, first, n, err)
					   : !read_plain(c, first, n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t which = group ? (outer * c->groups + at / group) * c->inner + in : at;
		double scale = !c->scales ? 1.0 : (double)c->scales[c->n_scales == 1 ? 0 : which];
		double zero =
			!c->zeros ? (double)c->zero : (double)c->zeros[c->n_zeros == 1 ? 0 : which];

		c->values[i] = (c->values[i] - zero) * scale;
		if (++in == c->inner) {
			in = 0;
			if (++at == c->axis_len) {
				at = 0;
				outer++;
			}
		}
	}
	return true;
}
