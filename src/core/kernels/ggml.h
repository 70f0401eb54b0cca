/*
 * Block formats of ggml, as GGUF files hold them: from values to the bytes of a block and back.
 *
 * Every block format starts anew; halves are f16, little-endian:
 *
 *   1. q4_0    d, 16 bytes of nibbles: elements 0-15 low, 16-31 high; x = (q - 8) d
 *   2. q4_1    d, m, 16 bytes of nibbles; x = q d + m
 *   3. q5_0    d, 4 bytes of fifth bits, 16 of nibbles; x = (q - 16) d
 *   4. q5_1    d, m, 4 bytes of fifth bits, 16 of nibbles; x = q d + m
 *   5. q8_0    d, 32 signed bytes; x = q d
 *   6. iq4_nl  d, 16 bytes of nibbles that number 16 fixed levels; x = level d
 *   7. q2_k    16 bytes (4 bits scale, 4 bits minimum), 64 bytes of 2 bits, d, dmin
 *   8. q3_k    32 bytes of third bits, 64 of 2 bits, 12 of 6-bit scales, d
 *   9. q4_k    d, dmin, 12 bytes of 6-bit scales and minima, 128 bytes of nibbles
 *  10. q5_k    d, dmin, 12 bytes of 6-bit scales and minima, 32 of fifth bits, 128 of nibbles
 *  11. q6_k    128 bytes of nibbles, 64 of the upper 2 bits, 16 signed scales, d
 *
 * The K formats hold 256 elements in groups of 16 or 32. Layout and the choice of scales follow
 * the reference quantizers of ggml (ggml-quants.c, the functions quantize_row_*_ref and
 * dequantize_row_*, and for iq4_nl the seven tries of quantize_iq4_nl without importance).
 */
#ifndef KERNELS_GGML_H
#define KERNELS_GGML_H

#include <stddef.h>
#include <stdint.h>

#define GGML_MAX_ELEMENTS 256
#define GGML_MAX_BYTES	  210

enum ggml_format {
	GGML_Q4_0,
	GGML_Q4_1,
	GGML_Q5_0,
	GGML_Q5_1,
	GGML_Q8_0,
	GGML_IQ4_NL,
	GGML_Q2_K,
	GGML_Q3_K,
	GGML_Q4_K,
	GGML_Q5_K,
	GGML_Q6_K,
	GGML_FORMATS
};

struct ggml_traits {
	uint16_t elements, bytes; /* of a block */
	uint16_t levels;	  /* codes an element can have */
	void (*encode)(const float *values, uint8_t *block); /* finite values */
	void (*decode)(const uint8_t *block, float *values, uint16_t *codes); /* codes or NULL */
};

extern const struct ggml_traits ggml_traits[GGML_FORMATS];

/* For the formats' own files. */

/* Sixteen levels of iq4_nl, ascending. */
extern const int8_t ggml_iq4_levels[16];

/* Where a float is out of an int's range, its end; NaN is 0. ggml_near rounds half to even. */
int ggml_whole(float steps);
int ggml_near(float steps);
uint8_t ggml_clamp(int code, int top);

/* The value of largest magnitude, with its sign; the first of them. */
float ggml_peak(const float *values, size_t n);

void ggml_put_half(uint8_t *bytes, float value);
float ggml_get_half(const uint8_t *bytes);

/*
 * The searches for a scale, n <= 32 values. Codes are written to `codes`; the answer is the scale.
 *
 * ggml_fit_symmetric: x = (code - reach) scale, weights x^2; 19 tries around the scale that puts
 * the largest magnitude on -reach. ggml_fit_refined: the same model, improved code by code.
 * ggml_fit_affine: x = code scale - minimum, minimum >= 0; tries scales (first + step i + top) /
 * (max - min) for i = 0 to tries, each with its least-squares scale and minimum.
 */
float ggml_fit_symmetric(const float *values, size_t n, int reach, uint8_t *codes);
float ggml_fit_refined(const float *values, size_t n, int reach, uint8_t *codes);

struct ggml_search {
	int top; /* the largest code */
	float first, step;
	int tries;
	int absolute; /* errors by magnitude instead of square */
};

float ggml_fit_affine(const struct ggml_search *search, const float *values, const float *weights,
		      size_t n, uint8_t *codes, float *minimum);

/* Block formats by file: ggml_blocks.c and ggml_k.c. */
void ggml_encode_q2_k(const float *values, uint8_t *block);
void ggml_encode_q3_k(const float *values, uint8_t *block);
void ggml_encode_q4_k(const float *values, uint8_t *block);
void ggml_encode_q5_k(const float *values, uint8_t *block);
void ggml_encode_q6_k(const float *values, uint8_t *block);
void ggml_decode_q2_k(const uint8_t *block, float *values, uint16_t *codes);
void ggml_decode_q3_k(const uint8_t *block, float *values, uint16_t *codes);
void ggml_decode_q4_k(const uint8_t *block, float *values, uint16_t *codes);
void ggml_decode_q5_k(const uint8_t *block, float *values, uint16_t *codes);
void ggml_decode_q6_k(const uint8_t *block, float *values, uint16_t *codes);

#endif
