/*
 * Narrow floating-point formats: rounding a value to one.
 *
 * A code is sign, exponent, mantissa. Values beyond the largest finite one saturate. The formats
 * of 8 bits as the ONNX specification has them ("Float stored in 8 bits"), those of 6 and 4 as
 * OCP MX 1.0, section 5.3.
 */
#ifndef KERNELS_MINIFLOAT_H
#define KERNELS_MINIFLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum minifloat_id {
	MINIFLOAT_F16,
	MINIFLOAT_BF16,
	MINIFLOAT_F8E4M3FN,
	MINIFLOAT_F8E5M2,
	MINIFLOAT_F8E4M3FNUZ,
	MINIFLOAT_F8E5M2FNUZ,
	MINIFLOAT_F6E2M3,
	MINIFLOAT_F6E3M2,
	MINIFLOAT_F4E2M1,
	MINIFLOAT_COUNT
};

struct minifloat {
	uint8_t bits, mantissa_bits;
	int16_t bias;
	bool one_zero;	 /* no code for -0 */
	uint32_t levels; /* codes of finite values */
	float max;	 /* the largest finite value */
};

extern const struct minifloat minifloats[MINIFLOAT_COUNT];

enum rounding { ROUNDING_EVEN, ROUNDING_AWAY, ROUNDING_STOCHASTIC };

/* The nearest value of the format; share, in [0, 1), decides in ROUNDING_STOCHASTIC. */
float minifloat_round(const struct minifloat *format, float value, enum rounding rounding,
		      double share);

/* Of a value that the format has. */
uint32_t minifloat_code(const struct minifloat *format, float value);

/* Nearest even, without saturation: what overflows f16 is infinite. */
uint16_t f16_from_f32(float value);
float f16_to_f32(uint16_t code);

/* steps >= 0 to a whole number. */
double round_steps(double steps, enum rounding rounding, double share);

#endif
