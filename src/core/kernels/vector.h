/*
 * The loops over blocks that take the time, once in plain C (vector.c) and compiled several times
 * for what CPUs can do. Each variant adds in the order of lanes.h and fuses nothing, so all give
 * the same bits; the tests hold them to that. The functions of moments.h, bins.h, keys.h and
 * quantize.h call the variant that cpu.h has chosen.
 */
#ifndef KERNELS_VECTOR_H
#define KERNELS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kernels/bins.h"
#include "core/kernels/codes.h"
#include "core/kernels/floats.h"
#include "core/kernels/lanes.h"
#include "core/kernels/loss.h"
#include "core/kernels/moments.h"
#include "core/kernels/quantize.h"

struct kernels {
	const char *name; /* "plain", "avx2", "avx512" */
	void (*widen_f32)(const uint8_t *bytes, size_t n, double *out);
	void (*widen_i32)(const uint8_t *bytes, size_t n, double *out);
	void (*widen_u32)(const uint8_t *bytes, size_t n, double *out);
	void (*widen_i64)(const uint8_t *bytes, size_t n, double *out);
	void (*widen_u64)(const uint8_t *bytes, size_t n, double *out);
	void (*widen_f16)(const uint8_t *bytes, size_t n, float *out);
	void (*survey_f32)(const uint8_t *bytes, size_t n, struct survey *survey);
	void (*survey_f64)(const double *values, size_t n, double smallest_normal,
			   struct survey *survey);
	void (*sums)(const double *values, size_t n, double sum[LANES], double absolute[LANES]);
	void (*powers)(const double *values, size_t n, double mean, double powers[4][LANES]);
	/* Bins of n <= BLOCK values; false when one of them may be wrong or is outside. */
	bool (*guess_bins)(const struct bins *bins, const double *values, size_t n,
			   uint16_t *guesses);
	void (*place)(const struct places *places, const double *values, size_t n, uint16_t *out);
	/* Which of n <= BLOCK places are the first or the last of 256, but not of 65,536. */
	size_t (*at_edges)(const uint16_t *places, size_t n, uint16_t *found);
	void (*keys_f32)(const double *values, size_t n, uint64_t *keys);
	void (*keys_f64)(const double *values, size_t n, uint64_t *keys);
	void (*quantize)(const float *values, const float *scales, size_t n, float qmax,
			 int8_t *codes, float *restored);
	void (*compare)(const float *values, const float *restored, size_t n,
			struct quantize_sums *sums);
	/* See floats.h. */
	void (*look_f32)(const uint8_t *bytes, size_t n, double shift, struct floats_look *look,
			 float_keys *keys);
	void (*catch_f32)(const uint8_t *bytes, size_t n, const struct floats_aim *aim,
			  struct floats_catch *caught);
	/* How many 32-bit words are `bits`. */
	size_t (*equal_u32)(const uint8_t *bytes, size_t n, uint32_t bits);
	/* Lowest and highest rank of 16-bit words, n > 0: see codes_rank. */
	void (*range_u16)(const uint8_t *bytes, size_t n, enum codes_order order, int *lowest,
			  int *highest);
	const struct loss_kernels *loss;
};

extern const struct kernels kernels_plain;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2;   /* x86-64-v3 */
extern const struct kernels kernels_avx512; /* x86-64-v4 */
#endif

/* The variant in use. */
const struct kernels *kernels_current(void);

#endif
