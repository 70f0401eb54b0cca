#include "core/kernels/ggml.h"

#include <math.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/minifloat.h"

#define SMALL 32 /* elements of these blocks */
#define HALF  16

const int8_t ggml_iq4_levels[16] = { -127, -104, -83, -65, -49, -35, -22, -10,
				     1,	   13,	 25,  38,  53,	69,  89,  113 };

static void ends(const float *values, float *low, float *high)
{
	*low = *high = values[0];
	for (size_t i = 1; i < SMALL; i++) {
		*low = values[i] < *low ? values[i] : *low;
		*high = values[i] > *high ? values[i] : *high;
	}
}

static float inverse(float scale)
{
	return scale != 0 ? 1 / scale : 0;
}

static void put_nibbles(uint8_t *bytes, const uint8_t codes[SMALL])
{
	for (size_t i = 0; i < HALF; i++)
		bytes[i] = (uint8_t)((codes[i] & 15) | (codes[i + HALF] & 15) << 4);
}

static void get_nibbles(const uint8_t *bytes, uint8_t codes[SMALL])
{
	for (size_t i = 0; i < HALF; i++) {
		codes[i] = bytes[i] & 15;
		codes[i + HALF] = bytes[i] >> 4;
	}
}

static void put_fifths(uint8_t *bytes, const uint8_t codes[SMALL])
{
	memset(bytes, 0, 4);
	for (size_t i = 0; i < SMALL; i++)
		bytes[i / 8] |= (uint8_t)((codes[i] >> 4 & 1) << i % 8);
}

static void add_fifths(const uint8_t *bytes, uint8_t codes[SMALL])
{
	for (size_t i = 0; i < SMALL; i++)
		codes[i] |= (uint8_t)((bytes[i / 8] >> i % 8 & 1) << 4);
}

static void tell_codes(const uint8_t *codes, uint16_t *told)
{
	for (size_t i = 0; told && i < SMALL; i++)
		told[i] = codes[i];
}

/* q = x / d + centre, cut off after adding a half. */
static float centred(const float *values, int centre, uint8_t codes[SMALL])
{
	float d = ggml_peak(values, SMALL) / (float)-centre, id = inverse(d);

	for (size_t i = 0; i < SMALL; i++) {
		int code = ggml_whole(values[i] * id + ((float)centre + 0.5f));

		codes[i] = ggml_clamp(code, 2 * centre - 1);
	}
	return d;
}

static float from_low(const float *values, int top, float *low, uint8_t codes[SMALL])
{
	float high, d, id;

	ends(values, low, &high);
	d = (high - *low) / (float)top;
	id = inverse(d);
	for (size_t i = 0; i < SMALL; i++) {
		int code = ggml_whole((values[i] - *low) * id + 0.5f);

		codes[i] = ggml_clamp(code, top);
	}
	return d;
}

static void encode_q4_0(const float *values, uint8_t *block)
{
	uint8_t codes[SMALL];

	ggml_put_half(block, centred(values, 8, codes));
	put_nibbles(block + 2, codes);
}

static void decode_q4_0(const uint8_t *block, float *values, uint16_t *told)
{
	uint8_t codes[SMALL];
	float d = ggml_get_half(block);

	get_nibbles(block + 2, codes);
	for (size_t i = 0; i < SMALL; i++)
		values[i] = (float)(codes[i] - 8) * d;
	tell_codes(codes, told);
}

static void encode_q4_1(const float *values, uint8_t *block)
{
	uint8_t codes[SMALL];
	float low;

	ggml_put_half(block, from_low(values, 15, &low, codes));
	ggml_put_half(block + 2, low);
	put_nibbles(block + 4, codes);
}

static void decode_q4_1(const uint8_t *block, float *values, uint16_t *told)
{
	uint8_t codes[SMALL];
	float d = ggml_get_half(block), m = ggml_get_half(block + 2);

	get_nibbles(block + 4, codes);
	for (size_t i = 0; i < SMALL; i++)
		values[i] = (float)codes[i] * d + m;
	tell_codes(codes, told);
}

static void encode_q5_0(const float *values, uint8_t *block)
{
	uint8_t codes[SMALL];

	ggml_put_half(block, centred(values, 16, codes));
	put_fifths(block + 2, codes);
	put_nibbles(block + 6, codes);
}

static void decode_q5_0(const uint8_t *block, float *values, uint16_t *told)
{
	uint8_t codes[SMALL];
	float d = ggml_get_half(block);

	get_nibbles(block + 6, codes);
	add_fifths(block + 2, codes);
	for (size_t i = 0; i < SMALL; i++)
		values[i] = (float)(codes[i] - 16) * d;
	tell_codes(codes, told);
}

static void encode_q5_1(const float *values, uint8_t *block)
{
	uint8_t codes[SMALL];
	float low;

	ggml_put_half(block, from_low(values, 31, &low, codes));
	ggml_put_half(block + 2, low);
	put_fifths(block + 4, codes);
	put_nibbles(block + 8, codes);
}

static void decode_q5_1(const uint8_t *block, float *values, uint16_t *told)
{
	uint8_t codes[SMALL];
	float d = ggml_get_half(block), m = ggml_get_half(block + 2);

	get_nibbles(block + 8, codes);
	add_fifths(block + 4, codes);
	for (size_t i = 0; i < SMALL; i++)
		values[i] = (float)codes[i] * d + m;
	tell_codes(codes, told);
}

static void encode_q8_0(const float *values, uint8_t *block)
{
	float d = fabsf(ggml_peak(values, SMALL)) / 127, id = inverse(d);

	ggml_put_half(block, d);
	for (size_t i = 0; i < SMALL; i++)
		block[2 + i] = (uint8_t)(int8_t)ggml_whole(roundf(values[i] * id));
}

static void decode_q8_0(const uint8_t *block, float *values, uint16_t *told)
{
	float d = ggml_get_half(block);

	for (size_t i = 0; i < SMALL; i++) {
		int code = (int8_t)block[2 + i];

		values[i] = (float)code * d;
		if (told)
			told[i] = (uint16_t)(code + 128);
	}
}

/* The nearest level; of two equally near, the greater. */
static uint8_t iq4_code(float steps)
{
	int low = 0, high = 15;

	if (steps <= (float)ggml_iq4_levels[0])
		return 0;
	if (steps >= (float)ggml_iq4_levels[15])
		return 15;
	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (steps < (float)ggml_iq4_levels[middle])
			high = middle;
		else
			low = middle;
	}
	return (uint8_t)(steps - (float)ggml_iq4_levels[low] < (float)ggml_iq4_levels[high] - steps ?
				 low : high);
}

static void encode_iq4_nl(const float *values, uint8_t *block)
{
	float max = ggml_peak(values, SMALL), least = (float)ggml_iq4_levels[0], d = 0, best = 0, id;
	uint8_t codes[SMALL] = { 0 };

	/* The first try is that of -max on the lowest level, then seven on either side. */
	for (int try = -8; fabsf(max) >= 1e-15f && try <= 7; try++) {
		float xq = 0, qq = 0;

		id = try == -8 ? 1 / (-max / least) : ((float)try + least) / max;
		for (size_t i = 0; i < SMALL; i++) {
			float level = (float)ggml_iq4_levels[iq4_code(id * values[i])];
			float weight = values[i] * values[i];

			xq += weight * level * values[i];
			qq += weight * level * level;
		}
		if (try > -8 && !(qq > 0 && xq * xq > best * qq))
			continue;
		d = xq / qq;
		best = d * xq;
	}
	ggml_put_half(block, d);
	id = inverse(d);
	for (size_t i = 0; i < SMALL; i++)
		codes[i] = iq4_code(id * values[i]);
	put_nibbles(block + 2, codes);
}

static void decode_iq4_nl(const uint8_t *block, float *values, uint16_t *told)
{
	uint8_t codes[SMALL];
	float d = ggml_get_half(block);

	get_nibbles(block + 2, codes);
	for (size_t i = 0; i < SMALL; i++)
		values[i] = d * (float)ggml_iq4_levels[codes[i]];
	tell_codes(codes, told);
}

const struct ggml_traits ggml_traits[GGML_FORMATS] = {
	[GGML_Q4_0] = { 32, 18, 16, encode_q4_0, decode_q4_0 },
	[GGML_Q4_1] = { 32, 20, 16, encode_q4_1, decode_q4_1 },
	[GGML_Q5_0] = { 32, 22, 32, encode_q5_0, decode_q5_0 },
	[GGML_Q5_1] = { 32, 24, 32, encode_q5_1, decode_q5_1 },
	[GGML_Q8_0] = { 32, 34, 256, encode_q8_0, decode_q8_0 },
	[GGML_IQ4_NL] = { 32, 18, 16, encode_iq4_nl, decode_iq4_nl },
	[GGML_Q2_K] = { 256, 84, 4, ggml_encode_q2_k, ggml_decode_q2_k },
	[GGML_Q3_K] = { 256, 110, 8, ggml_encode_q3_k, ggml_decode_q3_k },
	[GGML_Q4_K] = { 256, 144, 16, ggml_encode_q4_k, ggml_decode_q4_k },
	[GGML_Q5_K] = { 256, 176, 32, ggml_encode_q5_k, ggml_decode_q5_k },
	[GGML_Q6_K] = { 256, 210, 64, ggml_encode_q6_k, ggml_decode_q6_k },
};
