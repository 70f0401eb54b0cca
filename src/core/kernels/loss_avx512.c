#if defined(__x86_64__)
#include "core/kernels/loss.h"

#include <immintrin.h>

#include "core/kernels/loss_lane.h"

/* Bytes ahead of the loop that it asks for. */
#define AHEAD 2048

static inline __m512 load(const uint8_t *bytes, size_t i)
{
	return _mm512_loadu_ps(bytes + 4 * i);
}

static void range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	__m512 least = _mm512_set1_ps(*low), most = _mm512_set1_ps(*high), least2 = least,
	       most2 = most;
	size_t i = 0;

	for (; i + 32 <= n; i += 32) {
		__m512 x = load(bytes, i), y = load(bytes, i + 16);

		_mm_prefetch((const char *)bytes + 4 * i + AHEAD, _MM_HINT_T0);
		_mm_prefetch((const char *)bytes + 4 * i + AHEAD + 64, _MM_HINT_T0);
		least = _mm512_min_ps(x, least);
		most = _mm512_max_ps(x, most);
		least2 = _mm512_min_ps(y, least2);
		most2 = _mm512_max_ps(y, most2);
	}
	*low = _mm512_reduce_min_ps(_mm512_min_ps(least, least2));
	*high = _mm512_reduce_max_ps(_mm512_max_ps(most, most2));
	loss_range_rest(bytes, i, n, false, low, high);
}

static void range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		__m512 x = load(bytes, i);

		_mm512_storeu_ps(low + i, _mm512_min_ps(x, _mm512_loadu_ps(low + i)));
		_mm512_storeu_ps(high + i, _mm512_max_ps(x, _mm512_loadu_ps(high + i)));
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

static inline __m128 fold(__m512 x, bool most)
{
	__m256 a = _mm512_castps512_ps256(x), b = _mm512_extractf32x8_ps(x, 1);
	__m256 c = most ? _mm256_max_ps(a, b) : _mm256_min_ps(a, b);
	__m128 d = _mm256_castps256_ps128(c), e = _mm256_extractf128_ps(c, 1);

	return most ? _mm_max_ps(d, e) : _mm_min_ps(d, e);
}

static inline void range_four(const uint8_t *bytes, size_t size, float *low, float *high)
{
	__m128 lows[4], highs[4];

	for (size_t g = 0; g < 4; g++, bytes += 4 * size) {
		__m512 least = load(bytes, 0), most = least;

		for (size_t i = 16; i < size; i += 16) {
			__m512 x = load(bytes, i);

			least = _mm512_min_ps(x, least);
			most = _mm512_max_ps(x, most);
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
	__m512 scale, inverse, low, high;
};

struct sums {
	__m512d error[2], original[2];
};

static inline __m512 clamp(__m512 steps, const struct step *step)
{
	return _mm512_min_ps(_mm512_max_ps(steps, step->low), step->high);
}

/* Sixteen elements. Squares of floats are exact in double, so fusing changes nothing. */
static inline void add_sixteen(__m512 x, const struct step *step, struct sums *sums)
{
	const int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
	__m512 place = clamp(_mm512_mul_ps(x, step->inverse), step);
	__m512 rounded = _mm512_roundscale_ps(place, nearest), e;
	__m512 distance = _mm512_abs_ps(_mm512_sub_ps(place, rounded));
	__m512d wide;

	if (__builtin_expect(
		    _mm512_cmp_ps_mask(distance, _mm512_set1_ps(LOSS_SURE), _CMP_GT_OQ), 0))
		rounded = _mm512_roundscale_ps(clamp(_mm512_div_ps(x, step->scale), step),
					       nearest);
	e = _mm512_sub_ps(_mm512_mul_ps(rounded, step->scale), x);
	wide = _mm512_cvtps_pd(_mm512_castps512_ps256(e));
	sums->error[0] = _mm512_fmadd_pd(wide, wide, sums->error[0]);
	wide = _mm512_cvtps_pd(_mm512_extractf32x8_ps(e, 1));
	sums->error[1] = _mm512_fmadd_pd(wide, wide, sums->error[1]);
	wide = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
	sums->original[0] = _mm512_fmadd_pd(wide, wide, sums->original[0]);
	wide = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
	sums->original[1] = _mm512_fmadd_pd(wide, wide, sums->original[1]);
}

static inline void take_lanes(struct sums *sums, const struct loss_lanes *lanes)
{
	for (size_t k = 0; k < 2; k++) {
		sums->error[k] = _mm512_loadu_pd(lanes->error + 8 * k);
		sums->original[k] = _mm512_loadu_pd(lanes->original + 8 * k);
	}
}

static inline void give_lanes(const struct sums *sums, struct loss_lanes *lanes)
{
	for (size_t k = 0; k < 2; k++) {
		_mm512_storeu_pd(lanes->error + 8 * k, sums->error[k]);
		_mm512_storeu_pd(lanes->original + 8 * k, sums->original[k]);
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
			_mm512_set1_ps(steps->scale[g]), _mm512_set1_ps(steps->inverse[g]),
			_mm512_set1_ps(steps->low[g]), _mm512_set1_ps(steps->high[g])
		};
		size_t end = n - i < size ? n : i + size;

		for (; i + 16 <= end; i += 16)
			add_sixteen(load(bytes, i), &step, &sums);
	}
	give_lanes(&sums, lanes);
	for (size_t k = i; k < n; k++)
		loss_add_one(bytes, k, steps, k / size, k - i, lanes);
}

static void add_each(const uint8_t *bytes, size_t n, const struct loss_steps *steps,
		     struct loss_lanes *lanes)
{
	struct sums sums;
	size_t i = 0;

	take_lanes(&sums, lanes);
	for (; i + 16 <= n; i += 16) {
		const struct step step = {
			_mm512_loadu_ps(steps->scale + i), _mm512_loadu_ps(steps->inverse + i),
			_mm512_loadu_ps(steps->low + i), _mm512_loadu_ps(steps->high + i)
		};

		add_sixteen(load(bytes, i), &step, &sums);
	}
	give_lanes(&sums, lanes);
	loss_add_rest(bytes, i, n, true, steps, lanes);
}

const struct loss_kernels loss_avx512 = { range, range_each, group, add, add_each };
#else
typedef int loss_avx512_is_for_x86;
#endif
