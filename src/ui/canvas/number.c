/*
 * Numbers are built from decimal digits, not from printf's fixed notation, so that no locale's
 * decimal point or grouping gets in. printf's %e is used for its correctly rounded digits only.
 */
#include "ui/canvas/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17

struct decimal { /* 0.d1d2d3... * 10^(exponent + 1) */
	bool negative;
	char digits[DIGITS_MAX + 1];
	int count;
	int exponent; /* of the first digit: 1 <= d1.d2d3... < 10 */
};

static struct decimal decimal_of(double value, int significant)
{
	struct decimal decimal = { .negative = signbit(value) != 0 };
	char buffer[64];

	if (significant < 1)
		significant = 1;
	if (significant > DIGITS_MAX)
		significant = DIGITS_MAX;
	snprintf(buffer, sizeof(buffer), "%.*e", significant - 1, fabs(value));
	const char *s = buffer;
	for (; *s && *s != 'e'; s++)
		if (*s >= '0' && *s <= '9' && decimal.count < DIGITS_MAX)
			decimal.digits[decimal.count++] = *s;
	if (*s == 'e')
		decimal.exponent = (int)strtol(s + 1, NULL, 10);
	return decimal;
}

static void drop_zeros(struct decimal *decimal)
{
	while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
		decimal->count--;
}

/* Fixed notation where the exponent lies in [fixed_low, fixed_high), scientific elsewhere. */
static char *decimal_write(const struct decimal *decimal, int fixed_low, int fixed_high,
			   char buffer[NUMBER_SIZE])
{
	char *out = buffer;

	if (decimal->negative)
		*out++ = '-';
	if (decimal->exponent < fixed_low || decimal->exponent >= fixed_high) {
		*out++ = decimal->digits[0];
		if (decimal->count > 1)
			*out++ = '.';
		for (int i = 1; i < decimal->count; i++)
			*out++ = decimal->digits[i];
		snprintf(out, (size_t)(buffer + NUMBER_SIZE - out), "e%+03d", decimal->exponent);
		return buffer;
	}
	int point = decimal->exponent + 1; /* digits before the point */
	if (point <= 0)
		*out++ = '0';
	for (int i = 0; i < point; i++)
		*out++ = i < decimal->count ? decimal->digits[i] : '0';
	if (decimal->count > point) {
		*out++ = '.';
		for (int i = point; i < 0; i++)
			*out++ = '0';
		for (int i = point < 0 ? 0 : point; i < decimal->count; i++)
			*out++ = decimal->digits[i];
	}
	*out = '\0';
	return buffer;
}

static char *word(char buffer[NUMBER_SIZE], const char *text)
{
	return strcpy(buffer, text);
}

char *number_count(char buffer[NUMBER_SIZE], uint64_t count)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *out = buffer;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buffer;
}

/* part / unit with `decimals` (0 to 2) decimals, rounded to the nearest; unit is at least 1000. */
static uint64_t scaled(uint64_t part, uint64_t unit, unsigned scale)
{
	return (uint64_t)(((unsigned __int128)part * scale + unit / 2) / unit);
}

char *number_short(char buffer[NUMBER_SIZE], uint64_t count)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1;

	if (count < 1000) {
		snprintf(buffer, NUMBER_SIZE, "%" PRIu64, count);
		return buffer;
	}
	for (int i = 0; units[i]; i++) {
		unit *= 1000;
		uint64_t hundredths = scaled(count, unit, 100), tenths = scaled(count, unit, 10);
		uint64_t whole = scaled(count, unit, 1);
		if (hundredths < 1000)
			snprintf(buffer, NUMBER_SIZE, "%d.%02d%c", (int)(hundredths / 100),
				 (int)(hundredths % 100), units[i]);
		else if (tenths < 1000)
			snprintf(buffer, NUMBER_SIZE, "%d.%d%c", (int)(tenths / 10),
				 (int)(tenths % 10), units[i]);
		else if (whole < 1000)
			snprintf(buffer, NUMBER_SIZE, "%d%c", (int)whole, units[i]);
		else
			continue;
		break;
	}
	return buffer;
}

char *number_bytes(char buffer[NUMBER_SIZE], uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	const size_t last = sizeof(units) / sizeof(units[0]) - 1;

	if (bytes < 1024) {
		snprintf(buffer, NUMBER_SIZE, "%d B", (int)bytes);
		return buffer;
	}
	for (size_t i = 0; i <= last; i++) {
		uint64_t tenths = scaled(bytes, (uint64_t)1 << (10 * (i + 1)), 10);
		if (tenths >= 10240 && i < last)
			continue;
		snprintf(buffer, NUMBER_SIZE, "%d.%d %s", (int)(tenths / 10), (int)(tenths % 10),
			 units[i]);
		break;
	}
	return buffer;
}

char *number_value(char buffer[NUMBER_SIZE], double value, int significant)
{
	if (isnan(value))
		return word(buffer, "NaN");
	if (isinf(value))
		return word(buffer, value < 0 ? "-Inf" : "Inf");
	if (value == 0)
		return word(buffer, "0");
	struct decimal decimal = decimal_of(value, significant);
	if (decimal.exponent < 6 && decimal.exponent >= decimal.count) /* 12345, not 12300 */
		decimal = decimal_of(value, decimal.exponent + 1);
	drop_zeros(&decimal);
	return decimal_write(&decimal, -4, 6, buffer);
}

/* Fixed notation with one decimal, for values of everyday size. */
static char *one_decimal(char buffer[NUMBER_SIZE], double value, const char *unit)
{
	if (!(fabs(value) < 1e12)) {
		number_value(buffer, value, 3);
		strncat(buffer, unit, NUMBER_SIZE - 1 - strlen(buffer));
		return buffer;
	}
	uint64_t tenths = (uint64_t)llround(fabs(value) * 10);
	snprintf(buffer, NUMBER_SIZE, "%s%" PRIu64 ".%d%s", value < 0 && tenths > 0 ? "-" : "",
		 tenths / 10, (int)(tenths % 10), unit);
	return buffer;
}

char *number_percent(char buffer[NUMBER_SIZE], double share)
{
	if (isnan(share))
		return word(buffer, "NaN");
	if (share == 0 || share == 1)
		return word(buffer, share == 0 ? "0 %" : "100 %");
	if (share > 0 && share < 0.0005)
		return word(buffer, "<0.1 %");
	if (share < 1 && share >= 0.9995)
		return word(buffer, ">99.9 %");
	return one_decimal(buffer, share * 100, " %");
}

char *number_decibel(char buffer[NUMBER_SIZE], double decibel)
{
	if (isnan(decibel))
		return word(buffer, "NaN");
	if (isinf(decibel))
		return word(buffer, decibel > 0 ? "exact" : "-Inf");
	return one_decimal(buffer, decibel, "");
}

char *number_duration(char buffer[NUMBER_SIZE], double seconds)
{
	if (!(seconds >= 0))
		seconds = 0;
	if (seconds < 9.95)
		return one_decimal(buffer, seconds, " s");
	if (seconds < 99.5)
		snprintf(buffer, NUMBER_SIZE, "%d s", (int)lround(seconds));
	else if (seconds < 99.5 * 60)
		snprintf(buffer, NUMBER_SIZE, "%d min", (int)lround(seconds / 60));
	else if (seconds < 1e9)
		snprintf(buffer, NUMBER_SIZE, "%ld h", lround(seconds / 3600));
	else
		word(buffer, "ages");
	return buffer;
}

/* Whether so many digits are enough. In a locale with a decimal comma both use that. */
static bool reads_back(double value, int significant, bool single)
{
	char trial[64];

	snprintf(trial, sizeof(trial), "%.*e", significant - 1, value);
	return single ? strtof(trial, NULL) == (float)value : strtod(trial, NULL) == value;
}

static char *exact(char buffer[NUMBER_SIZE], double value, bool single)
{
	const bool subnormal = fabs(value) < (single ? (double)FLT_MIN : DBL_MIN);
	const int fewest = subnormal ? 1 : single ? FLT_DIG : DBL_DIG; /* these never say too much */
	const int most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;

	if (isnan(value))
		return word(buffer, "NaN");
	if (isinf(value))
		return word(buffer, value < 0 ? "-Infinity" : "Infinity");
	if (value == 0) /* JSON readers take "-0" for an integer and lose the sign */
		return word(buffer, signbit(value) ? "-0.0" : "0");
	if (fabs(value) < 1e15 && value == (double)(int64_t)value) {
		snprintf(buffer, NUMBER_SIZE, "%lld", (long long)value);
		return buffer;
	}
	int significant = fewest;
	while (significant < most && !reads_back(value, significant, single))
		significant++;
	struct decimal decimal = decimal_of(value, significant);
	drop_zeros(&decimal);
	return decimal_write(&decimal, -5, 16, buffer);
}

char *number_exact(char buffer[NUMBER_SIZE], double value)
{
	return exact(buffer, value, false);
}

char *number_exact_f32(char buffer[NUMBER_SIZE], float value)
{
	return exact(buffer, (double)value, true);
}
