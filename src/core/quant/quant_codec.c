#include "core/quant/quant_codec.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/kernels/lanes.h"
#include "core/kernels/microscaling.h"
#include "core/kernels/quantize.h"

_Static_assert((int)ROUND_EVEN == (int)ROUNDING_EVEN && (int)ROUND_AWAY == (int)ROUNDING_AWAY &&
		       (int)ROUND_STOCHASTIC == (int)ROUNDING_STOCHASTIC,
	       "the dial's roundings are the kernels'");

static const struct {
	enum scheme_id id;
	enum minifloat_id format;
} float_formats[] = {
	{ SCHEME_F16, MINIFLOAT_F16 },
	{ SCHEME_BF16, MINIFLOAT_BF16 },
	{ SCHEME_F8E4M3FN, MINIFLOAT_F8E4M3FN },
	{ SCHEME_F8E5M2, MINIFLOAT_F8E5M2 },
	{ SCHEME_F8E4M3FNUZ, MINIFLOAT_F8E4M3FNUZ },
	{ SCHEME_F8E5M2FNUZ, MINIFLOAT_F8E5M2FNUZ },
	{ SCHEME_F6E2M3, MINIFLOAT_F6E2M3 },
	{ SCHEME_F6E3M2, MINIFLOAT_F6E3M2 },
	{ SCHEME_F4E2M1, MINIFLOAT_F4E2M1 },
	{ SCHEME_MXFP8E4M3, MINIFLOAT_F8E4M3FN },
	{ SCHEME_MXFP8E5M2, MINIFLOAT_F8E5M2 },
	{ SCHEME_MXFP6E2M3, MINIFLOAT_F6E2M3 },
	{ SCHEME_MXFP6E3M2, MINIFLOAT_F6E3M2 },
	{ SCHEME_MXFP4, MINIFLOAT_F4E2M1 },
};

static enum minifloat_id float_format(enum scheme_id id)
{
	for (size_t i = 0; i < sizeof float_formats / sizeof float_formats[0]; i++)
		if (float_formats[i].id == id)
			return float_formats[i].format;
	return MINIFLOAT_F4E2M1;
}

static void init_integer(struct quant_codec *codec)
{
	const struct quant_scheme *scheme = codec->scheme;
	int half = 1 << (quant_scheme_bits(scheme) - 1);

	if (scheme->range == RANGE_AFFINE)
		grid_integer(&codec->grid, 0, 2 * half - 1);
	else
		grid_integer(&codec->grid, scheme->range == RANGE_FULL ? -half : 1 - half, half - 1);
	codec->plain = scheme->range == RANGE_SYMMETRIC && half <= 128 &&
		       scheme->rounding == ROUND_EVEN && scheme->scale != SCALE_F16 &&
		       scheme->calibration == CALIBRATE_MINMAX;
}

static void init_microscaling(struct quant_codec *codec)
{
	enum scheme_id id = codec->scheme->id;

	codec->kind = id == SCHEME_NVFP4   ? CODEC_NVFP4 :
		      id == SCHEME_MXINT8 ? CODEC_MX_INT8 :
					    CODEC_MX_FLOAT;
	codec->format = &minifloats[float_format(id)];
	codec->levels = id == SCHEME_MXINT8 ? 255 : codec->format->levels;
	codec->tensor_scale = 1;
}

void quant_codec_init(struct quant_codec *codec, const struct quant_scheme *scheme)
{
	enum scheme_family family = scheme_traits[scheme->id].family;

	*codec = (struct quant_codec){ .kind = CODEC_GRID, .scheme = scheme };
	switch (family) {
	case FAMILY_INTEGER:
		init_integer(codec);
		break;
	case FAMILY_SIGN:
		grid_sign(&codec->grid);
		break;
	case FAMILY_FLOAT:
		grid_float(&codec->grid, float_format(scheme->id));
		break;
	case FAMILY_TABLE:
		if (scheme->id == SCHEME_NF4)
			grid_nf4(&codec->grid);
		else
			grid_fp4(&codec->grid);
		break;
	case FAMILY_MICROSCALING:
		init_microscaling(codec);
		return;
	case FAMILY_GGUF:
		codec->kind = CODEC_GGML;
		codec->ggml = &ggml_traits[GGML_Q4_0 + scheme->id - SCHEME_Q4_0];
		codec->levels = codec->ggml->levels;
		return;
	default:
		codec->kind = CODEC_COPY;
		return;
	}
	codec->grid.rounding = (enum rounding)scheme->rounding;
	codec->grid.seed = scheme->seed;
	codec->levels = scheme->id == SCHEME_BINARY ? 2 : grid_codes(&codec->grid);
}

float quant_codec_stored(const struct quant_codec *codec, double scale)
{
	double mantissa;
	int exponent;

	scale = scale > (double)FLT_MAX ? (double)FLT_MAX : scale;
	if (!((float)scale > 0))
		return 1;
	switch ((enum quant_scale)codec->scheme->scale) {
	case SCALE_F32:
		break;
	case SCALE_F16:
		scale = fmin(fmax(scale, 0x1p-24), 65504);
		return f16_to_f32(f16_from_f32((float)scale));
	case SCALE_POW2:
		mantissa = frexp((double)(float)scale, &exponent);
		exponent -= mantissa == 0.5;
		return (float)ldexp(1, exponent > 127 ? 127 : exponent);
	case SCALE_NONE:
		return 1;
	}
	return (float)scale;
}

void quant_codec_scale(const struct quant_codec *codec, double low, double high, float *scale,
		       float *offset)
{
	float span = (float)fmax(fabs(low), fabs(high)), reach = grid_reach(&codec->grid);
	double zero;

	*offset = 0;
	*scale = 1;
	if (!(low <= high))
		return;
	if (codec->scheme->range == RANGE_FULL)
		reach = (codec->grid.high - codec->grid.low) / 2;
	if (codec->scheme->range != RANGE_AFFINE) {
		*scale = quant_codec_stored(codec, (double)(span / reach));
		return;
	}
	low = fmin(low, 0);
	high = fmax(high, 0);
	*scale = quant_codec_stored(codec, (double)(float)((high - low) / (double)reach));
	zero = nearbyint(-low / (double)*scale);
	*offset = (float)fmin(zero, (double)reach);
}

static size_t encode_plain(const struct quant_codec *codec, const float *values,
			   const float *scales, size_t n, uint16_t *codes, float *restored)
{
	int8_t small[BLOCK];

	quantize_block(values, scales, n, codec->grid.high, small, restored);
	for (size_t i = 0; i < n; i++)
		codes[i] = (uint16_t)(small[i] - (int)codec->grid.low);
	return 0;
}

size_t quant_codec_encode(const struct quant_codec *codec, const float *values,
			  const float *scales, const float *offsets, size_t n, uint64_t first,
			  uint16_t *codes, float *restored)
{
	if (codec->kind == CODEC_COPY) {
		memcpy(restored, values, n * sizeof *restored);
		return 0;
	}
	if (codec->plain)
		return encode_plain(codec, values, scales, n, codes, restored);
	return grid_encode(&codec->grid, values, scales, offsets, n, first, codes, restored);
}

static size_t ggml_block(const struct ggml_traits *ggml, const float *values, size_t n,
			 uint16_t *codes, float *restored)
{
	float whole[GGML_MAX_ELEMENTS] = { 0 };
	uint16_t all[GGML_MAX_ELEMENTS];
	uint8_t block[GGML_MAX_BYTES];

	memcpy(whole, values, n * sizeof *values);
	ggml->encode(whole, block);
	ggml->decode(block, whole, all);
	memcpy(restored, whole, n * sizeof *restored);
	memcpy(codes, all, n * sizeof *codes);
	return 0;
}

size_t quant_codec_block(const struct quant_codec *codec, const float *values, size_t n,
			 uint16_t *codes, float *restored)
{
	switch (codec->kind) {
	case CODEC_MX_FLOAT:
		return mx_float_block(codec->format, values, n, codes, restored);
	case CODEC_MX_INT8:
		return mx_int8_block(values, n, codes, restored);
	case CODEC_NVFP4:
		return nvfp4_block(codec->tensor_scale, values, n, codes, restored);
	case CODEC_GGML:
		return ggml_block(codec->ggml, values, n, codes, restored);
	default:
		return 0;
	}
}
