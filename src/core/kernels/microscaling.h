/*
 * Blocks of narrow values with a narrow shared scale.
 *
 * MX formats (OCP Microscaling Formats 1.0, section 6.3): the shared scale is 2^(floor(log2 of the
 * largest magnitude) - the exponent of the format's largest value), elements are rounded to
 * nearest even and saturate. MXINT8 elements are q / 64 with |q| <= 127. NVFP4: blocks of 16 f4e2m1
 * with a scale of type f8e4m3fn, and one f32 scale of the tensor, max|x| / (6 * 448).
 */
#ifndef KERNELS_MICROSCALING_H
#define KERNELS_MICROSCALING_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernels/minifloat.h"

/* One block of n <= 32 finite values; the answer is how many saturate. */
size_t mx_float_block(const struct minifloat *format, const float *values, size_t n,
		      uint16_t *codes, float *restored);
size_t mx_int8_block(const float *values, size_t n, uint16_t *codes, float *restored);
size_t nvfp4_block(float tensor_scale, const float *values, size_t n, uint16_t *codes,
		   float *restored);

/* 1 for a tensor of zeros. */
float nvfp4_tensor_scale(float max_abs);

#endif
