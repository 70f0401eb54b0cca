#include "core/analysis/granules.h"

#include <math.h>
#include <stdlib.h>

#include <mtui/bytes.h>
#include <mtui/quant_error.h>

#include "core/kernels/quantize.h"

/* Inner elements a channel; false when the dimensions do not multiply to something sane. */
static bool measure(struct granules *granules, const struct tensor *tensor, int axis)
{
	granules->inner = 1;
	for (uint32_t d = (uint32_t)axis + 1; d < tensor->n_dims; d++)
		if (tensor->dims[d] <= 0 ||
		    !mul_ok(granules->inner, (uint64_t)tensor->dims[d], &granules->inner))
			return false;
	if (tensor->dims[axis] <= 0)
		return false;
	granules->channels = (uint64_t)tensor->dims[axis];
	return true;
}

bool granules_init(struct granules *granules, const struct tensor *tensor, int axis,
		   struct error *err)
{
	*granules = (struct granules){ .inner = 1, .channels = 1, .n = 1 };
	if (axis >= 0 && measure(granules, tensor, axis)) {
		uint64_t begun = (tensor->present - 1) / granules->inner + 1;

		granules->n = begun < granules->channels ? begun : granules->channels;
	} else {
		granules->inner = tensor->present;
		granules->channels = 1;
	}
	if (granules->n > QUANT_MAX_GRANULES)
		return error_set(err, ERROR_REFUSED, -1, "%llu channels (max %u)",
				 (unsigned long long)granules->n, QUANT_MAX_GRANULES);
	granules->low = malloc((size_t)granules->n * sizeof(float));
	granules->high = malloc((size_t)granules->n * sizeof(float));
	if (!granules->low || !granules->high) {
		granules_free(granules);
		return error_set(err, ERROR_MEMORY, -1, "out of memory for %llu scales",
				 (unsigned long long)granules->n);
	}
	for (uint64_t g = 0; g < granules->n; g++) {
		granules->low[g] = INFINITY;
		granules->high[g] = -INFINITY;
	}
	return true;
}

void granules_free(struct granules *granules)
{
	free(granules->low);
	free(granules->high);
	granules->low = granules->high = NULL;
}

/* How the elements from i on lie: `length` of them in channel `channel`, or, when inner is 1, in
 * the channels from there on. */
struct stretch {
	uint64_t channel;
	size_t length;
};

static struct stretch stretch_at(const struct granules *granules, uint64_t i, size_t left)
{
	uint64_t row = i / granules->inner;
	struct stretch stretch = { .channel = row % granules->channels };
	uint64_t length = granules->inner == 1 ? granules->channels - stretch.channel
					       : (row + 1) * granules->inner - i;

	stretch.length = length < left ? (size_t)length : left;
	return stretch;
}

static void widen_one(float *low, float *high, const float *values, size_t n)
{
	float min = *low, max = *high;

	for (size_t i = 0; i < n; i++) {
		min = values[i] < min ? values[i] : min;
		max = values[i] > max ? values[i] : max;
	}
	*low = min;
	*high = max;
}

static void widen_each(float *low, float *high, const float *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		low[i] = values[i] < low[i] ? values[i] : low[i];
		high[i] = values[i] > high[i] ? values[i] : high[i];
	}
}

void granules_widen(struct granules *granules, const float *values, size_t n, uint64_t first)
{
	size_t i = 0;

	while (i < n) {
		struct stretch stretch = stretch_at(granules, first + i, n - i);
		float *low = granules->low + stretch.channel;
		float *high = granules->high + stretch.channel;

		if (granules->inner == 1)
			widen_each(low, high, values + i, stretch.length);
		else
			widen_one(low, high, values + i, stretch.length);
		i += stretch.length;
	}
}

void granules_make_scales(struct granules *granules, float qmax, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (uint64_t g = 0; g < granules->n; g++) {
		const float ends[2] = { granules->low[g], granules->high[g] };
		float scale = fmaxf(fabsf(ends[0]), fabsf(ends[1])) / qmax, restored[2];
		int8_t codes[2];

		if (ends[0] > ends[1] || scale == 0)
			scale = 1;
		granules->high[g] = scale;
		if (ends[0] > ends[1])
			continue;
		/* Rounding never changes the order, so the ends are restored to the ends. */
		quantize_block(ends, (const float[2]){ scale, scale }, 2, qmax, codes, restored);
		*low = fmin(*low, fmin(ends[0], restored[0]));
		*high = fmax(*high, fmax(ends[1], restored[1]));
	}
	if (*low > *high)
		*low = *high = NAN;
}

void granules_scales(const struct granules *granules, uint64_t first, size_t n, float *scales)
{
	size_t i = 0;

	while (i < n) {
		struct stretch stretch = stretch_at(granules, first + i, n - i);
		const float *scale = granules->high + stretch.channel;

		if (granules->inner == 1)
			for (size_t k = 0; k < stretch.length; k++)
				scales[i + k] = scale[k];
		else
			for (size_t k = 0; k < stretch.length; k++)
				scales[i + k] = *scale;
		i += stretch.length;
	}
}
