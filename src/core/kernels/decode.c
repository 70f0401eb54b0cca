#include "core/kernels/decode.h"

#include <math.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/kernels/vector.h"

static inline float float_from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The exponent is moved by a multiplication, which also makes subnormals normal. */
static inline float f16_value(uint32_t code)
{
	uint32_t magnitude = code & 0x7fff;
	float moved = float_from_bits(magnitude << 13) * 0x1p112f;
	uint32_t bits;

	memcpy(&bits, &moved, sizeof bits);
	bits = magnitude >= 0x7c00 ? magnitude << 13 | 0x7f800000 : bits;
	return float_from_bits(bits | (code & 0x8000) << 16);
}

static inline float bf16_value(uint32_t code)
{
	return float_from_bits(code << 16);
}

/* Sign, exponent, mantissa without special values; both widths in bits. */
static inline float minifloat(uint32_t code, unsigned exponent_bits, unsigned mantissa_bits,
			      int bias)
{
	uint32_t mantissa = code & ((1u << mantissa_bits) - 1);
	uint32_t exponent = code >> mantissa_bits & ((1u << exponent_bits) - 1);
	uint32_t sign = code >> (exponent_bits + mantissa_bits) & 1;
	float magnitude;

	if (exponent)
		magnitude = float_from_bits((exponent + 127 - (uint32_t)bias) << 23 |
					    mantissa << (23 - mantissa_bits));
	else
		magnitude = (float)mantissa *
			    float_from_bits((128 - (uint32_t)bias - mantissa_bits) << 23);
	return sign ? -magnitude : magnitude;
}

static float f8e4m3fn_value(uint32_t code)
{
	if ((code & 0x7f) == 0x7f)
		return float_from_bits((code & 0x80) << 24 | 0x7fc00000);
	return minifloat(code, 4, 3, 7);
}

static float f8e4m3fnuz_value(uint32_t code)
{
	return code == 0x80 ? float_from_bits(0xffc00000) : minifloat(code, 4, 3, 8);
}

static float f8e5m2_value(uint32_t code)
{
	uint32_t sign = (code & 0x80) << 24;

	if ((code & 0x7f) > 0x7c)
		return float_from_bits(sign | 0x7fc00000);
	if ((code & 0x7f) == 0x7c)
		return float_from_bits(sign | 0x7f800000);
	return minifloat(code, 5, 2, 15);
}

static float f8e5m2fnuz_value(uint32_t code)
{
	return code == 0x80 ? float_from_bits(0xffc00000) : minifloat(code, 5, 2, 16);
}

static float f8e8m0_value(uint32_t code)
{
	if (code == 0xff)
		return float_from_bits(0x7fc00000);
	return float_from_bits(code ? code << 23 : 0x00400000);
}

static float f4e2m1_value(uint32_t code)
{
	return minifloat(code, 2, 1, 1);
}

static inline uint32_t packed(const uint8_t *bytes, size_t i, unsigned bits)
{
	unsigned per_byte = 8 / bits;

	return (uint32_t)(bytes[i / per_byte] >> i % per_byte * bits) & ((1u << bits) - 1);
}

static inline int64_t sign_extend(uint32_t code, unsigned bits)
{
	return (int64_t)(code ^ 1u << (bits - 1)) - (1 << (bits - 1));
}

#define EACH(expression)                                                                           \
	do {                                                                                       \
		for (size_t i = 0; i < n; i++)                                                     \
			out[i] = (expression);                                                     \
	} while (0)

void decode_f32(enum dtype dtype, const uint8_t *bytes, size_t n, float *out)
{
	switch (dtype) {
	case DTYPE_F32: EACH(load_f32(bytes + 4 * i)); return;
	case DTYPE_F64: EACH((float)load_f64(bytes + 8 * i)); return;
	case DTYPE_F16: kernels_current()->widen_f16(bytes, n, out); return;
	case DTYPE_BF16: EACH(bf16_value(load_u16(bytes + 2 * i))); return;
	case DTYPE_F8E4M3FN: EACH(f8e4m3fn_value(bytes[i])); return;
	case DTYPE_F8E4M3FNUZ: EACH(f8e4m3fnuz_value(bytes[i])); return;
	case DTYPE_F8E5M2: EACH(f8e5m2_value(bytes[i])); return;
	case DTYPE_F8E5M2FNUZ: EACH(f8e5m2fnuz_value(bytes[i])); return;
	case DTYPE_F8E8M0: EACH(f8e8m0_value(bytes[i])); return;
	case DTYPE_F4E2M1: EACH(f4e2m1_value(packed(bytes, i, 4))); return;
	default: EACH(0); return;
	}
}

void decode_f64(enum dtype dtype, const uint8_t *bytes, size_t n, double *out)
{
	switch (dtype) {
	case DTYPE_F32: kernels_current()->widen_f32(bytes, n, out); return;
	case DTYPE_F64: memcpy(out, bytes, n * sizeof *out); return;
	case DTYPE_F16: EACH(f16_value(load_u16(bytes + 2 * i))); return;
	case DTYPE_BF16: EACH(bf16_value(load_u16(bytes + 2 * i))); return;
	case DTYPE_F8E4M3FN: EACH(f8e4m3fn_value(bytes[i])); return;
	case DTYPE_F8E4M3FNUZ: EACH(f8e4m3fnuz_value(bytes[i])); return;
	case DTYPE_F8E5M2: EACH(f8e5m2_value(bytes[i])); return;
	case DTYPE_F8E5M2FNUZ: EACH(f8e5m2fnuz_value(bytes[i])); return;
	case DTYPE_F8E8M0: EACH(f8e8m0_value(bytes[i])); return;
	case DTYPE_F4E2M1: EACH(f4e2m1_value(packed(bytes, i, 4))); return;
	case DTYPE_U8: EACH(bytes[i]); return;
	case DTYPE_I8: EACH((int8_t)bytes[i]); return;
	case DTYPE_U16: EACH(load_u16(bytes + 2 * i)); return;
	case DTYPE_I16: EACH((int16_t)load_u16(bytes + 2 * i)); return;
	case DTYPE_U32: kernels_current()->widen_u32(bytes, n, out); return;
	case DTYPE_I32: kernels_current()->widen_i32(bytes, n, out); return;
	case DTYPE_U64: kernels_current()->widen_u64(bytes, n, out); return;
	case DTYPE_I64: kernels_current()->widen_i64(bytes, n, out); return;
	case DTYPE_BOOL: EACH(bytes[i] != 0); return;
	case DTYPE_U4: EACH(packed(bytes, i, 4)); return;
	case DTYPE_I4: EACH((double)sign_extend(packed(bytes, i, 4), 4)); return;
	case DTYPE_U2: EACH(packed(bytes, i, 2)); return;
	case DTYPE_I2: EACH((double)sign_extend(packed(bytes, i, 2), 2)); return;
	case DTYPE_C64: EACH(hypot(load_f32(bytes + 8 * i), load_f32(bytes + 8 * i + 4))); return;
	case DTYPE_C128: EACH(hypot(load_f64(bytes + 16 * i), load_f64(bytes + 16 * i + 8))); return;
	case DTYPE_UNKNOWN:
	case DTYPE_STRING:
	case DTYPE_COUNT: EACH(0); return;
	}
}

uint16_t decode_code(enum dtype dtype, const uint8_t *bytes, size_t i)
{
	switch (dtype_traits[dtype].bits) {
	case 2: return (uint16_t)packed(bytes, i, 2);
	case 4: return (uint16_t)packed(bytes, i, 4);
	case 8: return bytes[i];
	default: return load_u16(bytes + 2 * i);
	}
}

int64_t decode_i64(enum dtype dtype, const uint8_t *bytes, size_t i)
{
	switch (dtype) {
	case DTYPE_U64:
	case DTYPE_I64: return (int64_t)load_u64(bytes + 8 * i);
	case DTYPE_U32: return load_u32(bytes + 4 * i);
	case DTYPE_I32: return (int32_t)load_u32(bytes + 4 * i);
	case DTYPE_U16: return load_u16(bytes + 2 * i);
	case DTYPE_I16: return (int16_t)load_u16(bytes + 2 * i);
	case DTYPE_U8: return bytes[i];
	case DTYPE_I8: return (int8_t)bytes[i];
	case DTYPE_BOOL: return bytes[i] != 0;
	case DTYPE_U4: return packed(bytes, i, 4);
	case DTYPE_I4: return sign_extend(packed(bytes, i, 4), 4);
	case DTYPE_U2: return packed(bytes, i, 2);
	case DTYPE_I2: return sign_extend(packed(bytes, i, 2), 2);
	default: return 0;
	}
}

double decode_smallest_normal(enum dtype dtype)
{
	switch (dtype) {
	case DTYPE_F64:
	case DTYPE_C128: return 0x1p-1022;
	case DTYPE_F32:
	case DTYPE_C64:
	case DTYPE_BF16: return 0x1p-126;
	case DTYPE_F16:
	case DTYPE_F8E5M2: return 0x1p-14;
	case DTYPE_F8E5M2FNUZ: return 0x1p-15;
	case DTYPE_F8E4M3FN: return 0x1p-6;
	case DTYPE_F8E4M3FNUZ: return 0x1p-7;
	case DTYPE_F4E2M1: return 1;
	default: return 0;
	}
}
