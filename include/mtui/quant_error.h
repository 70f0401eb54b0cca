/*
 * What a quantization scheme costs a tensor: weight error, not accuracy.
 *
 * Elements x are compared with what they are restored to, x'. Those that are NaN or infinite are
 * left out and counted; the scheme sees 0 in their place. f64 is taken as the nearest f32 first;
 * what becomes infinite by that is left out too.
 *
 *   integers  q = clamp(round(x / scale) + zero), x' = (q - zero) * scale, as ONNX
 *             QuantizeLinear and DequantizeLinear in f32; scale = max|x| / qmax (symmetric), 2 max|x| / (2^bits - 1)
 *             (full), (max(x, 0) - min(x, 0)) / (2^bits - 1) and zero = round(-min / scale)
 *             (affine)
 *   floats    x' = nearest(x / scale) * scale, saturating; scale = max|x| / largest finite value
 *   ternary   x' = +-a where |x| > 0.7 mean|x|, a the mean magnitude of those, else 0; binary a =
 *             mean|x|, x' = +-a
 *   the rest  core/kernels/{grid,microscaling,ggml}.h, core/quant/quant_{codebook,rank}.h
 *
 * A granule that is all zero has scale 1 and no error. Numbers are the same to the last bit on
 * every CPU and thread count.
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

struct quant_error {
	uint64_t count;	     /* finite elements compared */
	uint64_t skipped;    /* NaN and infinite */
	/* Weighted by importance where there is one, up to cosine; max_abs is not. */
	double mse, rmse;
	double rel_fro;	     /* sqrt(sum e^2 / sum x^2) */
	double sqnr_db;	     /* +Inf when exact */
	double energy;	     /* sum of x^2 */
	double max_abs;	     /* largest |x - x'| */
	uint64_t max_index;  /* its index, row-major; the first of them */
	double bias;	     /* mean(x' - x) */
	double cosine;	     /* of x and x' */
	double clipped;	     /* share of the elements outside what the codes reach */
	uint32_t levels_used, levels; /* codes that occur, codes that could; 0 and 0 for low rank */
	double kl;	     /* bits: sum p log2(p / q) of original and reconstructed histogram, one
				added to every bin */
	uint64_t granules;   /* scales, or blocks, stored */
	uint64_t pruned;     /* finite elements that pruning set to 0 */
	double bits_per_weight;	      /* scales, zero points and codebooks counted in */
	uint64_t bytes_before, bytes_after;
	int8_t axis;	     /* of the channels that were used; -1 if none were */
	/* Over [low, high], the range of the original values; NaN if there are none. What is
	 * restored to beyond it counts in the end bins. */
	uint64_t original[HISTOGRAM_BINS];
	uint64_t reconstructed[HISTOGRAM_BINS];
	double low, high;
	/* Of x' - x over [-error_range, error_range), which is at most an eighth wider than
	 * max_abs. */
	uint64_t errors[HISTOGRAM_BINS];
	double error_range; /* 0 where all errors are 0 */
};

/* What errors weigh, by the index on one axis: weights finite, >= 0, not all 0. */
struct quant_importance {
	const double *weights;
	uint64_t n;	/* of them: the length of the axis */
	uint64_t inner; /* elements behind one index: the product of the dimensions after the axis */
};

/* More channels than this are refused: their ranges are kept during the scan. */
#define QUANT_MAX_GRANULES (1u << 20)

/* Meaningful for floating-point tensors with at least one element. */
bool quant_applies(const struct tensor *tensor);

bool quant_error_compute(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const struct analysis_watch *watch,
			 struct quant_error *result, struct error *err);

/* As much of it as comparing settings takes, in a fraction of the time: what is stored, and count,
 * skipped, mse, rmse, rel_fro, sqnr_db and energy, to the last bit. The rest may be NaN and 0. */
bool quant_error_brief(const struct model *model, const struct tensor *tensor,
		       const struct quant_scheme *scheme, const struct analysis_watch *watch,
		       struct quant_error *result, struct error *err);

/* The axis that n weights are about: the first that has n elements of the one that channels are
 * summed over (beside the channels') and the channels'; -1 for none. */
int quant_importance_axis(const struct model *model, const struct tensor *tensor, uint64_t n);

/* By the axis that n weights are about; ERROR_USAGE where they are about none. */
bool quant_error_by_axis(const struct model *model, const struct tensor *tensor,
			 const struct quant_scheme *scheme, const double *weights, uint64_t n,
			 const struct analysis_watch *watch, struct quant_error *result,
			 struct error *err);

/* The same with importance. */
bool quant_error_weighted(const struct model *model, const struct tensor *tensor,
			  const struct quant_scheme *scheme,
			  const struct quant_importance *importance,
			  const struct analysis_watch *watch, struct quant_error *result,
			  struct error *err);

/* bytes_after without looking at values; what a pruning threshold would leave out is not known and
 * counts as nothing. 0 where the scheme cannot be applied. */
uint64_t quant_bytes_after(const struct model *model, const struct tensor *tensor,
			   const struct quant_scheme *scheme);

#endif
