/*
 * A batch normalization folded into the convolution before it, as a what-if:
 *
 *     W'[c] = W[c] * f[c]     f[c] = gamma[c] / sqrt(variance[c] + epsilon)
 *
 * for each output channel c (ONNX BatchNormalization; the bias, which is not quantized here, takes
 * the rest). Compared is what quantization costs behind the normalization: apart, the errors of W
 * are multiplied by f there; folded, the errors are those of W'.
 */
#ifndef MTUI_FUSION_H
#define MTUI_FUSION_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/scheme.h>
#include <mtui/statistics.h>

/* A convolution and the normalization behind it; indices into the model. */
struct fusion_site {
	uint32_t conv, norm;
	uint32_t weight; /* tensor */
	int8_t axis;	 /* of its output channels */
};

/* False where the weight's channels are not those of the normalization (ConvTranspose with
 * groups), or their tensors are no constants. */
bool fusion_site_of(const struct model *model, uint32_t conv, uint32_t norm,
		    struct fusion_site *site);

enum fusion_setting { FUSION_DIAL, FUSION_PER_TENSOR, FUSION_PER_CHANNEL, FUSION_SETTINGS };

#define FUSION_STRIP 64

struct fusion_report {
	uint64_t channels;
	uint64_t dead;		       /* channels with f = 0 */
	double factor_min, factor_max; /* |f| */
	double max_before, max_after;  /* max |W|, max |W'| */
	/* Of the channels' own max |W|: the largest to the median. */
	double spread_before, spread_after;
	uint32_t n_strip;		     /* channels, at most FUSION_STRIP */
	float before[FUSION_STRIP], after[FUSION_STRIP]; /* the largest max |W|, |W'| of a stretch */
	/* SQNR in dB behind the normalization; NaN where the scheme has no such granularity. */
	double apart[FUSION_SETTINGS], folded[FUSION_SETTINGS];
};

/* Holds the folded weight in memory: ERROR_REFUSED above FUSION_ELEMENTS. */
#define FUSION_ELEMENTS (UINT64_C(1) << 26)

bool fusion_compute(const struct model *model, const struct fusion_site *site,
		    const struct quant_scheme *scheme, const struct analysis_watch *watch,
		    struct fusion_report *report, struct error *err);

#endif
