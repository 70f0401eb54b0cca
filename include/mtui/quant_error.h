/*
 * What a quantization scheme would cost a tensor.
 *
 * Symmetric integer quantization as ONNX QuantizeLinear/DequantizeLinear define it with zero point
 * 0: q = clamp(round_half_even(x / scale), -qmax, qmax), x' = q * scale, qmax = 2^(bits-1) - 1,
 * scale = max|x| / qmax over the granule (f32). A granule that is all zero has scale 1 and no
 * error. Elements that are NaN or infinite are left out and counted. f64 is taken as the nearest
 * f32 first; what becomes infinite by that is left out too.
 *   MSE = mean((x - x')^2)   SQNR = 10 log10(sum x^2 / sum (x - x')^2) dB
 */
#ifndef MTUI_QUANT_ERROR_H
#define MTUI_QUANT_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/scheme.h>
#include <mtui/statistics.h>

/* More channels than this are refused: their ranges are kept during the scan. */
#define QUANT_MAX_GRANULES (1u << 20)

struct quant_error {
	uint64_t count;	     /* finite elements compared */
	uint64_t skipped;    /* NaN and infinite */
	double mse, rmse;
	double rel_fro;	     /* sqrt(sum e^2 / sum x^2) */
	double sqnr_db;	     /* +Inf when exact */
	double max_abs;	     /* largest |x - x'| */
	uint64_t max_index;  /* its index, row-major */
	double bias;	     /* mean(x' - x) */
	double cosine;	     /* of x and x' */
	double clipped;	     /* share of the elements outside what the codes reach */
	uint32_t levels_used, levels; /* codes that occur, codes that could */
	double kl;	     /* bits; from the original histogram to the reconstructed one */
	uint64_t granules;   /* scales stored */
	double bits_per_weight;	      /* scales, zero points and codebooks counted in */
	uint64_t bytes_before, bytes_after;
	int8_t axis;	     /* that was used; -1 per tensor */
	/* Over [low, high], which holds all values and what they are restored to; NaN if there
	 * are none. */
	uint64_t original[HISTOGRAM_BINS];
	uint64_t reconstructed[HISTOGRAM_BINS];
	double low, high;
};

/* More channels than this are refused: their ranges are kept during the scan. */
#define QUANT_MAX_GRANULES (1u << 20)

/* Channel axis by operator: 0 for Conv and the B of Gemm with transB, 1 for ConvTranspose and the
 * B of Gemm, last for MatMul, Gather and the rest; from the tensor's first consumer. -1 (per
 * tensor) for fewer than two dimensions. */
int quant_axis(const struct model *model, const struct tensor *tensor);

/* Meaningful for floating-point tensors with at least one element. */
bool quant_applies(const struct tensor *tensor);

bool quant_error_compute(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const struct analysis_watch *watch,
			 struct quant_error *result, struct error *err);

#endif
