/*
 * Element types of tensors, one row each.
 *
 * Narrow types follow the ONNX specification (docs "Float stored in 8 bits", "4 bit integer",
 * "Float stored in 4 bits"): packed types put the first element in the low bits of a byte.
 */
#ifndef MTUI_DTYPE_H
#define MTUI_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/text.h>

enum dtype_class { CLASS_NONE, CLASS_FLOAT, CLASS_SIGNED, CLASS_UNSIGNED, CLASS_BOOL, CLASS_COMPLEX, CLASS_STRING };

/* id, name, bits per element, class, TensorProto.DataType number of ONNX. */
#define DTYPES(X)                                                                                  \
	X(DTYPE_UNKNOWN, "?", 0, CLASS_NONE, 0)                                                    \
	X(DTYPE_F32, "f32", 32, CLASS_FLOAT, 1)                                                    \
	X(DTYPE_U8, "u8", 8, CLASS_UNSIGNED, 2)                                                    \
	X(DTYPE_I8, "i8", 8, CLASS_SIGNED, 3)                                                      \
	X(DTYPE_U16, "u16", 16, CLASS_UNSIGNED, 4)                                                 \
	X(DTYPE_I16, "i16", 16, CLASS_SIGNED, 5)                                                   \
	X(DTYPE_I32, "i32", 32, CLASS_SIGNED, 6)                                                   \
	X(DTYPE_I64, "i64", 64, CLASS_SIGNED, 7)                                                   \
	X(DTYPE_STRING, "string", 0, CLASS_STRING, 8)                                              \
	X(DTYPE_BOOL, "bool", 8, CLASS_BOOL, 9)                                                    \
	X(DTYPE_F16, "f16", 16, CLASS_FLOAT, 10)                                                   \
	X(DTYPE_F64, "f64", 64, CLASS_FLOAT, 11)                                                   \
	X(DTYPE_U32, "u32", 32, CLASS_UNSIGNED, 12)                                                \
	X(DTYPE_U64, "u64", 64, CLASS_UNSIGNED, 13)                                                \
	X(DTYPE_C64, "c64", 64, CLASS_COMPLEX, 14)                                                 \
	X(DTYPE_C128, "c128", 128, CLASS_COMPLEX, 15)                                              \
	X(DTYPE_BF16, "bf16", 16, CLASS_FLOAT, 16)                                                 \
	X(DTYPE_F8E4M3FN, "f8e4m3fn", 8, CLASS_FLOAT, 17)                                          \
	X(DTYPE_F8E4M3FNUZ, "f8e4m3fnuz", 8, CLASS_FLOAT, 18)                                      \
	X(DTYPE_F8E5M2, "f8e5m2", 8, CLASS_FLOAT, 19)                                              \
	X(DTYPE_F8E5M2FNUZ, "f8e5m2fnuz", 8, CLASS_FLOAT, 20)                                      \
	X(DTYPE_U4, "u4", 4, CLASS_UNSIGNED, 21)                                                   \
	X(DTYPE_I4, "i4", 4, CLASS_SIGNED, 22)                                                     \
	X(DTYPE_F4E2M1, "f4e2m1", 4, CLASS_FLOAT, 23)                                              \
	X(DTYPE_F8E8M0, "f8e8m0", 8, CLASS_FLOAT, 24)                                              \
	X(DTYPE_U2, "u2", 2, CLASS_UNSIGNED, 25)                                                   \
	X(DTYPE_I2, "i2", 2, CLASS_SIGNED, 26)

enum dtype {
#define X(id, name, bits, class, onnx) id,
	DTYPES(X)
#undef X
	DTYPE_COUNT
};

struct dtype_traits {
	const char *name;
	uint16_t bits; /* per element; 0 where the size is not fixed (string) or not known */
	enum dtype_class class;
	int32_t onnx; /* TensorProto.DataType */
};

extern const struct dtype_traits dtype_traits[DTYPE_COUNT];

static inline const char *dtype_name(enum dtype dtype)
{
	return dtype_traits[dtype].name;
}

/* DTYPE_UNKNOWN for numbers and names not in the list. */
enum dtype dtype_from_onnx(int64_t number);
enum dtype dtype_from_name(struct text name);

/* Statistics and quantization apply: floats, integers, bool and (by magnitude) complex. */
static inline bool dtype_is_numeric(enum dtype dtype)
{
	return dtype_traits[dtype].class != CLASS_NONE && dtype_traits[dtype].class != CLASS_STRING;
}

/* Elements that count as parameters of a model: floats and integers, not bool, not string. */
bool dtype_is_parameter(enum dtype dtype);

/* ceil(count * bits / 8), false on overflow. */
bool dtype_bytes(enum dtype dtype, uint64_t count, uint64_t *bytes);

#endif
