#if defined(__x86_64__)
#include "core/kernels/loss.h"

#include <immintrin.h>

#include "core/kernels/loss_lane.h"

/* Bytes ahead of the loop that it asks for. */
#define AHEAD 2048

/* The same for sums, which wait for arithmetic: the block after this one. */
#define NEXT (4 * BLOCK)

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

#define NEAREST (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

/* The whole steps of eight elements. */
static inline __m256 round_integers(__m256 x, const struct step *step)
{
	const __m256 sign = _mm256_set1_ps(-0.0f), sure = _mm256_set1_ps(LOSS_SURE);
	__m256 place = clamp(_mm256_mul_ps(x, step->inverse), step);
	__m256 rounded = _mm256_round_ps(place, NEAREST);
	__m256 distance = _mm256_andnot_ps(sign, _mm256_sub_ps(place, rounded));

	if (__builtin_expect(_mm256_movemask_ps(_mm256_cmp_ps(distance, sure, _CMP_GT_OQ)), 0))
		return _mm256_round_ps(clamp(_mm256_div_ps(x, step->scale), step), NEAREST);
	return rounded;
}

static inline __m256 size_of(__m256 x)
{
	return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

static inline __m256 with_sign_of(__m256 size, __m256 x)
{
	return _mm256_or_ps(size, _mm256_and_ps(x, _mm256_set1_ps(-0.0f)));
}

static inline __m256 round_floats(const struct loss_rule *rule, __m256 steps)
{
	const __m256i exponents = _mm256_set1_epi32(0x7f800000);
	__m256 size = _mm256_min_ps(size_of(steps), _mm256_set1_ps(rule->most)), lift;
	__m256i bits = _mm256_and_si256(_mm256_castps_si256(size), exponents);

	bits = _mm256_max_epu32(bits, _mm256_set1_epi32((int)rule->least_bits));
	lift = _mm256_castsi256_ps(_mm256_add_epi32(bits, _mm256_set1_epi32((int)rule->lift)));
	return with_sign_of(_mm256_sub_ps(_mm256_add_ps(size, lift), lift), steps);
}

static inline __m256 round_levels(const struct loss_rule *rule, __m256 steps)
{
	__m256 value = rule->mirrored ? size_of(steps) : steps, above, level;
	__m256 place = _mm256_add_ps(_mm256_mul_ps(value, _mm256_set1_ps(rule->cells)),
				     _mm256_set1_ps(rule->origin));
	__m256i cell = _mm256_cvttps_epi32(place);

	cell = _mm256_max_epi32(cell, _mm256_setzero_si256());
	cell = _mm256_min_epi32(cell, _mm256_set1_epi32(LOSS_CELLS - 1));
	above = _mm256_cmp_ps(value, _mm256_i32gather_ps(rule->edge, cell, 4), _CMP_GT_OQ);
	level = _mm256_blendv_ps(_mm256_i32gather_ps(rule->below, cell, 4),
				 _mm256_i32gather_ps(rule->above, cell, 4), above);
	return rule->mirrored ? with_sign_of(level, steps) : level;
}

static inline __m256d wide_half(__m256 x, size_t half)
{
	return _mm256_cvtps_pd(half ? _mm256_extractf128_ps(x, 1) : _mm256_castps256_ps128(x));
}

/* Eight elements, for lanes 4 * k to 4 * k + 7. */
static inline __attribute__((always_inline)) void
add_eight(const struct loss_rule *rule, enum loss_kind kind, __m256 x, const struct step *step,
	  size_t k, struct sums *sums)
{
	__m256 rounded = kind == LOSS_INTEGERS ? round_integers(x, step) :
			 kind == LOSS_FLOATS   ? round_floats(rule, _mm256_div_ps(x, step->scale)) :
					round_levels(rule, _mm256_mul_ps(x, step->inverse));
	__m256 restored = _mm256_mul_ps(rounded, step->scale), exact = _mm256_sub_ps(restored, x);

	for (size_t half = 0; half < 2; half++) {
		__m256d *error = &sums->error[k + half], *original = &sums->original[k + half];
		__m256d wide = wide_half(x, half), e = wide_half(exact, half);

		if (kind != LOSS_INTEGERS)
			e = _mm256_sub_pd(wide_half(restored, half), wide);
		*error = _mm256_add_pd(*error, _mm256_mul_pd(e, e));
		*original = _mm256_add_pd(*original, _mm256_mul_pd(wide, wide));
	}
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

static inline __attribute__((always_inline)) void
add_kind(const struct loss_rule *rule, enum loss_kind kind, const uint8_t *bytes, size_t n,
	 size_t size, const struct loss_steps *steps, struct loss_lanes *lanes)
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
			_mm_prefetch((const char *)bytes + 4 * i + NEXT, _MM_HINT_T1);
			add_eight(rule, kind, load(bytes, i), &step, 0, &sums);
			add_eight(rule, kind, load(bytes, i + 8), &step, 2, &sums);
		}
	}
	give_lanes(&sums, lanes);
	loss_add_rest(rule, bytes, i, n, size, steps, lanes);
}

static void add(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		const struct loss_steps *steps, struct loss_lanes *lanes)
{
	if (rule->kind == LOSS_INTEGERS)
		add_kind(rule, LOSS_INTEGERS, bytes, n, size, steps, lanes);
	else if (rule->kind == LOSS_FLOATS)
		add_kind(rule, LOSS_FLOATS, bytes, n, size, steps, lanes);
	else
		add_kind(rule, LOSS_LEVELS, bytes, n, size, steps, lanes);
}

static inline struct step step_of(const struct loss_steps *steps, size_t i)
{
	return (struct step){ _mm256_loadu_ps(steps->scale + i), _mm256_loadu_ps(steps->inverse + i),
			      _mm256_loadu_ps(steps->low + i), _mm256_loadu_ps(steps->high + i) };
}

static inline __attribute__((always_inline)) void
add_each_kind(const struct loss_rule *rule, enum loss_kind kind, const uint8_t *bytes, size_t n,
	      const struct loss_steps *steps, struct loss_lanes *lanes)
{
	struct sums sums;
	size_t i = 0;

	take_lanes(&sums, lanes);
	for (; i + 16 <= n; i += 16) {
		const struct step first = step_of(steps, i), second = step_of(steps, i + 8);

		add_eight(rule, kind, load(bytes, i), &first, 0, &sums);
		add_eight(rule, kind, load(bytes, i + 8), &second, 2, &sums);
	}
	give_lanes(&sums, lanes);
	loss_add_rest(rule, bytes, i, n, 1, steps, lanes);
}

static void add_each(const struct loss_rule *rule, const uint8_t *bytes, size_t n,
		     const struct loss_steps *steps, struct loss_lanes *lanes)
{
	if (rule->kind == LOSS_INTEGERS)
		add_each_kind(rule, LOSS_INTEGERS, bytes, n, steps, lanes);
	else if (rule->kind == LOSS_FLOATS)
		add_each_kind(rule, LOSS_FLOATS, bytes, n, steps, lanes);
	else
		add_each_kind(rule, LOSS_LEVELS, bytes, n, steps, lanes);
}

const struct loss_kernels loss_avx2 = { range, range_each, group, add, add_each };
#else
typedef int loss_avx2_is_for_x86;
#endif
