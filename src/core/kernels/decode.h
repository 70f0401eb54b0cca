/*
 * Elements of any numeric dtype to float and double.
 *
 * Bytes are little-endian, have no alignment and hold exactly ceil(n * bits / 8) bytes; packed
 * types start in the low bits of the first byte. Every value of a float type of at most 32 bits
 * and of an integer type of at most 32 bits is exact in double; 64-bit integers are rounded to
 * nearest. Narrow formats: ONNX "Float stored in 8 bits", "Float stored in 4 bits", and OCP MX 1.0.
 */
#ifndef KERNELS_DECODE_H
#define KERNELS_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/dtype.h>

/* Complex values become their magnitude, bool 0 or 1. */
void decode_f64(enum dtype dtype, const uint8_t *bytes, size_t n, double *out);

/* For CLASS_FLOAT; f64 is rounded to nearest and may become infinite. */
void decode_f32(enum dtype dtype, const uint8_t *bytes, size_t n, float *out);

/* Bits of element i of a type of at most 16 bits. */
uint16_t decode_code(enum dtype dtype, const uint8_t *bytes, size_t i);

/* Element i of an integer type or bool; u64 as the same 64 bits. */
int64_t decode_i64(enum dtype dtype, const uint8_t *bytes, size_t i);

/* Smallest normal magnitude; 0 for types without subnormals. */
double decode_smallest_normal(enum dtype dtype);

#endif
