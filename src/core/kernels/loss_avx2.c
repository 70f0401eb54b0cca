#if defined(__x86_64__)
#include "core/kernels/loss.h"

#include <immintrin.h>

#include "core/kernels/loss_lane.h"

/* Bytes ahead of the loop that it asks for. */
#define AHEAD 2048

static inline __m256 load(const uint8_t *bytes, size_t i)
{
	return _mm256_loadu_ps((const float *)(const void *)(bytes + 4 * i));
}

static inline __m256 widen(__m256 x, __m256 y, bool most)
{
	return most ? _mm256_max_ps(x, y) : _mm256_min_ps(x, y);
}

static inline __m128 fold(__m256 x, bool most)
{
	__m128 a = _mm256_castps256_ps128(x), b = _mm256_extractf128_ps(x, 1);

	return most ? _mm_max_ps(a, b) : _mm_min_ps(a, b);
}

static inline float fold_all(__m256 x, bool most)
{
	float four[4];

	_mm_storeu_ps(four, fold(x, most));
	for (size_t k = 1; k < 4; k++)
		four[0] = (most ? four[k] > four[0] : four[k] < four[0]) ? four[k] : four[0];
	return four[0];
}

static void range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	__m256 least = _mm256_set1_ps(*low), most = _mm256_set1_ps(*high), least2 = least,
	       most2 = most;
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		__m256 x = load(bytes, i), y = load(bytes, i + 8);

		_mm_prefetch((const char *)bytes + 4 * i + AHEAD, _MM_HINT_T0);
		least = widen(x, least, false);
		most = widen(x, most, true);
		least2 = widen(y, least2, false);
		most2 = widen(y, most2, true);
	}
	*low = fold_all(widen(least, least2, false), false);
	*high = fold_all(widen(most, most2, true), true);
	loss_range_rest(bytes, i, n, false, low, high);
}

static void range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m256 x = load(bytes, i);

		_mm256_storeu_ps(low + i, widen(x, _mm256_loadu_ps(low + i), false));
		_mm256_storeu_ps(high + i, widen(x, _mm256_loadu_ps(high + i), true));
	}
	loss_range_rest(bytes, i, n, true, low, high);
}

/* Least of each of four vectors of four. */
static inline __m128 fold_four(const __m128 v[4], bool most)
{
	__m128 a = _mm_unpacklo_ps(v[0], v[1]), b = _mm_unpackhi_ps(v[0], v[1]);
	__m128 c = _mm_unpacklo_ps(v[2], v[3]), d = _mm_unpackhi_ps(v[2], v[3]);

	a = most ? _mm_max_ps(a, b) : _mm_min_ps(a, b);
	c = most ? _mm_max_ps(c, d) : _mm_min_ps(c, d);
	b = _mm_movelh_ps(a, c);
	d = _mm_movehl_ps(c, a);
	return most ? _mm_max_ps(b, d) : _mm_min_ps(b, d);
}

static inline void range_four(const uint8_t *bytes, size_t size, float *low, float *high)
{
	__m128 lows[4], highs[4];

	for (size_t g = 0; g < 4; g++, bytes += 4 * size) {
		__m256 least = load(bytes, 0), most = least;

		for (size_t i = 8; i < size; i += 8) {
			__m256 x = load(bytes, i);

			least = widen(x, least, false);
			most = widen(x, most, true);
		}
		lows[g] = fold(least, false);
		highs[g] = fold(most, true);
	}
	_mm_storeu_ps(low, fold_four(lows, false));
	_mm_storeu_ps(high, fold_four(highs, true));
}

static bool group(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		  struct loss_groups *groups)
{
	size_t g = 0, i = 0;

	for (; i + 4 * size <= n; i += 4 * size, g += 4)
		range_four(bytes + 4 * i, size, groups->least + g, groups->most + g);
	for (; i < n; i += size, g++) {
		groups->least[g] = INFINITY;
		groups->most[g] = -INFINITY;
		range(bytes + 4 * i, n - i < size ? n - i : size, &groups->least[g],
		      &groups->most[g]);
	}
	return loss_make_steps(law, groups, g);
}

struct step {
	__m256 scale, inverse, low, high;
};

struct sums {
	__m256d error[4], original[4];
};

static inline __m256 clamp(__m256 steps, const struct step *step)
{
	return _mm256_min_ps(_mm256_max_ps(steps, step->low), step->high);
}

static inline __m256d add_square(__m256d sum, __m128 x)
{
	__m256d wide = _mm256_cvtps_pd(x);

	return _mm256_add_pd(sum, _mm256_mul_pd(wide, wide));
}

/* Eight elements, for lanes 4 * k to 4 * k + 7. */
static inline void add_eight(__m256 x, const struct step *step, size_t k, struct sums *sums)
{
	const int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
	const __m256 sign = _mm256_set1_ps(-0.0f), sure = _mm256_set1_ps(LOSS_SURE);
	__m256 place = clamp(_mm256_mul_ps(x, step->inverse), step);
	__m256 rounded = _mm256_round_ps(place, nearest), e;
	__m256 distance = _mm256_andnot_ps(sign, _mm256_sub_ps(place, rounded));

	if (__builtin_expect(_mm256_movemask_ps(_mm256_cmp_ps(distance, sure, _CMP_GT_OQ)), 0))
		rounded = _mm256_round_ps(clamp(_mm256_div_ps(x, step->scale), step), nearest);
	e = _mm256_sub_ps(_mm256_mul_ps(rounded, step->scale), x);
	sums->error[k] = add_square(sums->error[k], _mm256_castps256_ps128(e));
	sums->error[k + 1] = add_square(sums->error[k + 1], _mm256_extractf128_ps(e, 1));
	sums->original[k] = add_square(sums->original[k], _mm256_castps256_ps128(x));
	sums->original[k + 1] = add_square(sums->original[k + 1], _mm256_extractf128_ps(x, 1));
}

static inline void take_lanes(struct sums *sums, const struct loss_lanes *lanes)
{
	for (size_t k = 0; k < 4; k++) {
		sums->error[k] = _mm256_loadu_pd(lanes->error + 4 * k);
		sums->original[k] = _mm256_loadu_pd(lanes->original + 4 * k);
	}
}

static inline void give_lanes(const struct sums *sums, struct loss_lanes *lanes)
{
	for (size_t k = 0; k < 4; k++) {
		_mm256_storeu_pd(lanes->error + 4 * k, sums->error[k]);
		_mm256_storeu_pd(lanes->original + 4 * k, sums->original[k]);
	}
}

static void add(const uint8_t *bytes, size_t n, size_t size, const struct loss_steps *steps,
		struct loss_lanes *lanes)
{
	size_t g = 0, i = 0;
	struct sums sums;

	take_lanes(&sums, lanes);
	for (; i + 16 <= n; g++) {
		const struct step step = {
			_mm256_set1_ps(steps->scale[g]), _mm256_set1_ps(steps->inverse[g]),
			_mm256_set1_ps(steps->low[g]), _mm256_set1_ps(steps->high[g])
		};
		size_t end = n - i < size ? n : i + size;

		for (; i + 16 <= end; i += 16) {
			add_eight(load(bytes, i), &step, 0, &sums);
			add_eight(load(bytes, i + 8), &step, 2, &sums);
		}
	}
	give_lanes(&sums, lanes);
	for (size_t k = i; k < n; k++)
		loss_add_one(bytes, k, steps, k / size, k - i, lanes);
}

static inline struct step step_of(const struct loss_steps *steps, size_t i)
{
	return (struct step){ _mm256_loadu_ps(steps->scale + i), _mm256_loadu_ps(steps->inverse + i),
			      _mm256_loadu_ps(steps->low + i), _mm256_loadu_ps(steps->high + i) };
}

static void add_each(const uint8_t *bytes, size_t n, const struct loss_steps *steps,
		     struct loss_lanes *lanes)
{
	struct sums sums;
	size_t i = 0;

	take_lanes(&sums, lanes);
	for (; i + 16 <= n; i += 16) {
		const struct step first = step_of(steps, i), second = step_of(steps, i + 8);

		add_eight(load(bytes, i), &first, 0, &sums);
		add_eight(load(bytes, i + 8), &second, 2, &sums);
	}
	give_lanes(&sums, lanes);
	loss_add_rest(bytes, i, n, true, steps, lanes);
}

const struct loss_kernels loss_avx2 = { range, range_each, group, add, add_each };
#else
typedef int loss_avx2_is_for_x86;
#endif
