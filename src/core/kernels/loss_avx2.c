#if defined(__x86_64__)
#include <immintrin.h>

#include "core/kernels/loss.h"

struct sixteen {
	__m256 a, b;
};

struct sixteen_wide {
	__m256d v[4];
};

#define INLINE static inline __attribute__((always_inline))

#define NEAREST (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

INLINE struct sixteen s16_load(const uint8_t *bytes, size_t i)
{
	const float *at = (const float *)(const void *)(bytes + 4 * i);

	return (struct sixteen){ _mm256_loadu_ps(at), _mm256_loadu_ps(at + 8) };
}

INLINE void s16_store(float *out, struct sixteen x)
{
	_mm256_storeu_ps(out, x.a);
	_mm256_storeu_ps(out + 8, x.b);
}

INLINE struct sixteen s16_set(float x)
{
	return (struct sixteen){ _mm256_set1_ps(x), _mm256_set1_ps(x) };
}

#define OPERATION(name)                                                                            \
	INLINE struct sixteen s16_##name(struct sixteen x, struct sixteen y)                       \
	{                                                                                          \
		return (struct sixteen){ _mm256_##name##_ps(x.a, y.a),                             \
					 _mm256_##name##_ps(x.b, y.b) };                           \
	}

OPERATION(add)
OPERATION(sub)
OPERATION(mul)
OPERATION(div)
OPERATION(min)
OPERATION(max)
OPERATION(and)
OPERATION(or)

INLINE struct sixteen s16_magnitude(struct sixteen x)
{
	return (struct sixteen){ _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x.a),
				 _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x.b) };
}

/* The greater of |x| and most, which is not negative. */
INLINE struct sixteen s16_max_magnitude(struct sixteen x, struct sixteen most)
{
	return s16_max(s16_magnitude(x), most);
}

INLINE struct sixteen s16_nearest(struct sixteen x)
{
	return (struct sixteen){ _mm256_round_ps(x.a, NEAREST), _mm256_round_ps(x.b, NEAREST) };
}

/* Whether any |x| is above its bound. */
INLINE unsigned s16_beyond(struct sixteen x, struct sixteen bound)
{
	struct sixteen size = s16_magnitude(x);

	return (unsigned)_mm256_movemask_ps(
		_mm256_or_ps(_mm256_cmp_ps(size.a, bound.a, _CMP_GT_OQ),
			     _mm256_cmp_ps(size.b, bound.b, _CMP_GT_OQ)));
}

INLINE struct sixteen s16_with_sign(struct sixteen size, struct sixteen x)
{
	return s16_or(size, s16_and(x, s16_set(-0.0f)));
}

/* What is not above 0 becomes 1. */
INLINE struct sixteen s16_or_one(struct sixteen x)
{
	const __m256 one = _mm256_set1_ps(1), zero = _mm256_setzero_ps();

	return (struct sixteen){ _mm256_blendv_ps(one, x.a, _mm256_cmp_ps(x.a, zero, _CMP_GT_OQ)),
				 _mm256_blendv_ps(one, x.b, _mm256_cmp_ps(x.b, zero, _CMP_GT_OQ)) };
}

INLINE __m256 lift_eight(__m256 x, uint32_t least, uint32_t lift)
{
	__m256i bits = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7f800000));

	bits = _mm256_max_epu32(bits, _mm256_set1_epi32((int)least));
	return _mm256_castsi256_ps(_mm256_add_epi32(bits, _mm256_set1_epi32((int)lift)));
}

/* See loss.h. */
INLINE struct sixteen s16_lift(struct sixteen x, uint32_t least, uint32_t lift)
{
	return (struct sixteen){ lift_eight(x.a, least, lift), lift_eight(x.b, least, lift) };
}

/* One of four by two conditions. */
INLINE __m256 pick(const float *four, __m256 high, __m256 low)
{
	__m256 even = _mm256_blendv_ps(_mm256_set1_ps(four[0]), _mm256_set1_ps(four[2]), high);
	__m256 odd = _mm256_blendv_ps(_mm256_set1_ps(four[1]), _mm256_set1_ps(four[3]), high);

	return _mm256_blendv_ps(even, odd, low);
}

INLINE __m256i bit_of(__m256 condition, int bit)
{
	return _mm256_and_si256(_mm256_castps_si256(condition), _mm256_set1_epi32(bit));
}

/* Down the tree; the last edge and the levels beside it by permutations. */
INLINE __m256 level_of_eight(const struct loss_rule *rule, __m256 value)
{
	const float *tree = rule->tree;
	__m256 first = _mm256_cmp_ps(value, _mm256_set1_ps(tree[1]), _CMP_GT_OQ), second, third;
	__m256i k;

	second = _mm256_blendv_ps(_mm256_set1_ps(tree[2]), _mm256_set1_ps(tree[3]), first);
	second = _mm256_cmp_ps(value, second, _CMP_GT_OQ);
	third = _mm256_cmp_ps(value, pick(tree + 4, first, second), _CMP_GT_OQ);
	k = _mm256_or_si256(_mm256_or_si256(bit_of(first, 4), bit_of(second, 2)), bit_of(third, 1));
	first = _mm256_permutevar8x32_ps(_mm256_loadu_ps(tree + 8), k);
	return _mm256_blendv_ps(_mm256_permutevar8x32_ps(_mm256_loadu_ps(rule->even), k),
				_mm256_permutevar8x32_ps(_mm256_loadu_ps(rule->odd), k),
				_mm256_cmp_ps(value, first, _CMP_GT_OQ));
}

INLINE struct sixteen s16_level(const struct loss_rule *rule, struct sixteen steps)
{
	struct sixteen value = rule->mirrored ? s16_magnitude(steps) : steps;
	struct sixteen level = { level_of_eight(rule, value.a), level_of_eight(rule, value.b) };

	return rule->mirrored ? s16_with_sign(level, steps) : level;
}

/* To four. */
INLINE __m128 s16_fold_least(struct sixteen x)
{
	__m256 half = _mm256_min_ps(x.a, x.b);

	return _mm_min_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

INLINE __m128 s16_fold_most(struct sixteen x)
{
	__m256 half = _mm256_max_ps(x.a, x.b);

	return _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

INLINE struct sixteen_wide w16_load(const double lanes[LANES])
{
	struct sixteen_wide x;

	for (size_t k = 0; k < 4; k++)
		x.v[k] = _mm256_loadu_pd(lanes + 4 * k);
	return x;
}

INLINE void w16_store(double lanes[LANES], struct sixteen_wide x)
{
	for (size_t k = 0; k < 4; k++)
		_mm256_storeu_pd(lanes + 4 * k, x.v[k]);
}

INLINE struct sixteen_wide w16_from(struct sixteen x)
{
	return (struct sixteen_wide){ { _mm256_cvtps_pd(_mm256_castps256_ps128(x.a)),
					_mm256_cvtps_pd(_mm256_extractf128_ps(x.a, 1)),
					_mm256_cvtps_pd(_mm256_castps256_ps128(x.b)),
					_mm256_cvtps_pd(_mm256_extractf128_ps(x.b, 1)) } };
}

INLINE struct sixteen w16_narrow(struct sixteen_wide x)
{
	return (struct sixteen){ _mm256_set_m128(_mm256_cvtpd_ps(x.v[1]), _mm256_cvtpd_ps(x.v[0])),
				 _mm256_set_m128(_mm256_cvtpd_ps(x.v[3]),
						 _mm256_cvtpd_ps(x.v[2])) };
}

INLINE struct sixteen_wide w16_sub(struct sixteen_wide x, struct sixteen_wide y)
{
	for (size_t k = 0; k < 4; k++)
		x.v[k] = _mm256_sub_pd(x.v[k], y.v[k]);
	return x;
}

INLINE struct sixteen_wide w16_divide(struct sixteen_wide x, double y)
{
	for (size_t k = 0; k < 4; k++)
		x.v[k] = _mm256_div_pd(x.v[k], _mm256_set1_pd(y));
	return x;
}

INLINE struct sixteen_wide w16_add_square(struct sixteen_wide sum, struct sixteen_wide x)
{
	for (size_t k = 0; k < 4; k++)
		sum.v[k] = _mm256_add_pd(sum.v[k], _mm256_mul_pd(x.v[k], x.v[k]));
	return sum;
}

/* The tree of squares.h. */
INLINE __m256d w16_fold(struct sixteen_wide x)
{
	return _mm256_add_pd(_mm256_add_pd(x.v[0], x.v[2]), _mm256_add_pd(x.v[1], x.v[3]));
}

#include "core/kernels/loss_sixteen.inc"

const struct loss_kernels loss_avx2 = { range, range_each, group, add };
#else
typedef int loss_avx2_is_for_x86;
#endif
