#if defined(__x86_64__)
#include "core/kernels/loss.h"

#include <immintrin.h>

#include "core/kernels/loss_lane.h"

/* Bytes ahead of the loop that it asks for. */
#define AHEAD 2048

/* The same for sums, which wait for arithmetic: the block after this one. */
#define NEXT (4 * BLOCK)

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

#define NEAREST (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

/* The whole steps of sixteen elements. */
static inline __m512 round_integers(__m512 x, const struct step *step)
{
	__m512 place = clamp(_mm512_mul_ps(x, step->inverse), step);
	__m512 rounded = _mm512_roundscale_ps(place, NEAREST);
	__m512 distance = _mm512_abs_ps(_mm512_sub_ps(place, rounded));

	if (__builtin_expect(
		    _mm512_cmp_ps_mask(distance, _mm512_set1_ps(LOSS_SURE), _CMP_GT_OQ), 0))
		return _mm512_roundscale_ps(clamp(_mm512_div_ps(x, step->scale), step), NEAREST);
	return rounded;
}

static inline __m512 with_sign_of(__m512 size, __m512 x)
{
	return _mm512_or_ps(size, _mm512_and_ps(x, _mm512_set1_ps(-0.0f)));
}

static inline __m512 round_floats(const struct loss_rule *rule, __m512 steps)
{
	const __m512i exponents = _mm512_set1_epi32(0x7f800000);
	__m512 size = _mm512_min_ps(_mm512_abs_ps(steps), _mm512_set1_ps(rule->most)), lift;
	__m512i bits = _mm512_and_si512(_mm512_castps_si512(size), exponents);

	bits = _mm512_max_epu32(bits, _mm512_set1_epi32((int)rule->least_bits));
	lift = _mm512_castsi512_ps(_mm512_add_epi32(bits, _mm512_set1_epi32((int)rule->lift)));
	return with_sign_of(_mm512_sub_ps(_mm512_add_ps(size, lift), lift), steps);
}

static inline __m512 look_up(const float table[LOSS_CELLS], __m512i cell)
{
	return _mm512_permutex2var_ps(_mm512_loadu_ps(table), cell, _mm512_loadu_ps(table + 16));
}

static inline __m512 round_levels(const struct loss_rule *rule, __m512 steps)
{
	__m512 value = rule->mirrored ? _mm512_abs_ps(steps) : steps, level;
	__m512 place = _mm512_fmadd_ps(value, _mm512_set1_ps(rule->cells),
				       _mm512_set1_ps(rule->origin));
	__m512i cell = _mm512_cvttps_epi32(place);
	__mmask16 above;

	cell = _mm512_max_epi32(cell, _mm512_setzero_si512());
	cell = _mm512_min_epi32(cell, _mm512_set1_epi32(LOSS_CELLS - 1));
	above = _mm512_cmp_ps_mask(value, look_up(rule->edge, cell), _CMP_GT_OQ);
	level = _mm512_mask_blend_ps(above, look_up(rule->below, cell),
				     look_up(rule->above, cell));
	return rule->mirrored ? with_sign_of(level, steps) : level;
}

static inline __m512d wide_half(__m512 x, size_t half)
{
	return _mm512_cvtps_pd(half ? _mm512_extractf32x8_ps(x, 1) : _mm512_castps512_ps256(x));
}

/* Squares of floats are exact in double, so fusing changes nothing; those of differences are not. */
static inline __attribute__((always_inline)) void
add_sixteen(const struct loss_rule *rule, enum loss_kind kind, __m512 x, const struct step *step,
	    struct sums *sums)
{
	__m512 rounded = kind == LOSS_INTEGERS ? round_integers(x, step) :
			 kind == LOSS_FLOATS   ? round_floats(rule, _mm512_div_ps(x, step->scale)) :
					round_levels(rule, _mm512_mul_ps(x, step->inverse));
	__m512 restored = _mm512_mul_ps(rounded, step->scale), exact = _mm512_sub_ps(restored, x);

	for (size_t half = 0; half < 2; half++) {
		__m512d wide = wide_half(x, half), e = wide_half(exact, half);

		if (kind == LOSS_INTEGERS) {
			sums->error[half] = _mm512_fmadd_pd(e, e, sums->error[half]);
		} else {
			e = _mm512_sub_pd(wide_half(restored, half), wide);
			sums->error[half] = _mm512_add_pd(sums->error[half], _mm512_mul_pd(e, e));
		}
		sums->original[half] = _mm512_fmadd_pd(wide, wide, sums->original[half]);
	}
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

static inline __attribute__((always_inline)) void
add_kind(const struct loss_rule *rule, enum loss_kind kind, const uint8_t *bytes, size_t n,
	 size_t size, const struct loss_steps *steps, struct loss_lanes *lanes)
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

		for (; i + 16 <= end; i += 16) {
			_mm_prefetch((const char *)bytes + 4 * i + NEXT, _MM_HINT_T1);
			add_sixteen(rule, kind, load(bytes, i), &step, &sums);
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

static inline __attribute__((always_inline)) void
add_each_kind(const struct loss_rule *rule, enum loss_kind kind, const uint8_t *bytes, size_t n,
	      const struct loss_steps *steps, struct loss_lanes *lanes)
{
	struct sums sums;
	size_t i = 0;

	take_lanes(&sums, lanes);
	for (; i + 16 <= n; i += 16) {
		const struct step step = {
			_mm512_loadu_ps(steps->scale + i), _mm512_loadu_ps(steps->inverse + i),
			_mm512_loadu_ps(steps->low + i), _mm512_loadu_ps(steps->high + i)
		};

		add_sixteen(rule, kind, load(bytes, i), &step, &sums);
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

const struct loss_kernels loss_avx512 = { range, range_each, group, add, add_each };
#else
typedef int loss_avx512_is_for_x86;
#endif
