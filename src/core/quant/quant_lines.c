#include "core/quant/quant_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/decode.h"

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* [outer, channels, inner]; false where the shape makes no sense, or, where units run along lines,
 * the data does not fill it. */
static bool measure(struct quant_lines *lines, const struct tensor *tensor, int axis)
{
	uint64_t product;

	lines->outer = lines->inner = 1;
	if (axis < 0 || (uint32_t)axis >= tensor->n_dims || tensor->dims[axis] <= 0)
		return false;
	lines->channels = (uint64_t)tensor->dims[axis];
	for (uint32_t d = 0; d < tensor->n_dims; d++) {
		uint64_t *side = d < (uint32_t)axis ? &lines->outer : &lines->inner;

		if (d == (uint32_t)axis)
			continue;
		if (tensor->dims[d] <= 0 || !mul_ok(*side, (uint64_t)tensor->dims[d], side))
			return false;
	}
	if (lines->unit == 1)
		return true;
	return mul_ok(lines->outer, lines->inner, &product) &&
	       mul_ok(product, lines->channels, &product) && product == tensor->present;
}

void quant_lines_measure(struct quant_lines *lines, const struct tensor *tensor, int axis,
			 unsigned unit)
{
	*lines = (struct quant_lines){ .total = tensor->present, .unit = unit,
				       .dtype = tensor->dtype };
	if (!measure(lines, tensor, axis)) {
		lines->outer = lines->channels = 1;
		lines->inner = tensor->present;
	}
	if (lines->channels == 1 && unit > 1) {
		lines->inner *= lines->outer;
		lines->outer = 1;
	}
	if (unit == 1 || lines->outer == 1)
		return;
	lines->rows = unit / common_divisor(unit, lines->inner);
	if (lines->rows > lines->outer)
		lines->rows = lines->outer;
}

bool quant_lines_init(struct quant_lines *lines, const struct tensor *tensor, int axis,
		      unsigned unit, struct error *err)
{
	quant_lines_measure(lines, tensor, axis, unit);
	if (lines->rows * lines->inner > QUANT_MAX_SLAB / lines->channels)
		return error_set(err, ERROR_REFUSED, -1,
				 "groups of %u across rows of %llu elements (max %llu)", unit,
				 (unsigned long long)(lines->channels * lines->inner),
				 (unsigned long long)(QUANT_MAX_SLAB / unit));
	lines->carry = malloc(2 * BLOCK * sizeof *lines->carry);
	lines->slab_size = (size_t)(lines->rows * lines->channels * lines->inner);
	if (lines->slab_size)
		lines->slab = malloc(lines->slab_size * sizeof *lines->slab);
	if (lines->carry && (lines->slab || !lines->slab_size))
		return true;
	quant_lines_free(lines);
	return error_set(err, ERROR_MEMORY, -1, "out of memory for a quantization");
}

void quant_lines_free(struct quant_lines *lines)
{
	free(lines->carry);
	free(lines->slab);
	lines->carry = lines->slab = NULL;
}

struct quant_place quant_lines_place(const struct quant_lines *lines, uint64_t position)
{
	struct quant_place place = { .index = position };
	uint64_t row, slab, line, offset;

	if (lines->rows == 0) {
		line = lines->inner;
		row = position / line;
		offset = position % line;
		place.channel = row % lines->channels;
	} else {
		uint64_t stride = lines->channels * lines->inner, rows;

		slab = position / (lines->rows * stride);
		rows = lines->outer - slab * lines->rows;
		rows = rows < lines->rows ? rows : lines->rows;
		line = rows * lines->inner;
		offset = position - slab * lines->rows * stride;
		place.channel = offset / line;
		offset %= line;
		row = slab * lines->rows + offset / lines->inner;
		place.index = row * stride + place.channel * lines->inner + offset % lines->inner;
	}
	place.length = line - offset;
	place.left = lines->unit - offset % lines->unit;
	place.left = place.left < place.length ? place.left : place.length;
	return place;
}

uint64_t quant_lines_units(const struct quant_lines *lines, unsigned unit)
{
	uint64_t line = lines->outer * lines->inner;

	return (line / unit + (line % unit != 0)) * lines->channels;
}

/* Elements of the piece at a position: whole units of one slab only, at most BLOCK. */
static size_t piece_size(const struct quant_lines *lines, uint64_t position)
{
	uint64_t left = lines->total - position;
	uint64_t slab = lines->rows * lines->channels * lines->inner;
	size_t n = 0;

	if (slab && left > slab - position % slab)
		left = slab - position % slab;
	if (lines->unit == 1)
		return left < BLOCK ? (size_t)left : BLOCK;
	while (n < left) {
		struct quant_place place = quant_lines_place(lines, position + n);
		uint64_t fits = BLOCK - n, take = place.length;

		/* All whole units of the line that fit, or its end. */
		if (take > fits)
			take = fits < place.left ? 0 :
				       place.left + (fits - place.left) / lines->unit * lines->unit;
		if (take == 0)
			break;
		n += (size_t)take;
	}
	return n;
}

struct passing {
	struct quant_lines *lines;
	quant_step *step;
	void *context;
	uint64_t position; /* of the next piece */
};

/* Hands over what whole pieces there are in `values`; the answer is how many elements that was. */
static size_t hand_over(struct passing *passing, const float *values, size_t n, bool *more)
{
	size_t used = 0;

	while (used < n) {
		size_t size = piece_size(passing->lines, passing->position);
		struct quant_piece piece = { values + used, size, passing->position };

		if (size > n - used)
			break;
		*more = passing->step(&piece, passing->context);
		used += size;
		passing->position += size;
		if (!*more)
			break;
	}
	return used;
}

static bool file_order(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct passing *passing = context;
	struct quant_lines *lines = passing->lines;
	bool more = true;
	size_t used;

	(void)first;
	decode_f32(lines->dtype, bytes, n, lines->carry + lines->carried);
	n += lines->carried;
	used = hand_over(passing, lines->carry, n, &more);
	lines->carried = n - used;
	memmove(lines->carry, lines->carry + used, lines->carried * sizeof *lines->carry);
	return more;
}

/* Element `position` of the slab's order from where the rows lie. */
static bool hand_over_slab(struct passing *passing)
{
	struct quant_lines *lines = passing->lines;
	uint64_t end = lines->slab_first + lines->slab_held;
	bool more = true;

	while (passing->position < end && more) {
		size_t n = piece_size(lines, passing->position), i = 0;
		struct quant_piece piece = { lines->carry, n, passing->position };

		while (i < n) {
			struct quant_place place =
				quant_lines_place(lines, passing->position + i);
			const float *from = lines->slab + (place.index - lines->slab_first);
			uint64_t run = lines->inner - place.index % lines->inner;
			uint64_t step = lines->channels * lines->inner;

			for (uint64_t k = 0; k < place.length && i < n; k++) {
				lines->carry[i++] = *from++;
				if (--run == 0) {
					run = lines->inner;
					from += step - lines->inner;
				}
			}
		}
		more = passing->step(&piece, passing->context);
		passing->position += n;
	}
	lines->slab_first = end;
	lines->slab_held = 0;
	return more;
}

static bool by_slabs(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct passing *passing = context;
	struct quant_lines *lines = passing->lines;
	float values[BLOCK];
	size_t used = 0;

	decode_f32(lines->dtype, bytes, n, values);
	while (used < n) {
		size_t room = lines->slab_size - (size_t)lines->slab_held;
		size_t take = n - used < room ? n - used : room;

		memcpy(lines->slab + lines->slab_held, values + used, take * sizeof *values);
		lines->slab_held += take;
		used += take;
		if (lines->slab_held < lines->slab_size && first + used < lines->total)
			break;
		if (!hand_over_slab(passing))
			return false;
	}
	return true;
}

bool quant_lines_pass(struct quant_lines *lines, struct tensor_walk *walk, quant_step *step,
		      void *context, struct error *err)
{
	struct passing passing = { .lines = lines, .step = step, .context = context };

	lines->carried = 0;
	lines->slab_first = lines->slab_held = 0;
	return tensor_walk_pass(walk, lines->rows ? by_slabs : file_order, &passing, err);
}
