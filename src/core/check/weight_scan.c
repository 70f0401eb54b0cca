/*
 * A block is looked at as the bits of its elements, a word each: the OR of all magnitudes tells
 * zeros, comparing with the exponent mask tells NaN and infinities, the XOR with the first element
 * tells whether all are the same. Only a block with something not finite is looked at again, as
 * numbers.
 *
 * Channels keep the OR of the magnitudes in them; one that is 0 at the end is dead. Several threads
 * have a context each, which are put together at the end: OR and minimum do not depend on order.
 */
#include "core/check/weight_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/stripes.h"
#include "core/kernels/decode.h"

struct look {
	enum dtype dtype;
	unsigned width;			/* bytes of an element that is looked at as a word; 0: decode */
	uint64_t magnitude, exponent;	/* masks of a word */
	uint64_t inner, n_channels;	/* elements of a channel that stand together; 0: none */
	uint64_t *channels;
	bool any, differs;
	uint64_t first_word;		/* the first element of the first block that was seen */
	uint8_t first_bytes[16];
	uint64_t seen_or;		/* of all magnitudes */
	struct weight_scan found;
};

/* Or of magnitudes, or of differences from the first one, and whether something is not finite. */
#define DEFINE_LOOK(bits)                                                                          \
	static void look_##bits(const uint8_t *bytes, size_t n, const struct look *look,           \
				uint64_t *ored, uint64_t *differs, bool *special)                  \
	{                                                                                          \
		uint##bits##_t magnitude = (uint##bits##_t)look->magnitude, all = 0, unlike = 0;   \
		uint##bits##_t exponent = (uint##bits##_t)look->exponent, bad = 0;                 \
		uint##bits##_t first = (uint##bits##_t)look->first_word;                           \
                                                                                                   \
		for (size_t i = 0; i < n; i++) {                                                   \
			uint##bits##_t word;                                                       \
                                                                                                   \
			memcpy(&word, bytes + i * sizeof word, sizeof word);                       \
			unlike |= (uint##bits##_t)(word ^ first);                                  \
			word &= magnitude;                                                         \
			all |= word;                                                               \
			bad |= (uint##bits##_t)(word >= exponent);                                 \
		}                                                                                  \
		*ored = all;                                                                       \
		*differs = unlike;                                                                 \
		*special = bad != 0;                                                               \
	}                                                                                          \
                                                                                                   \
	static void columns_##bits(const uint8_t *bytes, size_t n, uint64_t *channels,             \
				   uint64_t magnitude)                                             \
	{                                                                                          \
		for (size_t i = 0; i < n; i++) {                                                   \
			uint##bits##_t word;                                                       \
                                                                                                   \
			memcpy(&word, bytes + i * sizeof word, sizeof word);                       \
			channels[i] |= word & magnitude;                                           \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	static uint64_t magnitudes_##bits(const uint8_t *bytes, size_t n, uint64_t magnitude)      \
	{                                                                                          \
		uint##bits##_t all = 0;                                                            \
                                                                                                   \
		for (size_t i = 0; i < n; i++) {                                                   \
			uint##bits##_t word;                                                       \
                                                                                                   \
			memcpy(&word, bytes + i * sizeof word, sizeof word);                       \
			all |= word;                                                               \
		}                                                                                  \
		return all & magnitude;                                                            \
	}

DEFINE_LOOK(16)
DEFINE_LOOK(32)
DEFINE_LOOK(64)

static void count_special(struct look *look, const uint8_t *bytes, size_t n, uint64_t first)
{
	struct weight_scan *found = &look->found;
	double values[BLOCK];

	decode_f64(look->dtype, bytes, n, values);
	for (size_t i = 0; i < n; i++) {
		if (isnan(values[i])) {
			found->nan++;
			found->first_nan = first + i < found->first_nan ? first + i : found->first_nan;
		} else if (isinf(values[i])) {
			found->posinf += values[i] > 0;
			found->neginf += values[i] < 0;
			found->first_inf = first + i < found->first_inf ? first + i : found->first_inf;
		}
	}
}

static uint64_t magnitudes(const struct look *look, const uint8_t *bytes, size_t n)
{
	return look->width == 2	  ? magnitudes_16(bytes, n, look->magnitude)
	       : look->width == 4 ? magnitudes_32(bytes, n, look->magnitude)
				  : magnitudes_64(bytes, n, look->magnitude);
}

/* Channels that are a column each: the block is cut into rows. */
static void look_at_columns(struct look *look, const uint8_t *bytes, size_t n, uint64_t first)
{
	for (size_t at = 0; at < n;) {
		uint64_t column = (first + at) % look->n_channels;
		size_t take = n - at < look->n_channels - column ? n - at
								  : (size_t)(look->n_channels - column);
		const uint8_t *from = bytes + at * look->width;

		if (look->width == 2)
			columns_16(from, take, look->channels + column, look->magnitude);
		else if (look->width == 4)
			columns_32(from, take, look->channels + column, look->magnitude);
		else
			columns_64(from, take, look->channels + column, look->magnitude);
		at += take;
	}
}

static void look_at_channels(struct look *look, const uint8_t *bytes, size_t n, uint64_t first)
{
	if (look->inner == 1) {
		look_at_columns(look, bytes, n, first);
		return;
	}
	for (size_t at = 0; at < n;) {
		uint64_t index = first + at, inside = index % look->inner;
		uint64_t channel = index / look->inner % look->n_channels;
		size_t take = n - at < look->inner - inside ? n - at : (size_t)(look->inner - inside);

		look->channels[channel] |= magnitudes(look, bytes + at * look->width, take);
		at += take;
	}
}

/* Words that differ but are zeros both do not make a difference: seen at the end, by seen_or. */
static bool word_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct look *look = context;
	uint64_t ored, differs;
	bool special;

	if (!look->any)
		memcpy(&look->first_word, bytes, look->width);
	look->any = true;
	if (look->width == 2)
		look_16(bytes, n, look, &ored, &differs, &special);
	else if (look->width == 4)
		look_32(bytes, n, look, &ored, &differs, &special);
	else
		look_64(bytes, n, look, &ored, &differs, &special);
	look->seen_or |= ored;
	look->differs |= differs != 0;
	if (special)
		count_special(look, bytes, n, first);
	if (look->n_channels)
		look_at_channels(look, bytes, n, first);
	return true;
}

/* Narrow floats: every element as a number. */
static bool decode_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct look *look = context;
	double values[BLOCK], value;

	decode_f64(look->dtype, bytes, n, values);
	if (!look->any)
		memcpy(&look->first_word, &values[0], sizeof values[0]);
	look->any = true;
	memcpy(&value, &look->first_word, sizeof value);
	for (size_t i = 0; i < n && !look->differs; i++)
		look->differs = memcmp(&values[i], &value, sizeof value) != 0;
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(values[i])) {
			count_special(look, bytes, n, first);
			break;
		}
	}
	return true;
}

/* Integers: whole blocks of bytes, to the first difference. Packed ones are all the same where the
 * bytes are, and the halves of the first one. */
static bool bytes_step(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct look *look = context;
	unsigned bits = dtype_traits[look->dtype].bits;
	size_t width = bits < 8 ? 1 : bits / 8, len = (n * bits + 7) / 8;

	(void)first;
	if (!look->any)
		memcpy(look->first_bytes, bytes, width);
	look->any = true;
	look->differs = (bits == 4 && bytes[0] >> 4 != (bytes[0] & 15)) || bits < 4 ||
			memcmp(bytes, look->first_bytes, width) != 0 ||
			memcmp(bytes, bytes + width, len - width) != 0;
	return !look->differs;
}

static void set_masks(struct look *look)
{
	switch (look->dtype) {
	case DTYPE_F32:
		look->width = 4, look->magnitude = 0x7fffffff, look->exponent = 0x7f800000;
		break;
	case DTYPE_F64:
		look->width = 8, look->magnitude = INT64_MAX;
		look->exponent = UINT64_C(0x7ff) << 52;
		break;
	case DTYPE_F16:
		look->width = 2, look->magnitude = 0x7fff, look->exponent = 0x7c00;
		break;
	case DTYPE_BF16:
		look->width = 2, look->magnitude = 0x7fff, look->exponent = 0x7f80;
		break;
	default:
		break;
	}
}

static bool set_channels(struct look *look, const struct tensor *tensor, int axis)
{
	if (axis < 0 || (uint32_t)axis >= tensor->n_dims || look->width == 0 ||
	    tensor->dims[axis] < 1 || tensor->dims[axis] > SCAN_CHANNELS)
		return true;
	look->inner = 1;
	for (uint32_t i = (uint32_t)axis + 1; i < tensor->n_dims; i++)
		look->inner *= (uint64_t)tensor->dims[i]; /* a part of count */
	look->n_channels = (uint64_t)tensor->dims[axis];
	look->channels = calloc((size_t)look->n_channels, sizeof *look->channels);
	return look->channels != NULL;
}

static void merge(struct look *into, const struct look *from)
{
	struct weight_scan *a = &into->found;
	const struct weight_scan *b = &from->found;

	if (!from->any)
		return;
	into->differs |= from->differs || from->first_word != into->first_word;
	into->seen_or |= from->seen_or;
	a->nan += b->nan;
	a->posinf += b->posinf;
	a->neginf += b->neginf;
	a->first_nan = b->first_nan < a->first_nan ? b->first_nan : a->first_nan;
	a->first_inf = b->first_inf < a->first_inf ? b->first_inf : a->first_inf;
	for (uint64_t i = 0; i < into->n_channels; i++)
		into->channels[i] |= from->channels[i];
}

static void report(struct look *look, struct weight_scan *result)
{
	uint8_t first[16];

	*result = look->found;
	result->channels = look->n_channels;
	for (uint64_t i = 0; i < look->n_channels; i++)
		result->dead += look->channels[i] == 0;
	result->is_constant = look->any && !look->differs;
	if (look->any && look->width && look->seen_or == 0) {
		result->is_constant = true; /* of both zeros, maybe */
		return;
	}
	memcpy(first, look->width ? (void *)&look->first_word : look->first_bytes, 8);
	if (look->width)
		decode_f64(look->dtype, first, 1, &result->value);
	else if (dtype_traits[look->dtype].class == CLASS_FLOAT)
		memcpy(&result->value, &look->first_word, sizeof result->value);
	else
		decode_f64(look->dtype, look->first_bytes, 1, &result->value);
}

static walk_step *step_for(const struct look *look)
{
	if (look->width)
		return word_step;
	return dtype_traits[look->dtype].class == CLASS_FLOAT ? decode_step : bytes_step;
}

static bool pass(struct tensor_walk *walk, struct look looks[STRIPES_WORKERS], size_t n,
		 struct error *err)
{
	void *workers[STRIPES_WORKERS];

	for (size_t i = 0; i < n; i++)
		workers[i] = &looks[i];
	/* A stop at a difference is no failure. */
	if (step_for(&looks[0]) == bytes_step)
		return tensor_walk_pass(walk, bytes_step, &looks[0], err);
	return stripes_pass(walk, workers, n, step_for(&looks[0]), NULL, NULL, err);
}

bool weight_scan_run(const struct model *model, const struct tensor *tensor, int axis,
		     const struct analysis_watch *watch, struct weight_scan *result,
		     struct error *err)
{
	struct tensor_walk *walk = malloc(sizeof *walk);
	struct look looks[STRIPES_WORKERS];
	size_t n = 0, wanted = 1;
	bool good = walk != NULL;

	*result = (struct weight_scan){ .nan = 0 };
	if (!good)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	walk->model = model;
	walk->tensor = tensor;
	walk->watch = watch;
	walk->done = 0;
	walk->total = tensor->present;
	wanted = stripes_workers(walk);
	for (; good && n < wanted; n++) {
		looks[n] = (struct look){ .dtype = tensor->dtype };
		looks[n].found.first_nan = looks[n].found.first_inf = UINT64_MAX;
		set_masks(&looks[n]);
		good = set_channels(&looks[n], tensor, axis);
	}
	good = good ? pass(walk, looks, n, err)
		    : error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (size_t i = 1; good && i < n; i++)
		merge(&looks[0], &looks[i]);
	if (good)
		report(&looks[0], result);
	for (size_t i = 0; i < n; i++)
		free(looks[i].channels);
	free(walk);
	return good;
}
