#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include <mtui/gate.h>

#define E	       "\xe2\x80\xa6" /* the ellipsis */
#define GIVEN(literal) (literal), sizeof(literal) - 1

static void shows(const char *given, size_t len, const char *expected)
{
	char buffer[256];
	size_t columns =
		gate_text(GATE_UNICODE, buffer, sizeof buffer, 200, (struct text){ given, len });

	assert_string_equal(buffer, expected);
	assert_int_equal(columns, gate_width(GATE_UNICODE, (struct text){ given, len }, 1000));
}

static bool listed_as_refused(uint32_t code)
{
	static const uint32_t ranges[][2] = {
		{ 0x00, 0x1f },	      { 0x7f, 0x9f },	       { 0xad, 0xad },
		{ 0x61c, 0x61c },     { 0x180e, 0x180e },      { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f },      { 0xd800, 0xf8ff },
		{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },      { 0xfff9, 0xfffb },
		{ 0xe0000, 0xe0fff }, { 0xf0000, 0xffffffff },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

/* Facts of Unicode 14.0.0, which the table is made from: how many code points pass, by width. */
static void widths_are_those_of_the_table(void **state)
{
	size_t passing[3] = { 0 };

	(void)state;
	for (uint32_t code = 0; code < 0x110100; code++) {
		int width = gate_code_width(code);

		if (listed_as_refused(code))
			assert_int_equal(width, -1);
		assert_in_range(width + 1, 0, 3);
		if (width >= 0)
			passing[width]++;
	}
	assert_int_equal(passing[0], 1700);
	assert_int_equal(passing[1], 25057);
	assert_int_equal(passing[2], 117187);
	assert_int_equal(gate_code_width(0xe9), 1);
	assert_int_equal(gate_code_width(0x4e2d), 2);
	assert_int_equal(gate_code_width(0x1f600), 2);
	assert_int_equal(gate_code_width(0x301), 0);
	assert_int_equal(gate_code_width(0x2588), 1);
	assert_int_equal(gate_code_width(0x1fae8), -1); /* of Unicode 15 */
	assert_int_equal(gate_code_width(UINT32_MAX), -1);
}

/* ncurses and terminal multiplexers count with wcwidth: nothing passes that they count
 * differently. Only a library of the table's Unicode knows 1FAF0 and does not know 1FAE8. */
static void widths_agree_with_the_c_library(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL || wcwidth(0x1faf0) != 2 ||
	    wcwidth(0x1fae8) != -1)
		skip();
	for (uint32_t code = 0; code < 0x110100; code++) {
		int width = gate_code_width(code);

		if (width >= 0 && width != wcwidth((wchar_t)code))
			fail_msg("U+%04X: %d, wcwidth %d", (unsigned)code, width,
				 wcwidth((wchar_t)code));
	}
}

static void plain_text_passes(void **state)
{
	(void)state;
	shows(GIVEN(""), "");
	shows(GIVEN("model/layers.0/weight ~!"), "model/layers.0/weight ~!");
	shows(GIVEN("\xe4\xb8\xad\xe6\x96\x87 caf\xc3\xa9"),
	      "\xe4\xb8\xad\xe6\x96\x87 caf\xc3\xa9");
	shows(GIVEN("a\xcc\x81"), "a\xcc\x81");
	/* K11 */
	shows(GIVEN("%s%n%x"), "%s%n%x");
}

/* K01 K02 K03 */
static void controls_are_escaped(void **state)
{
	(void)state;
	shows(GIVEN("\033]52;c;aGk=\a"), "\\x1b]52;c;aGk=\\x07");
	shows(GIVEN("\033c\033[6n\033P"), "\\x1bc\\x1b[6n\\x1bP");
	shows(GIVEN("a\x9b"
		    "1mb"),
	      "a\\x9b1mb");
	shows(GIVEN("a\xc2\x9b"
		    "1mb"),
	      "a\\u{9b}1mb");
	shows(GIVEN("\n\r\t\b\f\v\x7f\x0e\x0f\0"),
	      "\\x0a\\x0d\\x09\\x08\\x0c\\x0b\\x7f\\x0e\\x0f\\x00");
}

/* K04 K05 */
static void invisible_code_points_are_escaped(void **state)
{
	(void)state;
	shows(GIVEN("\xe2\x80\xae"
		    "evil"),
	      "\\u{202e}evil");
	shows(GIVEN("\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xd8\x9c"),
	      "\\u{2066}\\u{2069}\\u{200e}\\u{61c}");
	shows(GIVEN("a\xe2\x80\x8b"
		    "b\xef\xbb\xbf\xc2\xad"),
	      "a\\u{200b}b\\u{feff}\\u{ad}");
	shows(GIVEN("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
	      "\xf0\x9f\x91\xa9\\u{200d}\xf0\x9f\x91\xa7");
	shows(GIVEN("\xe2\x9d\xa4\xef\xb8\x8f"), "\xe2\x9d\xa4\\u{fe0f}");
	shows(GIVEN("\xf3\xa0\x81\xa1\xe2\x80\xa8"), "\\u{e0061}\\u{2028}");
	shows(GIVEN("\xee\x80\x80\xc2\xa0"), "\\u{e000}\\u{a0}");
}

/* K06 */
static void marks_are_counted(void **state)
{
	char given[2001] = "a", buffer[64];

	(void)state;
	for (int i = 0; i < 1000; i++)
		memcpy(given + 1 + 2 * i, "\xcc\x81", 2);
	gate_text(GATE_UNICODE, buffer, sizeof buffer, 60, (struct text){ given, sizeof given });
	assert_string_equal(buffer, "a\xcc\x81\xcc\x81" E "+998");
	shows(given, 7, "a\xcc\x81\xcc\x81\\u{301}");
	shows(given, 9, "a\xcc\x81\xcc\x81" E "+2");
	/* A mark without a base would join the cell before it. */
	shows(GIVEN("\xcc\x81"
		    "b"),
	      "\\u{301}b");
	shows(GIVEN("\n\xcc\x81"
		    "b"),
	      "\\x0a\\u{301}b");
}

/* K08 */
static void bytes_that_are_not_utf8_are_escaped(void **state)
{
	(void)state;
	shows(GIVEN("\xc0\x80"), "\\xc0\\x80");
	shows(GIVEN("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	shows(GIVEN("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	shows(GIVEN("\x80"), "\\x80");
	shows(GIVEN("\xe4\xb8"), "\\xe4\\xb8");
	shows(GIVEN("\xe0\x80\x80\xf0\x80\x80\x80"), "\\xe0\\x80\\x80\\xf0\\x80\\x80\\x80");
	shows(GIVEN("\xff\xfe\xf8"), "\\xff\\xfe\\xf8");
	shows(GIVEN("a\xcc"), "a\\xcc");
}

static void ascii_escapes_the_rest(void **state)
{
	char buffer[64];

	(void)state;
	assert_int_equal(gate_text(GATE_ASCII, buffer, sizeof buffer, 60, TEXT("caf\xc3\xa9\xff")),
			 13);
	assert_string_equal(buffer, "caf\\u{e9}\\xff");
	gate_text(GATE_ASCII, buffer, sizeof buffer, 60, TEXT("e\xcc\x81"));
	assert_string_equal(buffer, "e\\u{301}");
	gate_text(GATE_ASCII, buffer, sizeof buffer, 8, TEXT("long enough"));
	assert_string_equal(buffer, "long ...");
	assert_int_equal(gate_text(GATE_ASCII, buffer, sizeof buffer, 2, TEXT("long")), 2);
	assert_string_equal(buffer, "..");
}

/* K07 */
static void never_half_a_character(void **state)
{
	struct text wide = TEXT("\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97");
	char buffer[64];

	(void)state;
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 6, wide), 6);
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 5, wide), 5);
	assert_string_equal(buffer, "\xe4\xb8\xad\xe6\x96\x87" E);
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 4, wide), 3);
	assert_string_equal(buffer, "\xe4\xb8\xad" E);
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 1, wide), 1);
	assert_string_equal(buffer, E);
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 0, wide), 0);
	assert_string_equal(buffer, "");
	/* An escape is one glyph, too. */
	assert_int_equal(gate_text(GATE_UNICODE, buffer, sizeof buffer, 6, TEXT("ab\033cd")), 3);
	assert_string_equal(buffer, "ab" E);
}

static void small_buffers_hold(void **state)
{
	struct text text = TEXT("\xe4\xb8\xad"
				"a\xcc\x81\033\xf0\x9f\x98\x80xyz");

	(void)state;
	for (size_t size = 0; size < 30; size++) {
		char *buffer = malloc(size + 1); /* exact but for one, for the sanitizer to see */

		assert_non_null(buffer);
		buffer[size] = 'Z';
		gate_text(GATE_UNICODE, buffer, size, 100, text);
		assert_int_equal(buffer[size], 'Z');
		if (size > 0)
			assert_true(strlen(buffer) < size);
		free(buffer);
	}
}

/* K12: as fast for a megabyte as for what is shown of it. */
static void long_names_cost_what_is_shown(void **state)
{
	size_t len = 1 << 20;
	char *name = malloc(len), buffer[512];
	clock_t begin = clock();

	(void)state;
	assert_non_null(name);
	memset(name, 'n', len);
	for (int i = 0; i < 1000; i++)
		gate_text(GATE_UNICODE, buffer, sizeof buffer, 40, (struct text){ name, len });
	assert_string_equal(buffer, "nnnnnnnnnnnnnnnnnnnnnnn" E " 1,048,576 bytes");
	gate_text(GATE_ASCII, buffer, sizeof buffer, 40, (struct text){ name, len });
	assert_string_equal(buffer, "nnnnnnnnnnnnnnnnnnnnn... 1,048,576 bytes");
	gate_text(GATE_UNICODE, buffer, sizeof buffer, 10, (struct text){ name, len });
	assert_string_equal(buffer, "nnnnnnnnn" E);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(gate_width(GATE_UNICODE, (struct text){ name, len }, 80), 80);
	for (size_t i = 0; i < len; i++)
		name[i] = i % 2 == 0 ? '\xcc' : '\x81';
	for (int i = 0; i < 100; i++)
		gate_text(GATE_UNICODE, buffer, sizeof buffer, 40, (struct text){ name, len });
	assert_true((clock() - begin) / (CLOCKS_PER_SEC / 1000) < 1000);
	free(name);
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* Bytes of one kind of trouble or another, so that long sequences are common. */
static size_t make_bytes(char *out, size_t most, uint64_t *seed)
{
	static const char *const parts[] = {
		"\xcc\x81",	    "\xe2\x80\xae", "\xe4\xb8\xad", "\033[", "a",
		"\xf0\x9f\x98\x80", "\xc2\x9b",	    "\xed\xa0\x80", "\n"
	};
	size_t len = 0, wanted = next_random(seed) % most;

	while (len + 4 < wanted) {
		uint32_t dice = next_random(seed);

		if (dice % 3 == 0) {
			out[len++] = (char)(dice >> 8);
		} else {
			const char *part = parts[(dice >> 8) % (sizeof parts / sizeof parts[0])];

			memcpy(out + len, part, strlen(part));
			len += strlen(part);
		}
	}
	return len;
}

/* The output is UTF-8 of code points that pass, as wide as said; through the gate again, it
 * stays as it is. */
static void check_output(const char *buffer, size_t columns)
{
	size_t len = strlen(buffer), width = 0, marks = 0;
	char again[1024];

	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t taken = gate_decode(buffer + at, len - at, &code);
		int wide;

		assert_true(taken > 0);
		wide = gate_code_width(code);
		assert_true(wide >= 0);
		assert_false(listed_as_refused(code));
		marks = wide == 0 ? marks + 1 : 0;
		assert_true(marks <= 2);
		width += (size_t)wide;
		at += taken;
	}
	assert_int_equal(width, columns);
	assert_int_equal(gate_text(GATE_UNICODE, again, sizeof again, 1000, text_from(buffer)),
			 width);
	assert_string_equal(again, buffer);
}

static void random_bytes_keep_the_promises(void **state)
{
	uint64_t seed = 20240229;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char given[200], buffer[1024];
		size_t len = make_bytes(given, sizeof given, &seed);
		size_t limit = next_random(&seed) % 120, size = 1 + next_random(&seed) % 700;
		struct text text = { given, len };
		size_t whole = gate_width(GATE_UNICODE, text, 10000);
		size_t columns = gate_text(GATE_UNICODE, buffer, size, limit, text);

		assert_true(columns <= limit);
		check_output(buffer, columns);
		if (whole <= limit && size > 12 * whole + 1)
			assert_int_equal(columns, whole);
		columns = gate_text(GATE_ASCII, buffer, size, limit, text);
		check_output(buffer, columns);
		assert_int_equal(columns, strlen(buffer));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths_are_those_of_the_table),
		cmocka_unit_test(widths_agree_with_the_c_library),
		cmocka_unit_test(plain_text_passes),
		cmocka_unit_test(controls_are_escaped),
		cmocka_unit_test(invisible_code_points_are_escaped),
		cmocka_unit_test(marks_are_counted),
		cmocka_unit_test(bytes_that_are_not_utf8_are_escaped),
		cmocka_unit_test(ascii_escapes_the_rest),
		cmocka_unit_test(never_half_a_character),
		cmocka_unit_test(small_buffers_hold),
		cmocka_unit_test(long_names_cost_what_is_shown),
		cmocka_unit_test(random_bytes_keep_the_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
