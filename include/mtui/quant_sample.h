/*
 * A quantization error from a sample: what can be said of a large tensor, or of many, at once.
 *
 * Looked at are whole channels: slices of a few channels each, spread evenly and the same ones each
 * time, so every scale, group and block in them is the one that it would be in the whole tensor.
 * Schemes whose scales or levels depend on all values cannot be sampled like that.
 *
 * The error of all is R = sum e^2 / sum x^2 over the slices, each tensor's slices standing for all
 * of its channels. How sure that is follows from how the slices differ: with d = e^2 - R x^2 of a
 * slice, N / n of the tensor's elements to those looked at, and m its slices,
 *
 *     var(R) = sum over tensors of (N / n)^2 m / (m - 1) sum (d - mean d)^2 / (sum x^2)^2
 *
 * (Cochran, Sampling Techniques, 1977, 6.10: the combined ratio estimate over strata).
 */
#ifndef MTUI_QUANT_SAMPLE_H
#define MTUI_QUANT_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/scheme.h>
#include <mtui/statistics.h>

#define QUANT_SAMPLE_SLICES   16 /* of one tensor alone */
#define QUANT_SAMPLE_ELEMENTS (1u << 19)

struct quant_sample {
	uint64_t looked, count; /* elements that were looked at, and that it is about */
	uint32_t slices;
	double error, energy;	/* sums of (x - x')^2 and x^2, for all elements */
	double mse, rmse, rel_fro, sqnr_db; /* as in <mtui/quant_error.h> */
	double sqnr_error;	/* one standard error of sqnr_db, in dB; 0 when all was looked at */
};

/* Whether a sample tells anything of the setting: its granules lie within channels. */
bool quant_sample_applies(const struct quant_scheme *scheme);

/* Whether it saves time: the tensor is large, and its channels can be read one by one. */
bool quant_sample_worth(const struct model *model, const struct tensor *tensor,
			const struct quant_scheme *scheme);

/* Of the tensors that ladder_applies to; small ones are looked at whole. ERROR_REFUSED where it
 * does not apply, or there is nothing. */
bool quant_sample_compute(const struct model *model, const uint32_t *tensors, size_t n,
			  const struct quant_scheme *scheme, const struct analysis_watch *watch,
			  struct quant_sample *result, struct error *err);

#endif
