/*
 * What a scheme does to values: scales from a range, then codes and what they are restored to.
 *
 * A scheme with granularity has one scale (and zero point) a granule, which
 * quant_codec_scale finds from the granule's range; its elements are then encoded one by one.
 * A block format finds everything from the block's own values.
 */
#ifndef ANALYSIS_QUANT_CODEC_H
#define ANALYSIS_QUANT_CODEC_H

#include <mtui/scheme.h>

#include "core/kernels/ggml.h"
#include "core/kernels/grid.h"

enum codec_kind { CODEC_COPY, CODEC_GRID, CODEC_MX_FLOAT, CODEC_MX_INT8, CODEC_NVFP4, CODEC_GGML };

struct quant_codec {
	enum codec_kind kind;
	const struct quant_scheme *scheme;
	struct grid grid;
	const struct minifloat *format;	  /* of CODEC_MX_FLOAT */
	const struct ggml_traits *ggml;	  /* of CODEC_GGML */
	float tensor_scale;		  /* of CODEC_NVFP4 */
	uint32_t levels;		  /* codes there are; 0 where that means nothing */
	bool plain;	/* quantize_block does the same, and nothing is clipped */
};

/* The scheme stays where it is. Codebooks and low rank begin as CODEC_COPY. */
void quant_codec_init(struct quant_codec *codec, const struct quant_scheme *scheme);

/* Of a granule whose values lie in [low, high]; NaN for one without values, whose scale is 1. */
void quant_codec_scale(const struct quant_codec *codec, double low, double high, float *scale,
		       float *offset);

/* As it would be stored: f16, or the next power of two. */
float quant_codec_stored(const struct quant_codec *codec, double scale);

/* n <= BLOCK finite values with their scales; the answer is how many are clipped. */
size_t quant_codec_encode(const struct quant_codec *codec, const float *values,
			  const float *scales, const float *offsets, size_t n, uint64_t first,
			  uint16_t *codes, float *restored);

/* The same for one block of a block format, n at most its size. */
size_t quant_codec_block(const struct quant_codec *codec, const float *values, size_t n,
			 uint16_t *codes, float *restored);

#endif
