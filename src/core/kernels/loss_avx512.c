#if defined(__x86_64__)
#include <immintrin.h>

#include "core/kernels/loss.h"

struct sixteen {
	__m512 v;
};

struct sixteen_wide {
	__m512d low, high;
};

#define S16(value) ((struct sixteen){ value })
#define INLINE	   static inline __attribute__((always_inline))

/* By absolute values: see _mm512_range_ps. */
#define GREATER_MAGNITUDE 11
#define NEAREST		  (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

INLINE struct sixteen s16_load(const uint8_t *bytes, size_t i)
{
	return S16(_mm512_loadu_ps(bytes + 4 * i));
}

INLINE void s16_store(float *out, struct sixteen x)
{
	_mm512_storeu_ps(out, x.v);
}

INLINE struct sixteen s16_set(float x)
{
	return S16(_mm512_set1_ps(x));
}

#define OPERATION(name)                                                                            \
	INLINE struct sixteen s16_##name(struct sixteen x, struct sixteen y)                       \
	{                                                                                          \
		return S16(_mm512_##name##_ps(x.v, y.v));                                          \
	}

OPERATION(add)
OPERATION(sub)
OPERATION(mul)
OPERATION(div)
OPERATION(min)
OPERATION(max)

INLINE struct sixteen s16_magnitude(struct sixteen x)
{
	return S16(_mm512_abs_ps(x.v));
}

/* The greater of |x| and most, which is not negative. */
INLINE struct sixteen s16_max_magnitude(struct sixteen x, struct sixteen most)
{
	return S16(_mm512_range_ps(x.v, most.v, GREATER_MAGNITUDE));
}

INLINE struct sixteen s16_nearest(struct sixteen x)
{
	return S16(_mm512_roundscale_ps(x.v, NEAREST));
}

/* Which of |x| are above the bound. */
INLINE unsigned s16_beyond(struct sixteen x, struct sixteen bound)
{
	return _mm512_cmp_ps_mask(_mm512_abs_ps(x.v), bound.v, _CMP_GT_OQ);
}

INLINE struct sixteen s16_with_sign(struct sixteen size, struct sixteen x)
{
	const __m512i sign = _mm512_set1_epi32(INT32_MIN);

	return S16(_mm512_castsi512_ps(_mm512_ternarylogic_epi32(
		sign, _mm512_castps_si512(x.v), _mm512_castps_si512(size.v), 0xca)));
}

/* What is not above 0 becomes 1. */
INLINE struct sixteen s16_or_one(struct sixteen x)
{
	__mmask16 above = _mm512_cmp_ps_mask(x.v, _mm512_setzero_ps(), _CMP_GT_OQ);

	return S16(_mm512_mask_blend_ps(above, _mm512_set1_ps(1), x.v));
}

/* See loss.h. */
INLINE struct sixteen s16_lift(struct sixteen x, uint32_t least, uint32_t lift)
{
	__m512i bits = _mm512_and_si512(_mm512_castps_si512(x.v), _mm512_set1_epi32(0x7f800000));

	bits = _mm512_max_epu32(bits, _mm512_set1_epi32((int)least));
	return S16(_mm512_castsi512_ps(_mm512_add_epi32(bits, _mm512_set1_epi32((int)lift))));
}

INLINE __m512 look_up(const float table[LOSS_CELLS], __m512i cell)
{
	return _mm512_permutex2var_ps(_mm512_loadu_ps(table), cell, _mm512_loadu_ps(table + 16));
}

/* Of steps in [-1, 1], whose cells are those of the table. */
INLINE struct sixteen s16_level(const struct loss_rule *rule, struct sixteen steps)
{
	__m512 value = rule->mirrored ? _mm512_abs_ps(steps.v) : steps.v, level;
	__m512 place =
		_mm512_fmadd_ps(value, _mm512_set1_ps(rule->cells), _mm512_set1_ps(rule->origin));
	__m512i cell = _mm512_cvttps_epi32(place);
	__mmask16 above;

	above = _mm512_cmp_ps_mask(value, look_up(rule->edge, cell), _CMP_GT_OQ);
	level = _mm512_mask_blend_ps(above, look_up(rule->below, cell), look_up(rule->above, cell));
	return rule->mirrored ? s16_with_sign(S16(level), steps) : S16(level);
}

/* To four. */
INLINE __m128 s16_fold_least(struct sixteen x)
{
	__m256 half = _mm256_min_ps(_mm512_castps512_ps256(x.v), _mm512_extractf32x8_ps(x.v, 1));

	return _mm_min_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

INLINE __m128 s16_fold_most(struct sixteen x)
{
	__m256 half = _mm256_max_ps(_mm512_castps512_ps256(x.v), _mm512_extractf32x8_ps(x.v, 1));

	return _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

INLINE struct sixteen_wide w16_load(const double lanes[LANES])
{
	return (struct sixteen_wide){ _mm512_loadu_pd(lanes), _mm512_loadu_pd(lanes + 8) };
}

INLINE void w16_store(double lanes[LANES], struct sixteen_wide x)
{
	_mm512_storeu_pd(lanes, x.low);
	_mm512_storeu_pd(lanes + 8, x.high);
}

INLINE struct sixteen_wide w16_from(struct sixteen x)
{
	return (struct sixteen_wide){ _mm512_cvtps_pd(_mm512_castps512_ps256(x.v)),
				      _mm512_cvtps_pd(_mm512_extractf32x8_ps(x.v, 1)) };
}

INLINE struct sixteen w16_narrow(struct sixteen_wide x)
{
	return S16(_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(x.low)),
				      _mm512_cvtpd_ps(x.high), 1));
}

INLINE struct sixteen_wide w16_sub(struct sixteen_wide x, struct sixteen_wide y)
{
	return (struct sixteen_wide){ _mm512_sub_pd(x.low, y.low), _mm512_sub_pd(x.high, y.high) };
}

/* What dividing gives: the quotient by the inverse, corrected by the remainder (P. Markstein,
 * Computation of elementary functions, 1990, theorem 7). */
INLINE __m512d divide_eight(__m512d x, double y)
{
	const __m512d by = _mm512_set1_pd(y), inverse = _mm512_set1_pd(1 / y);
	__m512d quotient = _mm512_mul_pd(x, inverse);

	return _mm512_fmadd_pd(_mm512_fnmadd_pd(quotient, by, x), inverse, quotient);
}

INLINE struct sixteen_wide w16_divide(struct sixteen_wide x, double y)
{
	return (struct sixteen_wide){ divide_eight(x.low, y), divide_eight(x.high, y) };
}

INLINE struct sixteen_wide w16_add_square(struct sixteen_wide sum, struct sixteen_wide x)
{
	return (struct sixteen_wide){ _mm512_add_pd(sum.low, _mm512_mul_pd(x.low, x.low)),
				      _mm512_add_pd(sum.high, _mm512_mul_pd(x.high, x.high)) };
}

/* The tree of squares.h. */
INLINE __m256d w16_fold(struct sixteen_wide x)
{
	__m512d half = _mm512_add_pd(x.low, x.high);

	return _mm256_add_pd(_mm512_castpd512_pd256(half), _mm512_extractf64x4_pd(half, 1));
}

#include "core/kernels/loss_sixteen.inc"

const struct loss_kernels loss_avx512 = { range, range_each, group, add };
#else
typedef int loss_avx512_is_for_x86;
#endif
