/* Codes of a quantized weight and what they are restored to, a stretch at a time. */
#ifndef ANALYSIS_XRAY_CODES_H
#define ANALYSIS_XRAY_CODES_H

#include <mtui/xray.h>

#define XRAY_STRETCH 4096

struct element;

struct xray_codes {
	const struct model *model;
	const struct xray_weight *weight;
	const struct tensor *tensor;
	uint64_t count;	   /* of the weight's values */
	uint64_t axis_len; /* indices on the axis */
	uint64_t inner;	   /* values behind one index on the axis */
	uint64_t groups;   /* along the axis; axis_len per channel, 1 per tensor */
	float *scales,
		*zeros; /* one or n_scales, n_zeros; the zero point if there are none is below */
	uint64_t n_scales, n_zeros;
	float zero;
	struct element *elements; /* XRAY_STRETCH */
	uint8_t bytes[XRAY_STRETCH * 4];
	/* what xray_codes_read gave */
	int32_t codes[XRAY_STRETCH]; /* narrow floats: their bits */
	double values[XRAY_STRETCH];
};

/* On the heap: it is large. NULL on error. */
struct xray_codes *xray_codes_new(const struct model *model, const struct xray_weight *weight,
				  struct error *err);
void xray_codes_free(struct xray_codes *codes);

/* Values [first, first + n) of the weight, row-major; n <= XRAY_STRETCH. */
bool xray_codes_read(struct xray_codes *codes, uint64_t first, size_t n, struct error *err);

/* The same of any tensor, as doubles. */
bool xray_values_read(const struct model *model, const struct tensor *tensor, uint64_t first,
		      size_t n, struct element *elements, uint8_t *bytes, double *values,
		      struct error *err);

#endif
