#if defined(__x86_64__)
#include "core/kernels/floats.h"

#include <immintrin.h>

#include "core/kernels/floats_lane.h"

/* Eight lanes in two vectors. */
struct sums {
	__m256d d1, d2, d3, d4, absolute;
};

static inline void add_four(struct sums *sums, const uint8_t *bytes, __m256d shift,
			    __m256d magnitude)
{
	__m256d wide = _mm256_cvtps_pd(_mm_loadu_ps((const float *)(const void *)bytes)), d = _mm256_sub_pd(wide, shift);
	__m256d square = _mm256_mul_pd(d, d);

	sums->d1 = _mm256_add_pd(sums->d1, d);
	sums->d2 = _mm256_add_pd(sums->d2, square);
	sums->d3 = _mm256_add_pd(sums->d3, _mm256_mul_pd(square, d));
	sums->d4 = _mm256_add_pd(sums->d4, _mm256_mul_pd(square, square));
	sums->absolute = _mm256_add_pd(sums->absolute, _mm256_and_pd(wide, magnitude));
}

static inline void store_sums(const struct sums *sums, struct float_lanes *lanes, size_t k)
{
	_mm256_storeu_pd(lanes->sums[FLOAT_D1] + k, sums->d1);
	_mm256_storeu_pd(lanes->sums[FLOAT_D2] + k, sums->d2);
	_mm256_storeu_pd(lanes->sums[FLOAT_D3] + k, sums->d3);
	_mm256_storeu_pd(lanes->sums[FLOAT_D4] + k, sums->d4);
	_mm256_storeu_pd(lanes->sums[FLOAT_ABSOLUTE] + k, sums->absolute);
}

static inline void count_eight(const uint8_t *bytes, float_keys *keys)
{
	for (size_t k = 0; k < 8; k += 2) {
		uint64_t pair;

		memcpy(&pair, bytes + 4 * k, sizeof pair);
		(*keys)[(uint16_t)(pair >> 16)][0]++;
		(*keys)[pair >> 48][1]++;
	}
}

static inline __attribute__((always_inline)) void
look_at(const uint8_t *bytes, size_t n, double shift, struct floats_look *look, float_keys *keys)
{
	struct sums even = { .d1 = _mm256_setzero_pd() }, odd = even;
	__m256 least = _mm256_set1_ps(INFINITY), most = _mm256_set1_ps(-INFINITY);
	const __m256d shifts = _mm256_set1_pd(shift),
		      magnitude = _mm256_castsi256_pd(_mm256_set1_epi64x(INT64_MAX));
	struct float_lanes lanes;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m256 x = _mm256_loadu_ps((const float *)(const void *)(bytes + 4 * i));

		_mm_prefetch((const char *)bytes + 4 * i + 2048, _MM_HINT_T0);

		if (keys)
			count_eight(bytes + 4 * i, keys);
		least = _mm256_min_ps(x, least);
		most = _mm256_max_ps(x, most);
		add_four(&even, bytes + 4 * i, shifts, magnitude);
		add_four(&odd, bytes + 4 * i + 16, shifts, magnitude);
	}
	_mm256_storeu_ps(lanes.min, least);
	_mm256_storeu_ps(lanes.max, most);
	store_sums(&even, &lanes, 0);
	store_sums(&odd, &lanes, 4);
	float_lanes_rest(&lanes, bytes, i, n, shift, keys);
	float_lanes_fold(&lanes, look);
}

void floats_look_avx2(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
		      float_keys *keys)
{
	if (keys)
		look_at(bytes, n, shift, look, keys);
	else
		look_at(bytes, n, shift, look, NULL);
}

/* Places of eight elements; which of them are doubtful, a bit each. */
static inline unsigned place_eight(__m256 x, const struct floats_aim *aim, __m256i *place)
{
	__m256 units = _mm256_mul_ps(_mm256_sub_ps(x, _mm256_set1_ps(aim->first)),
				     _mm256_set1_ps(aim->norm));
	__m256i near;

	*place = _mm256_cvttps_epi32(units);
	near = _mm256_and_si256(_mm256_add_epi32(*place, _mm256_set1_epi32((int)aim->slack)),
				_mm256_set1_epi32((int)(0xffff & ~(2 * aim->slack - 1))));
	return (unsigned)_mm256_movemask_ps(
		_mm256_castsi256_ps(_mm256_cmpeq_epi32(near, _mm256_setzero_si256())));
}

static inline void count_bins(uint64_t words4, struct floats_catch *caught, size_t table)
{
	caught->bins[table][(uint8_t)words4]++;
	caught->bins[table + 1][(uint8_t)(words4 >> 16)]++;
	caught->bins[table + 2][(uint8_t)(words4 >> 32)]++;
	caught->bins[table + 3][(uint8_t)(words4 >> 48)]++;
}

static inline size_t keep(uint32_t *out, size_t n, unsigned mask, const uint8_t *bytes)
{
	for (; mask; mask &= mask - 1)
		out[n++] = float_bits(bytes + 4 * (size_t)__builtin_ctz(mask));
	return n;
}

/* The leading halves of sixteen elements, in their order. */
static inline __m256i leading(__m256i a, __m256i b)
{
	__m256i mixed = _mm256_packus_epi32(_mm256_srli_epi32(a, 16), _mm256_srli_epi32(b, 16));

	return _mm256_permute4x64_epi64(mixed, 0xd8);
}

/* A bit for each of sixteen keys that is wanted. */
static inline unsigned find_wanted(__m256i keys, const struct floats_aim *aim)
{
	__m256i found = _mm256_setzero_si256();

	for (size_t w = 0; w < aim->n_wanted; w++)
		found = _mm256_or_si256(
			found, _mm256_cmpeq_epi16(keys, _mm256_set1_epi16((short)aim->wanted[w])));
	if (_mm256_testz_si256(found, found))
		return 0;
	return (unsigned)_mm_movemask_epi8(
		_mm_packs_epi16(_mm256_castsi256_si128(found), _mm256_extracti128_si256(found, 1)));
}

void floats_catch_avx2(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
		       struct floats_catch *caught)
{
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		const uint8_t *at = bytes + 4 * i;
		__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)at), places[2], bins;
		__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
		unsigned wanted = find_wanted(leading(a, b), aim);
		unsigned doubtful = place_eight(_mm256_castsi256_ps(a), aim, &places[0]);

		doubtful |= place_eight(_mm256_castsi256_ps(b), aim, &places[1]) << 8;
		bins = leading(places[0], places[1]);
		count_bins((uint64_t)_mm256_extract_epi64(bins, 0), caught, 0);
		count_bins((uint64_t)_mm256_extract_epi64(bins, 1), caught, 4);
		count_bins((uint64_t)_mm256_extract_epi64(bins, 2), caught, 0);
		count_bins((uint64_t)_mm256_extract_epi64(bins, 3), caught, 4);
		if (doubtful)
			caught->n_doubtful =
				keep(caught->doubtful, caught->n_doubtful, doubtful, at);
		if (wanted)
			caught->n_wanted = keep(caught->wanted, caught->n_wanted, wanted, at);
	}
	float_catch_rest(caught, bytes, i, n, aim);
}
#else
typedef int floats_avx2_is_for_x86;
#endif
