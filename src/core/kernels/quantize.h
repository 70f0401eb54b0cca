/*
 * Symmetric integer quantization of finite values, as ONNX QuantizeLinear and DequantizeLinear
 * compute it in float: q = clamp(round_half_even(x / scale), -qmax, qmax), x' = q * scale.
 */
#ifndef KERNELS_QUANTIZE_H
#define KERNELS_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

struct quantize_sums {
	double error;	  /* of (x - x')^2, this and the next as squares.h has it */
	double original;  /* of x^2 */
	double power;	  /* of x^2 in double, as the following */
	double restored;  /* of x'^2 */
	double product;	  /* of x * x' */
	double bias;	  /* of x' - x */
	double max_error; /* largest |x - x'| */
};

/* n <= BLOCK values, each with its own scale > 0; qmax <= 127. */
void quantize_block(const float *values, const float *scales, size_t n, float qmax,
		    int8_t *codes, float *restored);

/* What the restored values miss, n <= BLOCK. */
void quantize_compare(const float *values, const float *restored, size_t n,
		      struct quantize_sums *sums);

#endif
