#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/canvas/number.h"

static char buffer[NUMBER_SIZE];

static void test_counts(void **state)
{
	(void)state;
	assert_string_equal(number_count(buffer, 0), "0");
	assert_string_equal(number_count(buffer, 999), "999");
	assert_string_equal(number_count(buffer, 1000), "1,000");
	assert_string_equal(number_count(buffer, 1235496), "1,235,496");
	assert_string_equal(number_count(buffer, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(number_short(buffer, 999), "999");
	assert_string_equal(number_short(buffer, 1000), "1.00K");
	assert_string_equal(number_short(buffer, 9408), "9.41K");
	assert_string_equal(number_short(buffer, 9995), "10.0K"); /* rounded up into the next form */
	assert_string_equal(number_short(buffer, 99949), "99.9K");
	assert_string_equal(number_short(buffer, 99950), "100K");
	assert_string_equal(number_short(buffer, 999499), "999K");
	assert_string_equal(number_short(buffer, 999500), "1.00M");
	assert_string_equal(number_short(buffer, 1235496), "1.24M");
	assert_string_equal(number_short(buffer, UINT64_MAX), "18.4E");
	assert_string_equal(number_bytes(buffer, 812), "812 B");
	assert_string_equal(number_bytes(buffer, 1024), "1.0 KiB");
	assert_string_equal(number_bytes(buffer, 4941984), "4.7 MiB");
	assert_string_equal(number_bytes(buffer, 1048575), "1.0 MiB");
	assert_string_equal(number_bytes(buffer, UINT64_MAX), "16.0 EiB");
}

static void test_values(void **state)
{
	(void)state;
	assert_string_equal(number_value(buffer, -0.84134, 4), "-0.8413");
	assert_string_equal(number_value(buffer, 1.6e24, 2), "1.6e+24");
	assert_string_equal(number_value(buffer, 0, 4), "0");
	assert_string_equal(number_value(buffer, -0.0, 4), "0");
	assert_string_equal(number_value(buffer, 0.5, 4), "0.5");
	assert_string_equal(number_value(buffer, 12345, 3), "12345");
	assert_string_equal(number_value(buffer, 12345.678, 3), "12346");
	assert_string_equal(number_value(buffer, 999999.9, 3), "1e+06");
	assert_string_equal(number_value(buffer, 100, 3), "100");
	assert_string_equal(number_value(buffer, 0.000123456, 4), "0.0001235");
	assert_string_equal(number_value(buffer, 0.0000123456, 4), "1.235e-05");
	assert_string_equal(number_value(buffer, 9.9999, 2), "10");
	assert_string_equal(number_value(buffer, NAN, 4), "NaN");
	assert_string_equal(number_value(buffer, -INFINITY, 4), "-Inf");
	assert_string_equal(number_value(buffer, DBL_MAX, 99), "1.7976931348623157e+308");
	assert_string_equal(number_value(buffer, 5e-324, 0), "5e-324");
	assert_string_equal(number_percent(buffer, 0.1234), "12.3 %");
	assert_string_equal(number_percent(buffer, 1), "100 %");
	assert_string_equal(number_percent(buffer, 0.99999), ">99.9 %");
	assert_string_equal(number_percent(buffer, 1e-9), "<0.1 %");
	assert_string_equal(number_percent(buffer, 0), "0 %");
	assert_string_equal(number_percent(buffer, 1e300), "1e+302 %");
	assert_string_equal(number_decibel(buffer, 38.06), "38.1");
	assert_string_equal(number_decibel(buffer, -0.01), "0.0");
	assert_string_equal(number_decibel(buffer, -12.34), "-12.3");
	assert_string_equal(number_decibel(buffer, INFINITY), "exact");
	assert_string_equal(number_duration(buffer, 0.31), "0.3 s");
	assert_string_equal(number_duration(buffer, 42.4), "42 s");
	assert_string_equal(number_duration(buffer, 120), "2 min");
	assert_string_equal(number_duration(buffer, 1e5), "28 h");
	assert_string_equal(number_duration(buffer, NAN), "0.0 s");
	assert_string_equal(number_duration(buffer, INFINITY), "ages");
}

static void test_exact_words(void **state)
{
	(void)state;
	assert_string_equal(number_exact(buffer, 0.1), "0.1");
	assert_string_equal(number_exact(buffer, 1.0 / 3), "0.3333333333333333");
	assert_string_equal(number_exact(buffer, 4), "4");
	assert_string_equal(number_exact(buffer, -1e22), "-1e+22");
	assert_string_equal(number_exact(buffer, 123456789012), "123456789012");
	assert_string_equal(number_exact(buffer, -0.0), "-0.0");
	assert_string_equal(number_exact(buffer, NAN), "NaN");
	assert_string_equal(number_exact(buffer, INFINITY), "Infinity");
	assert_string_equal(number_exact(buffer, -INFINITY), "-Infinity");
	assert_string_equal(number_exact_f32(buffer, 0.1f), "0.1");
	assert_string_equal(number_exact_f32(buffer, 16777216.0f), "16777216");
	assert_string_equal(number_exact_f32(buffer, FLT_MAX), "3.4028235e+38");
	assert_string_equal(number_exact_f32(buffer, 1e-45f), "1e-45");
}

static void test_exact_reads_back(void **state)
{
	(void)state;
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		double value;
		float single;
		uint32_t low;
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof(value));
		low = (uint32_t)bits;
		memcpy(&single, &low, sizeof(single));
		if (isfinite(value)) {
			assert_true(strtod(number_exact(buffer, value), NULL) == value);
			assert_true(strlen(buffer) < NUMBER_SIZE);
		}
		if (isfinite(single))
			assert_true(strtof(number_exact_f32(buffer, single), NULL) == single);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_exact_words),
		cmocka_unit_test(test_exact_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
