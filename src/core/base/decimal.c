/*
 * Most numbers have at most 19 digits and a small exponent. Where digits and power of ten are both
 * exact as doubles, one operation rounds right. Otherwise the digits are multiplied by 128 bits of
 * the power of five, which is enough to round right for all exponents of the table (D. Lemire,
 * "Number Parsing at a Gigabyte per Second", 2021). What remains is left to the C library.
 */
#include "core/base/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/decimal_powers.h"

enum { MOST_DIGITS = 19, LONGEST = 700, EXPONENT_CAP = 100000 };

static const double small_powers[] = { 1e0,  1e1,  1e2,	 1e3,  1e4,  1e5,  1e6,	 1e7,
				       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* digits x 10^exponent for digits > 0 and an exponent of the table, whose results are normal. */
static double scale(uint64_t digits, int exponent)
{
	const uint64_t *power = decimal_powers[exponent - DECIMAL_POWER_MIN];
	int zeros = __builtin_clzll(digits);
	unsigned __int128 product = (unsigned __int128)(digits << zeros) * power[0];
	uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;

	if ((high & 0x1ff) == 0x1ff) {
		uint64_t more = (uint64_t)((unsigned __int128)(digits << zeros) * power[1] >> 64);
		low += more;
		high += more > low;
	}
	int upper = (int)(high >> 63), shift = upper + 64 - 52 - 3;
	uint64_t mantissa = high >> shift;
	/* floor(exponent * log2(10)) + 63 */
	int binary = ((217706 * exponent) >> 16) + 63 + upper - zeros + 1023;
	if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 &&
	    mantissa << shift == high)
		mantissa &= ~(uint64_t)1; /* a tie, to even */
	mantissa = (mantissa + (mantissa & 1)) >> 1;
	if (mantissa >= (uint64_t)2 << 52) {
		mantissa = (uint64_t)1 << 52;
		binary++;
	}
	uint64_t bits = (mantissa & ~((uint64_t)1 << 52)) | (uint64_t)binary << 52;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* In the C locale whatever the program's is. */
static bool by_library(const char *bytes, size_t len, char point, double *value)
{
	char copy[LONGEST + 1];
	locale_t plain;

	if (len > LONGEST)
		return false;
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	char *comma = point == '.' ? NULL : memchr(copy, point, len);
	if (comma)
		*comma = '.';
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!plain)
		return false;
	*value = strtod_l(copy, NULL, plain);
	freelocale(plain);
	return true;
}

/* What the parts of a number are. */
struct parts {
	uint64_t digits; /* the first MOST_DIGITS of them */
	int exponent;
	bool exact;	 /* there were no more */
};

static const char *read_digits(const char *p, const char *end, struct parts *parts, bool fraction,
			       int *taken)
{
	uint64_t digits = parts->digits;

	while (p < end && (unsigned char)(*p - '0') < 10) {
		if (*taken < MOST_DIGITS) {
			digits = digits * 10 + (unsigned char)(*p - '0');
			*taken += digits != 0;
			parts->exponent -= fraction && parts->exponent > -EXPONENT_CAP;
		} else {
			parts->exact = false;
		}
		p++;
	}
	parts->digits = digits;
	return p;
}

/* The exponent behind e, or p where there is none. */
static const char *read_exponent(const char *p, const char *end, struct parts *parts)
{
	const char *q = p + 1;
	bool minus = false;
	int exponent = 0;

	if (q < end && (*q == '-' || *q == '+'))
		minus = *q++ == '-';
	if (q == end || (unsigned char)(*q - '0') >= 10)
		return p;
	while (q < end && (unsigned char)(*q - '0') < 10) {
		if (exponent < EXPONENT_CAP)
			exponent = exponent * 10 + (*q - '0');
		q++;
	}
	parts->exponent += minus ? -exponent : exponent;
	return q;
}

size_t decimal_read(const char *bytes, size_t len, char point, double *value)
{
	const char *p = bytes, *end = bytes + len, *begin;
	struct parts parts = { .exact = true };
	bool minus = false;
	size_t digits;
	int taken = 0;

	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	begin = p;
	p = read_digits(p, end, &parts, false, &taken);
	digits = (size_t)(p - begin);
	if (p < end && *p == point) {
		begin = ++p;
		p = read_digits(p, end, &parts, true, &taken);
		digits += (size_t)(p - begin);
	}
	if (digits == 0)
		return 0;
	if (p < end && (*p == 'e' || *p == 'E'))
		p = read_exponent(p, end, &parts);
	len = (size_t)(p - bytes);
	if (!parts.exact)
		return by_library(bytes, len, point, value) ? len : 0;
	double result = (double)parts.digits;
	if (parts.digits >> 53 == 0 && parts.exponent >= -22 && parts.exponent <= 22)
		result = parts.exponent < 0 ? result / small_powers[-parts.exponent] :
					      result * small_powers[parts.exponent];
	else if (parts.digits && parts.exponent >= DECIMAL_POWER_MIN &&
		 parts.exponent <= DECIMAL_POWER_MAX)
		result = scale(parts.digits, parts.exponent);
	else if (parts.digits)
		return by_library(bytes, len, point, value) ? len : 0;
	*value = minus ? -result : result;
	return len;
}

size_t decimal_word(const char *bytes, size_t len, double *value)
{
	bool sign = len && (bytes[0] == '-' || bytes[0] == '+');
	const char *word = bytes + sign;
	size_t rest = len - sign;

	if (rest == 3 && strncasecmp(word, "nan", 3) == 0)
		*value = NAN;
	else if ((rest == 3 && strncasecmp(word, "inf", 3) == 0) ||
		 (rest == 8 && strncasecmp(word, "infinity", 8) == 0))
		*value = bytes[0] == '-' ? -INFINITY : INFINITY;
	else
		return 0;
	return len;
}

size_t decimal_write(char out[DECIMAL_SIZE], double value)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;
	double again = 0;
	int len = 0;

	if (!plain)
		return 0;
	before = uselocale(plain);
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(out, DECIMAL_SIZE, "%.*g", digits, value);
		if (!decimal_read(out, (size_t)len, '.', &again) || again == value)
			break;
	}
	uselocale(before);
	freelocale(plain);
	return (size_t)len;
}
