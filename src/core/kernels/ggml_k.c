/*
 * The K formats: 256 elements in groups of 16 or 32. Each group finds its scale (and minimum) by
 * itself; the scales are then quantized against the largest of them, and the elements once more
 * with the scales as they are stored. A group whose stored scale is 0 keeps the codes it found
 * first: they mean nothing.
 */
#include "core/kernels/ggml.h"

#include <math.h>
#include <string.h>

#define ELEMENTS 256

static float greatest(const float *values, size_t n)
{
	float max = 0;

	for (size_t i = 0; i < n; i++)
		max = values[i] > max ? values[i] : max;
	return max;
}

/* Codes anew for x = q d - m. */
static void requantize(const float *values, size_t n, float d, float m, int top, uint8_t *codes)
{
	if (d == 0)
		return;
	for (size_t i = 0; i < n; i++)
		codes[i] = ggml_clamp(ggml_near((values[i] + m) / d), top);
}

/* The same for x = (q - centre) d. */
static void recentre(const float *values, size_t n, float d, int centre, uint8_t *codes)
{
	if (d == 0)
		return;
	for (size_t i = 0; i < n; i++)
		codes[i] = ggml_clamp(ggml_near(values[i] / d) + centre, 2 * centre - 1);
}

/* Two bits of elements l, l + 32, l + 64, l + 96 of each half in a byte. */
static void put_pairs(uint8_t *bytes, const uint8_t *codes)
{
	for (size_t half = 0; half < ELEMENTS; half += 128)
		for (size_t l = 0; l < 32; l++) {
			const uint8_t *q = codes + half + l;

			bytes[half / 4 + l] = (uint8_t)((q[0] & 3) | (q[32] & 3) << 2 |
							(q[64] & 3) << 4 | (q[96] & 3) << 6);
		}
}

static unsigned get_pair(const uint8_t *bytes, size_t i)
{
	return bytes[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
}

/* A nibble of elements l and l + 32 of each quarter in a byte. */
static void put_nibbles(uint8_t *bytes, const uint8_t *codes)
{
	for (size_t quarter = 0; quarter < ELEMENTS; quarter += 64)
		for (size_t l = 0; l < 32; l++)
			bytes[quarter / 2 + l] = (uint8_t)((codes[quarter + l] & 15) |
							   (codes[quarter + l + 32] & 15) << 4);
}

static unsigned get_nibble(const uint8_t *bytes, size_t i)
{
	return bytes[i / 64 * 32 + i % 32] >> (i % 64 / 32 * 4) & 15;
}

static void tell(uint16_t *told, size_t i, unsigned code)
{
	if (told)
		told[i] = (uint16_t)code;
}

void ggml_encode_q2_k(const float *values, uint8_t *block)
{
	static const struct ggml_search search = { 3, -0.5f, 0.1f, 15, 1 };
	float weights[16], scales[16], minima[16], max_scale, max_minimum, d, m;
	uint8_t codes[ELEMENTS], *pairs = block + 16, *halves = block + 80;

	for (size_t g = 0; g < 16; g++) {
		const float *x = values + 16 * g;

		for (size_t i = 0; i < 16; i++)
			weights[i] = fabsf(x[i]);
		scales[g] = ggml_fit_affine(&search, x, weights, 16, codes + 16 * g, &minima[g]);
	}
	max_scale = greatest(scales, 16);
	max_minimum = greatest(minima, 16);
	memset(block, 0, 16);
	for (size_t g = 0; g < 16; g++) {
		if (max_scale > 0)
			block[g] = ggml_clamp(ggml_near(15 / max_scale * scales[g]), 15);
		if (max_minimum > 0)
			block[g] |= (uint8_t)(ggml_clamp(ggml_near(15 / max_minimum * minima[g]), 15)
					      << 4);
	}
	ggml_put_half(halves, max_scale / 15);
	ggml_put_half(halves + 2, max_minimum / 15);
	d = ggml_get_half(halves);
	m = ggml_get_half(halves + 2);
	for (size_t g = 0; g < 16; g++)
		requantize(values + 16 * g, 16, d * (float)(block[g] & 15),
			   m * (float)(block[g] >> 4), 3, codes + 16 * g);
	put_pairs(pairs, codes);
}

void ggml_decode_q2_k(const uint8_t *block, float *values, uint16_t *told)
{
	float d = ggml_get_half(block + 80), m = ggml_get_half(block + 82);

	for (size_t i = 0; i < ELEMENTS; i++) {
		unsigned code = get_pair(block + 16, i);

		values[i] = d * (float)(block[i / 16] & 15) * (float)code -
			    m * (float)(block[i / 16] >> 4);
		tell(told, i, code);
	}
}

/* Six bits of 16 scales in 12 bytes: nibbles first, then the upper pairs. */
static void put_q3_scale(uint8_t *bytes, size_t g, unsigned scale)
{
	bytes[g % 8] |= (uint8_t)((scale & 15) << (g / 8 * 4));
	bytes[8 + g % 4] |= (uint8_t)((scale >> 4) << (g / 4 * 2));
}

static int get_q3_scale(const uint8_t *bytes, size_t g)
{
	unsigned low = bytes[g % 8] >> (g / 8 * 4) & 15, high = bytes[8 + g % 4] >> (g / 4 * 2) & 3;

	return (int)(low | high << 4) - 32;
}

void ggml_encode_q3_k(const float *values, uint8_t *block)
{
	uint8_t codes[ELEMENTS], *scales_at = block + 96, *half = block + 108;
	float scales[16], max, per_scale;

	for (size_t g = 0; g < 16; g++)
		scales[g] = ggml_fit_refined(values + 16 * g, 16, 4, codes + 16 * g);
	max = ggml_peak(scales, 16);
	per_scale = max != 0 ? -32 / max : 0;
	memset(scales_at, 0, 12);
	for (size_t g = 0; g < 16 && max != 0; g++)
		put_q3_scale(scales_at, g, ggml_clamp(ggml_near(per_scale * scales[g]) + 32, 63));
	ggml_put_half(half, max != 0 ? 1 / per_scale : 0);
	for (size_t g = 0; g < 16; g++)
		recentre(values + 16 * g, 16, ggml_get_half(half) * (float)get_q3_scale(scales_at, g), 4,
			 codes + 16 * g);
	memset(block, 0, 32);
	for (size_t i = 0; i < ELEMENTS; i++)
		block[i % 32] |= (uint8_t)((codes[i] >> 2) << i / 32);
	put_pairs(block + 32, codes);
}

void ggml_decode_q3_k(const uint8_t *block, float *values, uint16_t *told)
{
	float d = ggml_get_half(block + 108);

	for (size_t i = 0; i < ELEMENTS; i++) {
		unsigned code = get_pair(block + 32, i) | (block[i % 32] >> i / 32 & 1u) << 2;

		values[i] = d * (float)get_q3_scale(block + 96, i / 16) * (float)((int)code - 4);
		tell(told, i, code);
	}
}

/* Six bits of 8 scales and 8 minima in 12 bytes: the first four of each with the upper bits of the
 * others on top. */
static void put_q4_pair(uint8_t *bytes, size_t g, unsigned scale, unsigned minimum)
{
	if (g < 4) {
		bytes[g] = (uint8_t)scale;
		bytes[g + 4] = (uint8_t)minimum;
		return;
	}
	bytes[g + 4] = (uint8_t)((scale & 15) | (minimum & 15) << 4);
	bytes[g - 4] |= (uint8_t)(scale >> 4 << 6);
	bytes[g] |= (uint8_t)(minimum >> 4 << 6);
}

static void get_q4_pair(const uint8_t *bytes, size_t g, unsigned *scale, unsigned *minimum)
{
	if (g < 4) {
		*scale = bytes[g] & 63;
		*minimum = bytes[g + 4] & 63;
		return;
	}
	*scale = (bytes[g + 4] & 15u) | (bytes[g - 4] >> 6 & 3u) << 4;
	*minimum = (bytes[g + 4] >> 4 & 15u) | (bytes[g] >> 6 & 3u) << 4;
}

/* d, dmin and the 12 bytes behind them, and the codes. */
static void encode_affine(const struct ggml_search *search, const float *values, uint8_t *block,
			  uint8_t codes[ELEMENTS])
{
	float weights[32], scales[8], minima[8], max_scale, max_minimum, d, m;

	for (size_t g = 0; g < 8; g++) {
		const float *x = values + 32 * g;
		float squares = 0, typical;

		for (size_t i = 0; i < 32; i++)
			squares += x[i] * x[i];
		typical = sqrtf(squares / 32);
		for (size_t i = 0; i < 32; i++)
			weights[i] = typical + fabsf(x[i]);
		scales[g] = ggml_fit_affine(search, x, weights, 32, codes + 32 * g, &minima[g]);
	}
	max_scale = greatest(scales, 8);
	max_minimum = greatest(minima, 8);
	d = max_scale > 0 ? 63 / max_scale : 0;
	m = max_minimum > 0 ? 63 / max_minimum : 0;
	for (size_t g = 0; g < 8; g++)
		put_q4_pair(block + 4, g, ggml_clamp(ggml_near(d * scales[g]), 63),
			    ggml_clamp(ggml_near(m * minima[g]), 63));
	ggml_put_half(block, max_scale / 63);
	ggml_put_half(block + 2, max_minimum / 63);
	for (size_t g = 0; g < 8; g++) {
		unsigned scale, minimum;

		get_q4_pair(block + 4, g, &scale, &minimum);
		requantize(values + 32 * g, 32, ggml_get_half(block) * (float)scale,
			   ggml_get_half(block + 2) * (float)minimum, search->top, codes + 32 * g);
	}
}

/* The two factors of group g: x = q scale - minimum. */
static void get_factors(const uint8_t *block, size_t g, float *scale, float *minimum)
{
	unsigned scale_code, minimum_code;

	get_q4_pair(block + 4, g, &scale_code, &minimum_code);
	*scale = ggml_get_half(block) * (float)scale_code;
	*minimum = ggml_get_half(block + 2) * (float)minimum_code;
}

void ggml_encode_q4_k(const float *values, uint8_t *block)
{
	static const struct ggml_search search = { 15, -1.0f, 0.1f, 20, 0 };
	uint8_t codes[ELEMENTS];

	encode_affine(&search, values, block, codes);
	put_nibbles(block + 16, codes);
}

void ggml_decode_q4_k(const uint8_t *block, float *values, uint16_t *told)
{
	float scale = 0, minimum = 0;

	for (size_t i = 0; i < ELEMENTS; i++) {
		unsigned code = get_nibble(block + 16, i);

		if (i % 32 == 0)
			get_factors(block, i / 32, &scale, &minimum);
		values[i] = scale * (float)code - minimum;
		tell(told, i, code);
	}
}

void ggml_encode_q5_k(const float *values, uint8_t *block)
{
	static const struct ggml_search search = { 31, -0.5f, 0.1f, 15, 0 };
	uint8_t codes[ELEMENTS];

	encode_affine(&search, values, block, codes);
	memset(block + 16, 0, 32);
	for (size_t i = 0; i < ELEMENTS; i++)
		block[16 + i % 32] |= (uint8_t)((codes[i] >> 4) << i / 32);
	put_nibbles(block + 48, codes);
}

void ggml_decode_q5_k(const uint8_t *block, float *values, uint16_t *told)
{
	float scale = 0, minimum = 0;

	for (size_t i = 0; i < ELEMENTS; i++) {
		unsigned fifth = block[16 + i % 32] >> i / 32 & 1u;
		unsigned code = get_nibble(block + 48, i) | fifth << 4;

		if (i % 32 == 0)
			get_factors(block, i / 32, &scale, &minimum);
		values[i] = scale * (float)code - minimum;
		tell(told, i, code);
	}
}

/* Six bits of element i: a nibble of one half's bytes and a pair of another's. */
static void put_six(uint8_t *block, size_t i, unsigned code)
{
	size_t half = i / 128, part = i % 128;

	block[half * 64 + part % 64] |= (uint8_t)((code & 15) << (part / 64 * 4));
	block[128 + half * 32 + part % 32] |= (uint8_t)(code >> 4 << (part / 32 * 2));
}

static unsigned get_six(const uint8_t *block, size_t i)
{
	size_t half = i / 128, part = i % 128;
	unsigned low = block[half * 64 + part % 64] >> (part / 64 * 4) & 15u;

	return low | (block[128 + half * 32 + part % 32] >> (part / 32 * 2) & 3u) << 4;
}

void ggml_encode_q6_k(const float *values, uint8_t *block)
{
	uint8_t codes[ELEMENTS], *scales_at = block + 192, *half = block + 208;
	float scales[16], max, per_scale;

	for (size_t g = 0; g < 16; g++)
		scales[g] = ggml_fit_symmetric(values + 16 * g, 16, 32, codes + 16 * g);
	max = ggml_peak(scales, 16);
	memset(block, 0, 210);
	if (fabsf(max) < 1e-15f)
		return;
	per_scale = -128 / max;
	ggml_put_half(half, 1 / per_scale);
	for (size_t g = 0; g < 16; g++) {
		int scale = ggml_near(per_scale * scales[g]);

		scales_at[g] = (uint8_t)(int8_t)(scale < 127 ? scale : 127);
		recentre(values + 16 * g, 16, ggml_get_half(half) * (float)(int8_t)scales_at[g], 32,
			 codes + 16 * g);
	}
	for (size_t i = 0; i < ELEMENTS; i++)
		put_six(block, i, codes[i]);
}

void ggml_decode_q6_k(const uint8_t *block, float *values, uint16_t *told)
{
	float d = ggml_get_half(block + 208);

	for (size_t i = 0; i < ELEMENTS; i++) {
		unsigned code = get_six(block, i);

		values[i] = d * (float)(int8_t)block[192 + i / 16] * (float)((int)code - 32);
		tell(told, i, code);
	}
}
