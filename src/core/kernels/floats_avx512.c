#if defined(__x86_64__)
#include "core/kernels/floats.h"

#include <immintrin.h>

#include "core/kernels/floats_lane.h"

struct sums {
	__m512d d1, d2, d3, d4, absolute;
};

/* The same sum, where adders are the bottleneck and multipliers are not. */
static inline __m512d add_on_multiplier(__m512d sum, __m512d x)
{
	return _mm512_fmadd_pd(x, _mm512_set1_pd(1), sum);
}

static inline void add_eight(struct sums *sums, __m256 x, __m512d shift)
{
	__m512d wide = _mm512_cvtps_pd(x), d = _mm512_sub_pd(wide, shift);
	__m512d square = _mm512_mul_pd(d, d);

	sums->d1 = add_on_multiplier(sums->d1, d);
	sums->d2 = _mm512_add_pd(sums->d2, square);
	sums->d3 = _mm512_add_pd(sums->d3, _mm512_mul_pd(square, d));
	sums->d4 = _mm512_add_pd(sums->d4, _mm512_mul_pd(square, square));
	sums->absolute = add_on_multiplier(sums->absolute, _mm512_abs_pd(wide));
}

/* From memory again: cheaper than to take a vector apart. */
static inline void count_sixteen(const uint8_t *bytes, float_keys *keys)
{
	for (size_t k = 0; k < 16; k += 2) {
		uint64_t pair;

		memcpy(&pair, bytes + 4 * k, sizeof pair);
		(*keys)[(uint16_t)(pair >> 16)][0]++;
		(*keys)[pair >> 48][1]++;
	}
}

static inline __attribute__((always_inline)) void
look_at(const uint8_t *bytes, size_t n, double shift, struct floats_look *look, float_keys *keys)
{
	struct sums sums = { .d1 = _mm512_setzero_pd() };
	__m512 least = _mm512_set1_ps(INFINITY), most = _mm512_set1_ps(-INFINITY);
	const __m512d shifts = _mm512_set1_pd(shift);
	struct float_lanes lanes;
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		__m512 x = _mm512_loadu_ps(bytes + 4 * i);

		_mm_prefetch((const char *)bytes + 4 * i + 2048, _MM_HINT_T0);

		if (keys)
			count_sixteen(bytes + 4 * i, keys);
		least = _mm512_min_ps(x, least);
		most = _mm512_max_ps(x, most);
		add_eight(&sums, _mm512_castps512_ps256(x), shifts);
		add_eight(&sums, _mm512_extractf32x8_ps(x, 1), shifts);
	}
	_mm256_storeu_ps(lanes.min, _mm256_min_ps(_mm512_castps512_ps256(least),
						  _mm512_extractf32x8_ps(least, 1)));
	_mm256_storeu_ps(lanes.max, _mm256_max_ps(_mm512_castps512_ps256(most),
						  _mm512_extractf32x8_ps(most, 1)));
	_mm512_storeu_pd(lanes.sums[FLOAT_D1], sums.d1);
	_mm512_storeu_pd(lanes.sums[FLOAT_D2], sums.d2);
	_mm512_storeu_pd(lanes.sums[FLOAT_D3], sums.d3);
	_mm512_storeu_pd(lanes.sums[FLOAT_D4], sums.d4);
	_mm512_storeu_pd(lanes.sums[FLOAT_ABSOLUTE], sums.absolute);
	float_lanes_rest(&lanes, bytes, i, n, shift, keys);
	float_lanes_fold(&lanes, look);
}

void floats_look_avx512(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
			float_keys *keys)
{
	if (keys)
		look_at(bytes, n, shift, look, keys);
	else
		look_at(bytes, n, shift, look, NULL);
}

static inline void count_bins(uint64_t bins8, struct floats_catch *caught)
{
	caught->bins[0][(uint8_t)bins8]++;
	caught->bins[1][(uint8_t)(bins8 >> 8)]++;
	caught->bins[2][(uint8_t)(bins8 >> 16)]++;
	caught->bins[3][(uint8_t)(bins8 >> 24)]++;
	caught->bins[4][(uint8_t)(bins8 >> 32)]++;
	caught->bins[5][(uint8_t)(bins8 >> 40)]++;
	caught->bins[6][(uint8_t)(bins8 >> 48)]++;
	caught->bins[7][bins8 >> 56]++;
}

static inline size_t keep(uint32_t *out, size_t n, __mmask16 mask, __m512i bits)
{
	_mm512_storeu_si512(out + n, _mm512_maskz_compress_epi32(mask, bits));
	return n + (size_t)__builtin_popcount(mask);
}

struct aim {
	__m512 first, norm;
	__m512i slack, doubt;
};

static inline void place_sixteen(__m512 x, const struct aim *aim, struct floats_catch *caught)
{
	__m512 units = _mm512_mul_ps(_mm512_sub_ps(x, aim->first), aim->norm);
	__m512i place = _mm512_cvttps_epi32(units);
	__m128i bins = _mm512_cvtepi32_epi8(_mm512_srli_epi32(place, 16));
	__mmask16 doubtful =
		_mm512_testn_epi32_mask(_mm512_add_epi32(place, aim->slack), aim->doubt);

	count_bins((uint64_t)_mm_cvtsi128_si64(bins), caught);
	count_bins((uint64_t)_mm_extract_epi64(bins, 1), caught);
	if (__builtin_expect(doubtful, 0))
		caught->n_doubtful = keep(caught->doubtful, caught->n_doubtful, doubtful,
					  _mm512_castps_si512(x));
}

void floats_catch_avx512(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
			 struct floats_catch *caught)
{
	static const uint16_t odd_words[32] = { 1,  3,	5,  7,	9,  11, 13, 15, 17, 19, 21,
						23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43,
						45, 47, 49, 51, 53, 55, 57, 59, 61, 63 };
	const struct aim wide = { _mm512_set1_ps(aim->first), _mm512_set1_ps(aim->norm),
				  _mm512_set1_epi32((int)aim->slack),
				  _mm512_set1_epi32((int)(0xffff & ~(2 * aim->slack - 1))) };
	const __m512i tops = _mm512_loadu_si512(odd_words), slots = _mm512_loadu_si512(aim->slots);
	const __m512i multiplier = _mm512_set1_epi16((short)aim->multiplier);
	size_t i = 0;

	for (; i + 32 <= n; i += 32) {
		__m512i a = _mm512_loadu_si512(bytes + 4 * i);
		__m512i b = _mm512_loadu_si512(bytes + 4 * i + 64);
		__m512i key = _mm512_permutex2var_epi16(a, tops, b);
		__m512i slot = _mm512_srli_epi16(_mm512_mullo_epi16(key, multiplier), 11);
		__mmask32 wanted =
			_mm512_cmpeq_epi16_mask(_mm512_permutexvar_epi16(slot, slots), key);

		place_sixteen(_mm512_castsi512_ps(a), &wide, caught);
		place_sixteen(_mm512_castsi512_ps(b), &wide, caught);
		if (wanted) {
			caught->n_wanted =
				keep(caught->wanted, caught->n_wanted, (__mmask16)wanted, a);
			caught->n_wanted = keep(caught->wanted, caught->n_wanted,
						(__mmask16)(wanted >> 16), b);
		}
	}
	float_catch_rest(caught, bytes, i, n, aim);
}
#else
typedef int floats_avx512_is_for_x86;
#endif
