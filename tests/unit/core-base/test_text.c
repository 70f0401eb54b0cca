#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mtui/text.h>

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static int natural(const char *a, const char *b)
{
	int order = sign(text_compare_natural(text_from(a), text_from(b)));

	assert_int_equal(order, -sign(text_compare_natural(text_from(b), text_from(a))));
	return order;
}

static void equality_knows_lengths(void **state)
{
	struct text nul = TEXT("a\0b");

	(void)state;
	assert_int_equal(nul.len, 3);
	assert_false(text_is(nul, "a"));
	assert_true(text_equal(nul, TEXT("a\0b")));
	assert_true(text_equal((struct text){ NULL, 0 }, TEXT("")));
	assert_int_equal(text_compare((struct text){ NULL, 0 }, TEXT("")), 0);
	assert_true(text_compare(TEXT("a"), TEXT("a\0b")) < 0);
	assert_true(text_compare(TEXT("\xff"), TEXT("a")) > 0);
}

static void natural_order_compares_numbers(void **state)
{
	(void)state;
	assert_int_equal(natural("layers.2", "layers.10"), -1);
	assert_int_equal(natural("layers.2.w", "layers.2"), 1);
	assert_int_equal(natural("a", "a"), 0);
	assert_int_equal(natural("", "0"), -1);
	assert_int_equal(natural("x99999999999999999999999", "x100000000000000000000000"), -1);
	/* Equal by value: told apart by their bytes, behind what differs later. */
	assert_int_equal(natural("a01", "a1"), -1);
	assert_int_equal(natural("a01b", "a1a"), 1);
	assert_int_equal(natural("a0", "a00"), -1);
	assert_int_equal(natural("a/", "a0"), -1);
	assert_int_equal(natural("a:", "a0"), 1);
}

/* A total order: over random short names of a hostile alphabet no triple is cyclic. */
static void natural_order_is_transitive(void **state)
{
	static const char alphabet[] = "019a/:";
	char names[60][5];
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 60; i++) {
		int len = 1 + i % 4;

		for (int k = 0; k < len; k++) {
			random = random * 1664525 + 1013904223;
			names[i][k] = alphabet[(random >> 16) % 6];
		}
		names[i][len] = '\0';
	}
	for (int a = 0; a < 60; a++)
		for (int b = 0; b < 60; b++)
			for (int c = 0; c < 60; c++)
				if (natural(names[a], names[b]) <= 0 &&
				    natural(names[b], names[c]) <= 0)
					assert_true(natural(names[a], names[c]) <= 0);
}

static void find_looks_behind_from(void **state)
{
	struct text hay = TEXT("ab\0abab");

	(void)state;
	assert_int_equal(text_find(hay, TEXT("ab"), 0), 0);
	assert_int_equal(text_find(hay, TEXT("ab"), 1), 3);
	assert_int_equal(text_find(hay, TEXT("b\0a"), 0), 1);
	assert_true(text_find(hay, TEXT("ab"), 6) == SIZE_MAX);
	assert_true(text_find(hay, TEXT("ab"), 8) == SIZE_MAX);
	assert_int_equal(text_find(hay, TEXT(""), 7), 7);
	assert_true(text_find((struct text){ NULL, 0 }, TEXT("a"), 0) == SIZE_MAX);
}

static bool glob(const char *pattern, const char *subject)
{
	return text_glob(text_from(pattern), text_from(subject));
}

static void glob_matches(void **state)
{
	(void)state;
	assert_true(glob("", ""));
	assert_false(glob("", "a"));
	assert_true(glob("*", ""));
	assert_true(glob("**a**", "bab"));
	assert_true(glob("*.weight", "layers.3.weight"));
	assert_false(glob("*.weight", "layers.3.weights"));
	assert_true(glob("l?.*.w", "l0.a.b.w"));
	assert_false(glob("?", ""));
	assert_true(glob("[a-c]x", "bx"));
	assert_false(glob("[!a-c]x", "bx"));
	assert_true(glob("[]]", "]"));
	assert_true(glob("[a-]", "-"));
	assert_true(glob("\\*", "*"));
	assert_false(glob("\\*", "a"));
	assert_true(glob("a\\", "a\\"));
}

static void glob_takes_an_open_bracket_as_it_is(void **state)
{
	(void)state;
	assert_true(glob("w[0", "w[0"));
	assert_false(glob("w[0", "w0"));
	assert_true(glob("*[", "abc["));
}

/* The classic blow-up: exponential for a matcher that goes back to every star. */
static void glob_does_not_blow_up(void **state)
{
	size_t len = 20000;
	char *subject = malloc(len), pattern[41];
	clock_t begin = clock();

	(void)state;
	assert_non_null(subject);
	memset(subject, 'a', len);
	for (int i = 0; i < 40; i += 2)
		memcpy(pattern + i, "a*", 2);
	pattern[40] = 'b';
	assert_false(text_glob((struct text){ pattern, 41 }, (struct text){ subject, len }));
	assert_true(clock() - begin < CLOCKS_PER_SEC);
	free(subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_knows_lengths),
		cmocka_unit_test(natural_order_compares_numbers),
		cmocka_unit_test(natural_order_is_transitive),
		cmocka_unit_test(find_looks_behind_from),
		cmocka_unit_test(glob_matches),
		cmocka_unit_test(glob_takes_an_open_bracket_as_it_is),
		cmocka_unit_test(glob_does_not_blow_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
