#include "core/kernels/minifloat.h"

#include <math.h>
#include <string.h>

#include "core/kernels/decode.h"

const struct minifloat minifloats[MINIFLOAT_COUNT] = {
	[MINIFLOAT_F16] = { 16, 10, 15, false, 63488, 65504 },
	[MINIFLOAT_BF16] = { 16, 7, 127, false, 65280, 0x1.fep127f },
	[MINIFLOAT_F8E4M3FN] = { 8, 3, 7, false, 254, 448 },
	[MINIFLOAT_F8E5M2] = { 8, 2, 15, false, 248, 57344 },
	[MINIFLOAT_F8E4M3FNUZ] = { 8, 3, 8, true, 255, 240 },
	[MINIFLOAT_F8E5M2FNUZ] = { 8, 2, 16, true, 255, 57344 },
	[MINIFLOAT_F6E2M3] = { 6, 3, 1, false, 64, 7.5f },
	[MINIFLOAT_F6E3M2] = { 6, 2, 3, false, 64, 28 },
	[MINIFLOAT_F4E2M1] = { 4, 1, 1, false, 16, 6 },
};

/* The exponent that values near the magnitude share: not below that of the subnormals. Of a float's
 * magnitude, which is 0 or normal in double. */
static int exponent_of(const struct minifloat *format, double magnitude)
{
	int least = 1 - format->bias, exponent;
	uint64_t bits;

	memcpy(&bits, &magnitude, sizeof bits);
	exponent = (int)(bits >> 52) - 1023;
	return exponent > least ? exponent : least;
}

static double power_of_two(int exponent)
{
	uint64_t bits = (uint64_t)(exponent + 1023) << 52;
	double power;

	memcpy(&power, &bits, sizeof power);
	return power;
}

double round_steps(double steps, enum rounding rounding, double share)
{
	switch (rounding) {
	case ROUNDING_EVEN:
		/* Adding and taking away 3 * 2^51 leaves a whole number. */
		return steps < 0x1p51 ? (steps + 0x1.8p52) - 0x1.8p52 : steps;
	case ROUNDING_AWAY:
		return floor(steps + 0.5);
	case ROUNDING_STOCHASTIC:
		break;
	}
	return floor(steps + share);
}

float minifloat_round(const struct minifloat *format, float value, enum rounding rounding,
		      double share)
{
	double magnitude = fabs((double)value);
	int shift = exponent_of(format, magnitude) - format->mantissa_bits;

	magnitude = round_steps(magnitude * power_of_two(-shift), rounding, share);
	magnitude *= power_of_two(shift);
	if (magnitude > (double)format->max)
		magnitude = (double)format->max;
	if (format->one_zero && magnitude == 0)
		return 0;
	return copysignf((float)magnitude, value);
}

uint32_t minifloat_code(const struct minifloat *format, float value)
{
	double magnitude = fabs((double)value);
	int exponent = exponent_of(format, magnitude);
	uint32_t code = (uint32_t)(exponent + format->bias - 1) << format->mantissa_bits;

	code += (uint32_t)(magnitude * power_of_two(format->mantissa_bits - exponent));
	if (signbit(value) && !(format->one_zero && code == 0))
		code |= 1u << (format->bits - 1);
	return code;
}

uint16_t f16_from_f32(float value)
{
	const struct minifloat *format = &minifloats[MINIFLOAT_F16];

	if (isnan(value))
		return 0x7e00;
	if (fabsf(value) >= 65520)
		return value < 0 ? 0xfc00 : 0x7c00;
	return (uint16_t)minifloat_code(format, minifloat_round(format, value, ROUNDING_EVEN, 0));
}

float f16_to_f32(uint16_t code)
{
	const uint8_t bytes[2] = { (uint8_t)code, (uint8_t)(code >> 8) };
	float value;

	decode_f32(DTYPE_F16, bytes, 1, &value);
	return value;
}
