#include "ui/views/element_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"

static char *real_text(enum dtype dtype, double value, int significant, char buffer[NUMBER_SIZE])
{
	if (significant != ELEMENT_EXACT)
		return number_value(buffer, value, significant);
	if (dtype == DTYPE_F64 || dtype == DTYPE_C128)
		return number_exact(buffer, value);
	return number_exact_f32(buffer, (float)value);
}

char *element_text(enum dtype dtype, const struct element *element, int significant,
		   char buffer[ELEMENT_TEXT_SIZE])
{
	char real[NUMBER_SIZE], imaginary[NUMBER_SIZE];

	switch (dtype_traits[dtype].class) {
	case CLASS_SIGNED:
		snprintf(buffer, ELEMENT_TEXT_SIZE, "%" PRId64, element->integer);
		break;
	case CLASS_UNSIGNED:
		snprintf(buffer, ELEMENT_TEXT_SIZE, "%" PRIu64, (uint64_t)element->integer);
		break;
	case CLASS_BOOL:
		strcpy(buffer, element->real != 0 ? "true" : "false");
		break;
	case CLASS_FLOAT:
		strcpy(buffer, real_text(dtype, element->real, significant, real));
		break;
	case CLASS_COMPLEX:
		snprintf(buffer, ELEMENT_TEXT_SIZE, "%s%c%si",
			 real_text(dtype, element->real, significant, real),
			 signbit(element->imaginary) ? '-' : '+',
			 real_text(dtype, fabs(element->imaginary), significant, imaginary));
		break;
	case CLASS_STRING:
	case CLASS_NONE:
		buffer[0] = '\0';
		break;
	}
	return buffer;
}

char *element_hex(enum dtype dtype, const struct element *element, char buffer[ELEMENT_TEXT_SIZE])
{
	int n = 0;

	for (int i = element->n_bytes - 1; i >= 0 && i < 16; i--)
		n += snprintf(buffer + n, ELEMENT_TEXT_SIZE - (size_t)n, "%02x", element->bytes[i]);
	buffer[n] = '\0';
	if (n == 2 && dtype_traits[dtype].bits <= 4) /* one digit holds all the bits */
		memmove(buffer, buffer + 1, 2);
	return buffer;
}

int element_hex_width(enum dtype dtype)
{
	return (dtype_traits[dtype].bits + 3) / 4;
}

int element_text_width(enum dtype dtype, int significant)
{
	static const int integers[][2] = { { 2, 2 }, { 4, 2 }, { 8, 4 }, { 16, 6 }, { 32, 11 } };
	int real = significant + 6; /* sign, point, e-05; an exponent of three digits is rare */

	switch (dtype_traits[dtype].class) {
	case CLASS_SIGNED:
	case CLASS_UNSIGNED:
		for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
			if (dtype_traits[dtype].bits == integers[i][0])
				return integers[i][1];
		return 20;
	case CLASS_BOOL:
		return 5;
	case CLASS_COMPLEX:
		return 2 * real + 1;
	case CLASS_FLOAT:
		return dtype == DTYPE_F64 ? real + 1 : real;
	case CLASS_STRING:
	case CLASS_NONE:
		break;
	}
	return 1;
}
