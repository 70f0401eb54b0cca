#include "core/kernels/quantize.h"

#include <math.h>

#include "core/kernels/lanes.h"

/* Adding and taking away 1.5 * 2^23 rounds a float below 2^22 to an integer, ties to even. */
#define ROUNDER 12582912.0f

void quantize_block(const float *values, const float *scales, size_t n, float qmax,
		    int8_t *codes, float *restored)
{
	for (size_t i = 0; i < n; i++) {
		float steps = values[i] / scales[i];

		steps = steps < qmax ? steps : qmax;
		steps = steps > -qmax ? steps : -qmax;
		steps = (steps + ROUNDER) - ROUNDER;
		restored[i] = steps * scales[i];
		codes[i] = (int8_t)(int32_t)steps;
	}
}

struct compare_lanes {
	double error[LANES], original[LANES], restored[LANES], product[LANES], bias[LANES];
	double max_error[LANES];
};

static inline void compare_group(const float *values, const float *restored, size_t n,
				 struct compare_lanes *lanes)
{
	for (size_t k = 0; k < n; k++) {
		double x = values[k], y = restored[k], e = y - x;
		double size = fabs(e);

		lanes->error[k] += e * e;
		lanes->original[k] += x * x;
		lanes->restored[k] += y * y;
		lanes->product[k] += x * y;
		lanes->bias[k] += e;
		lanes->max_error[k] = size > lanes->max_error[k] ? size : lanes->max_error[k];
	}
}

void quantize_compare(const float *values, const float *restored, size_t n,
		      struct quantize_sums *sums)
{
	struct compare_lanes lanes = { .error = { 0 } };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		compare_group(values + i, restored + i, LANES, &lanes);
	compare_group(values + i, restored + i, n - i, &lanes);
	sums->error = lanes_sum(lanes.error);
	sums->original = lanes_sum(lanes.original);
	sums->restored = lanes_sum(lanes.restored);
	sums->product = lanes_sum(lanes.product);
	sums->bias = lanes_sum(lanes.bias);
	sums->max_error = 0;
	for (size_t k = 0; k < LANES; k++)
		if (lanes.max_error[k] > sums->max_error)
			sums->max_error = lanes.max_error[k];
}
