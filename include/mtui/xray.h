/*
 * What a quantized model was quantized with: the scheme of each weight read off the graph, how its
 * codes are used, and what it lost against the model it came from.
 *
 * Recovered are weights behind DequantizeLinear, of QLinearConv, QLinearMatMul, ConvInteger,
 * MatMulInteger (ai.onnx), and of MatMulNBits, QGemm, QAttention and DynamicQuantizeMatMul
 * (com.microsoft). A weight's restored value is
 *
 *     x' = (code - zero point) * scale
 *
 * with one scale a tensor, a channel (index on the axis), or a group of consecutive indices on the
 * axis (block_size). MatMulNBits keeps [N, K] codes in blocks of K, low bits first, with zero point
 * 2^(bits-1) if none is given (ContribOperators.md of onnxruntime).
 */
#ifndef MTUI_XRAY_H
#define MTUI_XRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/model.h>
#include <mtui/scheme.h>
#include <mtui/statistics.h>

#define XRAY_FORMS(X)                                                                              \
	X(XRAY_QDQ, "DequantizeLinear")                                                            \
	X(XRAY_QLINEAR, "QLinear operator")                                                        \
	X(XRAY_INTEGER, "integer operator")                                                        \
	X(XRAY_N_BITS, "MatMulNBits")

enum xray_form {
#define X(id, words) id,
	XRAY_FORMS(X)
#undef X
		XRAY_FORM_COUNT
};

const char *xray_form_words(enum xray_form form);

/* A quantized weight as the graph shows it. Indices of tensors; NO_INDEX if there is none. */
struct xray_weight {
	uint32_t codes, scales, zeros;
	uint32_t node;	     /* that restores or uses it */
	uint8_t form;	     /* enum xray_form */
	uint8_t bits;	     /* of a code */
	uint8_t granularity; /* enum quant_granularity */
	int8_t axis;	     /* of channels or groups; -1 per tensor */
	uint32_t group;	     /* indices on the axis that share a scale; 0 but per group */
	uint32_t n_dims;
	const int64_t *dims; /* of the weight: [N, K] for MatMulNBits */
};

/* Everything quantized in a model. Arrays live in the arena given. */
struct xray {
	const struct xray_weight *weights; /* in node order, each tensor of codes once */
	size_t n_weights;
	uint64_t n_quantize, n_dequantize; /* nodes, those of activations among them */
	uint64_t n_dynamic;		   /* DynamicQuantizeLinear: scales found while running */
	uint64_t n_qlinear;		   /* QLinear* operators */
	uint64_t n_integer;		   /* *Integer operators */
	uint64_t n_packed;		   /* MatMulNBits and its kin */
	uint64_t n_annotated;		   /* tensors with a quantization_annotation */
};

bool xray_find(const struct model *model, struct arena *arena, struct xray *xray,
	       struct error *err);

#define XRAY_STRIP 64

struct xray_report {
	uint64_t count;		      /* codes looked at */
	uint32_t levels_used, levels; /* 0 and 0 for codes wider than 16 bits */
	int32_t lowest;	      /* code of level 0 */
	double low_share, high_share; /* of codes at the lowest and the highest level */
	uint64_t n_scales;
	double scale_min, scale_max, scale_median;
	uint32_t n_strip; /* n_scales, at most XRAY_STRIP */
	float scale_strip[XRAY_STRIP]; /* the largest good scale of each stretch; 0 if none */
	uint64_t bad_scales; /* 0, negative, NaN or infinite */
	uint64_t n_zeros;    /* zero points; 0 if there are none */
	int64_t zero_min, zero_max;
	uint64_t off_centre; /* zero points that are not the middle of the codes */
	/* restored values */
	double min, max, mean, std, max_abs;
	uint64_t zero_values;
	uint64_t histogram[HISTOGRAM_BINS]; /* of the codes, over all levels */
	struct quant_scheme scheme; /* what mtui would call it; SCHEME_NONE if it has no name */
};

/* One pass over the codes. ERROR_REFUSED for more scales than LIMIT_XRAY_SCALES. */
bool xray_compute(const struct model *model, const struct xray_weight *weight,
		  const struct analysis_watch *watch, struct xray_report *report,
		  struct error *err);

enum xray_match { XRAY_UNMATCHED, XRAY_BY_NAME, XRAY_BY_POSITION };

/* The weight's twin in the model it came from: by name (without a quantizer's suffix) and shape,
 * else by the place of its operator among those of its kind and shape. */
struct xray_pair {
	uint32_t tensor; /* of the float model; NO_INDEX if unmatched */
	uint8_t match;	 /* enum xray_match */
	bool transposed; /* the twin is [K, N] */
};

/* One pair a weight; pairs has room for xray->n_weights. */
bool xray_match(const struct model *model, const struct xray *xray, const struct model *original,
		struct xray_pair *pairs, struct error *err);

/* True error of what is stored against what it was made from, as in <mtui/quant_error.h>. */
struct xray_loss {
	uint64_t count;
	double mse, rmse, rel_fro, sqnr_db, max_abs, bias, cosine;
	uint64_t max_index; /* row-major in the weight's own dims */
};

bool xray_compare(const struct model *model, const struct xray_weight *weight,
		  const struct model *original, const struct xray_pair *pair,
		  const struct analysis_watch *watch, struct xray_loss *loss, struct error *err);

#endif
