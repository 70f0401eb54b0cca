#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "ui/views/pattern.h"

/* "start+len" of the first hit, "-" for none, the message for a refused pattern. */
static const char *hit(const char *source, struct text subject, char *result, size_t size)
{
	struct error err = { 0 };
	struct pattern *pattern = pattern_new(text_from(source), &err);
	size_t start = 99, len = 99;

	if (!pattern) {
		snprintf(result, size, "%s", err.message);
		return result;
	}
	if (pattern_match(pattern, subject, &start, &len))
		snprintf(result, size, "%zu+%zu", start, len);
	else
		snprintf(result, size, "-");
	pattern_free(pattern);
	return result;
}

static void test_hits(void **state)
{
	static const struct {
		const char *pattern, *subject, *expected;
	} rows[] = {
		{ "", "abc", "-" },
		{ "conv", "model/Conv1", "6+4" },
		{ "CONV", "model/conv1", "6+4" },
		{ "conv", "con", "-" },
		{ "*conv*", "model/Conv1", "0+11" },
		{ "conv*", "model/Conv1", "-" },
		{ "c?nv", "conv", "0+4" },
		{ "~^layer[0-9]+", "Layer12.conv", "0+7" },
		{ "~^layer[0-9]+$", "Layer12.conv", "-" },
		{ "~a|bc|d", "xxbcd", "2+2" },
		{ "~ab|abc", "zabcd", "1+3" },
		{ "~(a|b)*c", "zababcx", "1+5" },
		{ "~a{3}", "aaxaaaa", "3+3" },
		{ "~a{2,3}", "xaaaa", "1+3" },
		{ "~a{2,}", "xaaaa", "1+4" },
		{ "~a{0,1}b", "xb", "1+1" },
		{ "~(ab){0}c", "abc", "2+1" },
		{ "~[^a-y]+", "abzZc", "2+2" },
		{ "~[]x]", "a]", "1+1" },
		{ "~[[:digit:]_]+", "ab1_2", "2+3" },
		{ "~[a-c-]+", "zA-B", "1+3" },
		{ "~\\.weight$", "fc.weight", "2+7" },
		{ "~\\.weight$", "fc.weights", "-" },
		{ "~\\d\\W\\s", "a1- ", "1+3" },
		{ "~x*", "aaxx", "2+2" },
		{ "~", "abc", "-" },
		{ "~()", "abc", "-" },
		{ "~.", "abc", "0+1" },
		{ "~a?b?c", "zzbc", "2+2" },
		{ "~(a*)*b", "aaab", "0+4" },
		{ "~(a|)+b", "aab", "0+3" },
		{ "~a)", "xa)", "1+2" },
		{ "~[", "x", "pattern: [ without ]" },
		{ "~(", "x", "pattern: ( without )" },
		{ "~*a", "x", "pattern: a repeat of nothing" },
		{ "~(a)\\1", "aa", "pattern: back-references are not supported" },
		{ "~a{2,1}", "a", "pattern: {m,n} with m above n" },
		{ "~a{300}", "a", "pattern: a repeat of more than 255" },
		{ "~(a{100}){100}", "a", "pattern: too large" },
		{ "~((){200}){200}", "a", "pattern: too large" },
		{ "~a{2", "a", "pattern: { without }" },
		{ "~a\\", "a", "pattern: ends in \\" },
		{ "~[z-a]", "a", "pattern: a range in [ ] runs backwards" },
		{ "~[[:no:]]", "a", "pattern: unknown class in [: :]" },
	};
	char result[400];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		hit(rows[i].pattern, text_from(rows[i].subject), result, sizeof result);
		if (strcmp(result, rows[i].expected) != 0)
			fail_msg("%s on %s: %s, expected %s", rows[i].pattern, rows[i].subject,
				 result, rows[i].expected);
	}
}

static void test_bytes(void **state)
{
	char result[400];

	(void)state;
	assert_string_equal(hit("b", (struct text){ "a\0b", 3 }, result, sizeof result), "2+1");
	assert_string_equal(hit("~a.b", (struct text){ "a\0b", 3 }, result, sizeof result), "0+3");
	assert_string_equal(hit("~\xff", (struct text){ "a\xff", 2 }, result, sizeof result),
			    "1+1");
	assert_string_equal(hit("a", (struct text){ NULL, 0 }, result, sizeof result), "-");
}

/* K13: hostile patterns cost time linear in the name, or are refused. */
static void test_k13(void **state)
{
	static char name[1 << 20];
	char source[10240], result[400];
	struct timespec from, to;

	(void)state;
	memset(name, 'a', sizeof name);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_string_equal(
		hit("~(a+)+$b", (struct text){ name, sizeof name }, result, sizeof result), "-");
	hit("~(a?){200}a{200}b", (struct text){ name, sizeof name }, result, sizeof result);
	assert_string_equal(result, "-");
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9 <
		    1);

	memset(source, 'a', sizeof source);
	source[sizeof source - 1] = '\0';
	assert_string_equal(hit(source, TEXT("a"), result, sizeof result),
			    "pattern: longer than 256 bytes");
	memset(source, '(', 200);
	source[0] = '~';
	source[200] = '\0';
	assert_string_equal(hit(source, TEXT("a"), result, sizeof result),
			    "pattern: parentheses too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_k13),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
