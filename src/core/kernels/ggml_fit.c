#include "core/kernels/ggml.h"

#include <math.h>

#include "core/kernels/minifloat.h"

#define MAX_FIT	 32
#define TOO_TINY 1e-15f /* a group below it is zeros */

int ggml_whole(float steps)
{
	if (isnan(steps))
		return 0;
	return steps >= 0x1p30f ? 1 << 30 : steps <= -0x1p30f ? -(1 << 30) : (int)steps;
}

int ggml_near(float steps)
{
	return ggml_whole(nearbyintf(steps));
}

uint8_t ggml_clamp(int code, int top)
{
	return (uint8_t)(code < 0 ? 0 : code > top ? top : code);
}

float ggml_peak(const float *values, size_t n)
{
	float max = 0, magnitude = 0;

	for (size_t i = 0; i < n; i++) {
		if (fabsf(values[i]) <= magnitude)
			continue;
		magnitude = fabsf(values[i]);
		max = values[i];
	}
	return max;
}

void ggml_put_half(uint8_t *bytes, float value)
{
	uint16_t code = f16_from_f32(value);

	bytes[0] = (uint8_t)code;
	bytes[1] = (uint8_t)(code >> 8);
}

float ggml_get_half(const uint8_t *bytes)
{
	return f16_to_f32((uint16_t)(bytes[0] | bytes[1] << 8));
}

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

/* Sums for the least-squares scale of codes: of w x q and w q^2, w = x^2. */
struct fit {
	float xq, qq;
};

static struct fit fit_codes(const float *values, size_t n, float per_value, int reach, int *codes)
{
	struct fit fit = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		int code = clamp(ggml_near(per_value * values[i]), -reach, reach - 1);
		float weight = values[i] * values[i];

		codes[i] = code;
		fit.xq += weight * values[i] * (float)code;
		fit.qq += weight * (float)code * (float)code;
	}
	return fit;
}

static void keep_codes(const int *codes, size_t n, int reach, uint8_t *kept)
{
	for (size_t i = 0; i < n; i++)
		kept[i] = (uint8_t)(codes[i] + reach);
}

static float fit_zeros(size_t n, uint8_t *codes, int code)
{
	for (size_t i = 0; i < n; i++)
		codes[i] = (uint8_t)code;
	return 0;
}

float ggml_fit_symmetric(const float *values, size_t n, int reach, uint8_t *codes)
{
	float max = ggml_peak(values, n), scale, best;
	int trial[MAX_FIT];
	struct fit fit;

	if (fabsf(max) < TOO_TINY)
		return fit_zeros(n, codes, 0);
	fit = fit_codes(values, n, (float)-reach / max, reach, trial);
	keep_codes(trial, n, reach, codes);
	scale = fit.qq != 0 ? fit.xq / fit.qq : 0;
	best = scale * fit.xq;
	for (int i = -9; i <= 9; i++) {
		if (i == 0)
			continue;
		fit = fit_codes(values, n, -((float)reach + 0.1f * (float)i) / max, reach, trial);
		if (!(fit.qq > 0 && fit.xq * fit.xq > best * fit.qq))
			continue;
		keep_codes(trial, n, reach, codes);
		scale = fit.xq / fit.qq;
		best = scale * fit.xq;
	}
	return scale;
}

/* Gives element i the code that suits the others' scale best; whether that was better. */
static int refine(float value, int reach, int *code, struct fit *fit)
{
	float weight = value * value, old = (float)*code, xq, qq;
	int fresh;

	xq = fit->xq - weight * value * old;
	if (!(xq > 0))
		return 0;
	qq = fit->qq - weight * old * old;
	fresh = clamp(ggml_near(value * qq / xq), -reach, reach - 1);
	if (fresh == *code)
		return 0;
	xq += weight * value * (float)fresh;
	qq += weight * (float)fresh * (float)fresh;
	if (!(qq > 0 && xq * xq * fit->qq > fit->xq * fit->xq * qq))
		return 0;
	*code = fresh;
	*fit = (struct fit){ xq, qq };
	return 1;
}

float ggml_fit_refined(const float *values, size_t n, int reach, uint8_t *codes)
{
	float max = ggml_peak(values, n);
	int trial[MAX_FIT];
	struct fit fit;

	if (fabsf(max) < TOO_TINY)
		return fit_zeros(n, codes, 0);
	fit = fit_codes(values, n, (float)-reach / max, reach, trial);
	for (int round = 0; round < 5; round++) {
		int changed = 0;

		for (size_t i = 0; i < n; i++)
			changed += refine(values[i], reach, &trial[i], &fit);
		if (!changed)
			break;
	}
	keep_codes(trial, n, reach, codes);
	return fit.qq > 0 ? fit.xq / fit.qq : 0;
}

/* What the affine search looks at. */
struct affine {
	const struct ggml_search *search;
	const float *values, *weights;
	size_t n;
	float sum_w, sum_x, low, high;
};

static void survey(struct affine *affine)
{
	const float *x = affine->values, *w = affine->weights;

	affine->low = affine->high = x[0];
	affine->sum_w = w[0];
	affine->sum_x = w[0] * x[0];
	for (size_t i = 1; i < affine->n; i++) {
		affine->low = x[i] < affine->low ? x[i] : affine->low;
		affine->high = x[i] > affine->high ? x[i] : affine->high;
		affine->sum_w += w[i];
		affine->sum_x += w[i] * x[i];
	}
	if (affine->low > 0)
		affine->low = 0;
}

static float affine_error(const struct affine *affine, const uint8_t *codes, float scale,
			  float low)
{
	float error = 0;

	for (size_t i = 0; i < affine->n; i++) {
		float diff = scale * (float)codes[i] + low - affine->values[i];

		diff = affine->search->absolute ? fabsf(diff) : diff * diff;
		error += affine->weights[i] * diff;
	}
	return error;
}

static void affine_codes(const struct affine *affine, float per_value, uint8_t *codes)
{
	for (size_t i = 0; i < affine->n; i++) {
		int code = ggml_near(per_value * (affine->values[i] - affine->low));

		codes[i] = (uint8_t)clamp(code, 0, affine->search->top);
	}
}

/* Least-squares scale and low end of the codes; 0 where they do not determine them. */
static int affine_solve(const struct affine *affine, const uint8_t *codes, float *scale,
			float *low)
{
	float l = 0, ll = 0, xl = 0, d;

	for (size_t i = 0; i < affine->n; i++) {
		float w = affine->weights[i], code = (float)codes[i];

		l += w * code;
		ll += w * code * code;
		xl += w * code * affine->values[i];
	}
	d = affine->sum_w * ll - l * l;
	if (!(d > 0))
		return 0;
	*scale = (affine->sum_w * xl - affine->sum_x * l) / d;
	*low = (ll * affine->sum_x - l * xl) / d;
	if (*low > 0) {
		*low = 0;
		*scale = xl / ll;
	}
	return 1;
}

float ggml_fit_affine(const struct ggml_search *search, const float *values, const float *weights,
		      size_t n, uint8_t *codes, float *minimum)
{
	struct affine affine = { search, values, weights, n, 0, 0, 0, 0 };
	float scale, low, best, span, trial_scale = 0, trial_low = 0;
	uint8_t trial[MAX_FIT];

	survey(&affine);
	low = affine.low;
	span = affine.high - affine.low;
	*minimum = -low;
	if (span == 0)
		return fit_zeros(n, codes, 0);
	/* Of a span beyond a float's range there is no step. */
	scale = isinf(span) ? INFINITY : 1 / ((float)search->top / span);
	affine_codes(&affine, (float)search->top / span, codes);
	best = affine_error(&affine, codes, scale, low);
	for (int i = 0; i <= search->tries; i++) {
		float error;

		affine.low = low;
		span = affine.high - low;
		if (span == 0) /* one value was fitted: no other step is left to try */
			break;
		affine_codes(&affine, (search->first + search->step * (float)i + (float)search->top) /
			     span, trial);
		if (!affine_solve(&affine, trial, &trial_scale, &trial_low))
			continue;
		error = affine_error(&affine, trial, trial_scale, trial_low);
		if (!(error < best))
			continue;
		for (size_t k = 0; k < n; k++)
			codes[k] = trial[k];
		best = error;
		scale = trial_scale;
		low = trial_low;
	}
	*minimum = -low;
	return scale;
}
