#include "core/kernels/microscaling.h"

#include <math.h>

#define INT8_FRACTION 64

static float largest(const float *values, size_t n)
{
	float max = 0;

	for (size_t i = 0; i < n; i++)
		max = fmaxf(max, fabsf(values[i]));
	return max;
}

/* The exponent of e8m0: -127 to 127. */
static int shared_exponent(float max, int reach)
{
	int exponent;

	if (max == 0)
		return -127;
	frexpf(max, &exponent);
	exponent -= 1 + reach;
	return exponent < -127 ? -127 : exponent > 127 ? 127 : exponent;
}

size_t mx_float_block(const struct minifloat *format, const float *values, size_t n,
		      uint16_t *codes, float *restored)
{
	int reach, exponent;
	size_t clipped = 0;

	frexpf(format->max, &reach);
	exponent = shared_exponent(largest(values, n), reach - 1);
	for (size_t i = 0; i < n; i++) {
		float steps = (float)ldexp((double)values[i], -exponent), nearest;

		nearest = minifloat_round(format, steps, ROUNDING_EVEN, 0);
		clipped += fabsf(steps) > format->max;
		restored[i] = (float)ldexp((double)nearest, exponent);
		codes[i] = (uint16_t)minifloat_code(format, nearest);
	}
	return clipped;
}

size_t mx_int8_block(const float *values, size_t n, uint16_t *codes, float *restored)
{
	int exponent = shared_exponent(largest(values, n), 0);
	size_t clipped = 0;

	for (size_t i = 0; i < n; i++) {
		double steps = nearbyint(ldexp((double)values[i], -exponent) * INT8_FRACTION);

		clipped += fabs(steps) > 127;
		steps = steps > 127 ? 127 : steps < -127 ? -127 : steps;
		restored[i] = (float)ldexp(steps / INT8_FRACTION, exponent);
		codes[i] = (uint16_t)(steps + 127);
	}
	return clipped;
}

float nvfp4_tensor_scale(float max_abs)
{
	float scale = max_abs / (minifloats[MINIFLOAT_F4E2M1].max * minifloats[MINIFLOAT_F8E4M3FN].max);

	return scale > 0 ? scale : 1;
}

size_t nvfp4_block(float tensor_scale, const float *values, size_t n, uint16_t *codes,
		   float *restored)
{
	const struct minifloat *format = &minifloats[MINIFLOAT_F4E2M1];
	float scale = largest(values, n) / format->max / tensor_scale;
	size_t clipped = 0;

	scale = minifloat_round(&minifloats[MINIFLOAT_F8E4M3FN], scale, ROUNDING_EVEN, 0);
	scale *= tensor_scale;
	for (size_t i = 0; i < n; i++) {
		float steps = scale > 0 ? values[i] / scale : 0;
		float nearest = minifloat_round(format, steps, ROUNDING_EVEN, 0);

		clipped += fabsf(steps) > format->max;
		restored[i] = nearest * scale;
		codes[i] = (uint16_t)minifloat_code(format, nearest);
	}
	return clipped;
}
