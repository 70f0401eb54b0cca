#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/tui/input.h"

static struct input input;
static char log_text[8192];

static void note(const struct key *key)
{
	static const char *const actions[] = { "click", "double", "up", "down" };
	size_t n = strlen(log_text);
	char *out = log_text + n;
	size_t size = sizeof(log_text) - n;

	if (key->code == KEY_CODE_MOUSE)
		snprintf(out, size, "%s(%d,%d) ", actions[key->action], key->x, key->y);
	else if (key->code == KEY_CODE_PASTE)
		snprintf(out, size, "paste(%.*s) ", key->paste_len < 40 ? (int)key->paste_len : 40,
			 key->paste);
	else
		snprintf(out, size, "%x ", key->code);
}

/* Feeds in pieces of at most `piece` bytes; no time passes. */
static void feed(const char *bytes, size_t n, size_t piece, long now)
{
	while (n > 0) {
		size_t room;
		char *at = input_room(&input, &room);
		assert_true(room > 0);
		size_t part = n < piece ? n : piece;
		if (part > room)
			part = room;
		memcpy(at, bytes, part);
		input_added(&input, part);
		bytes += part;
		n -= part;
		for (struct key key; input_next(&input, now, &key);)
			note(&key);
	}
}

static void wait(void)
{
	struct key key;

	while (input_wait(&input) >= 0)
		if (input_timeout(&input, &key))
			note(&key);
}

static void start(bool utf8)
{
	input_init(&input, utf8);
	input.width = 80;
	input.height = 24;
	log_text[0] = '\0';
}

static const char *keys(const char *bytes, size_t n)
{
	start(true);
	feed(bytes, n, 512, 0);
	wait();
	/* the same however the line splits it */
	static char whole[sizeof(log_text)];
	strcpy(whole, log_text);
	start(true);
	feed(bytes, n, 1, 0);
	wait();
	assert_string_equal(log_text, whole);
	return log_text;
}

#define KEYS(literal) keys(literal, sizeof(literal) - 1)

static void test_plain(void **state)
{
	(void)state;
	assert_string_equal(KEYS("aZ~ "), "61 5a 7e 20 ");
	assert_string_equal(KEYS("\r\n\t\x7f\b\x03\x1a"), "d d 9 7f 7f 3 1a ");
	assert_string_equal(KEYS("\0\x1c\x1f"), "");
	assert_string_equal(KEYS("é中😀"), "e9 4e2d 1f600 ");
	/* overlong, surrogate, too large, C1, lone bytes */
	assert_string_equal(KEYS("\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xc2\x9b\xff\x80" "a"), "61 ");
	assert_string_equal(KEYS("\xe4\xb8" "a\xe4"), "61 ");
	start(false);
	feed("é", 2, 9, 0);
	assert_string_equal(log_text, "");
}

static void test_sequences(void **state)
{
	(void)state;
	char expected[64];
	snprintf(expected, sizeof(expected), "%x %x %x %x ", KEY_CODE_UP, KEY_CODE_DOWN,
		 KEY_CODE_RIGHT, KEY_CODE_LEFT);
	assert_string_equal(KEYS("\x1b[A\x1b[B\x1b[C\x1b[D"), expected);
	assert_string_equal(KEYS("\x1bOA\x1bOB\x1bOC\x1bOD"), expected);
	assert_string_equal(KEYS("\x1b[1;5A\x1b[1;2B\x1b[1;3C\x1b[1;9D"), expected);
	snprintf(expected, sizeof(expected), "%x %x %x %x %x ", KEY_CODE_HOME, KEY_CODE_END,
		 KEY_CODE_PAGE_UP, KEY_CODE_PAGE_DOWN, KEY_CODE_DELETE);
	assert_string_equal(KEYS("\x1b[H\x1b[F\x1b[5~\x1b[6~\x1b[3~"), expected);
	assert_string_equal(KEYS("\x1b[1~\x1b[4~\x1b[5;5~\x1b[6;2~\x1b[3~"), expected);
	snprintf(expected, sizeof(expected), "%x %x %x %x ", KEY_CODE_F1, KEY_CODE_F1 + 4,
		 KEY_CODE_F12, KEY_CODE_BACK_TAB);
	assert_string_equal(KEYS("\x1bOP\x1b[15~\x1b[24~\x1b[Z"), expected);
	assert_string_equal(KEYS("\x1b[[A\x1b[[E\x1b[24~\x1b[Z"), expected);
}

static void test_escape(void **state)
{
	(void)state;
	assert_string_equal(KEYS("\x1b"), "1b ");
	assert_string_equal(KEYS("\x1bj"), "1b 6a ");
	assert_string_equal(KEYS("\x1b\x1b\x1b"), "1b 1b 1b ");
	/* half a sequence, a pause shorter than its time, the rest */
	start(true);
	feed("\x1b[", 2, 2, 0);
	assert_true(input_wait(&input) >= 100);
	feed("A", 1, 1, 100);
	char expected[16];
	snprintf(expected, sizeof(expected), "%x ", KEY_CODE_UP);
	assert_string_equal(log_text, expected);
	assert_int_equal(input_wait(&input), -1);
	/* Esc alone does not take long */
	feed("\x1b", 1, 1, 200);
	assert_in_range(input_wait(&input), 25, 50);
}

static void test_not_keys(void **state)
{
	(void)state;
	/* answers to queries: DA1, DA2, cursor position, OSC 11 both ways, DCS, mode report, focus */
	assert_string_equal(KEYS("\x1b[?62;22c\x1b[>1;10;0c\x1b[12;40R\x1b]11;rgb:0000/0000/0000\x07"
				 "\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1bP>|term(1)\x1b\\\x1b[?2026;2$y"
				 "\x1b[I\x1b[Oq"),
			    "71 ");
	/* broken off by a control byte, an escape, a byte above ASCII */
	assert_string_equal(KEYS("\x1b[12\x03" "a\x1b[1\x1b[B\x1b[5\xc3\xa9"), "3 61 110002 e9 ");
	/* a string that never ends stops to matter after its time */
	assert_string_equal(KEYS("\x1b]0;abc"), "");
	start(true);
	feed("\x1b]0;abc", 7, 7, 0);
	wait();
	feed("q", 1, 1, 0);
	assert_string_equal(log_text, "71 ");
	/* longer than any sequence */
	char flood[400];
	memset(flood, '1', sizeof(flood));
	memcpy(flood, "\x1b[", 2);
	memcpy(flood + 398, "Aq", 2);
	assert_string_equal(keys(flood, sizeof(flood)), "71 ");
}

static void test_mouse(void **state)
{
	(void)state;
	assert_string_equal(KEYS("\x1b[<0;3;4M\x1b[<0;3;4m"), "click(2,3) ");
	assert_string_equal(KEYS("\x1b[<64;1;1M\x1b[<65;80;24M"), "up(0,0) down(79,23) ");
	assert_string_equal(KEYS("\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<0;3;4M\x1b[<0;3;4M"),
			    "click(2,3) double(2,3) click(2,3) ");
	assert_string_equal(KEYS("\x1b[<0;3;4M\x1b[<0;9;4M"), "click(2,3) click(8,3) ");
	/* out of range, negative, empty, too many, other buttons, motion, release alone */
	assert_string_equal(KEYS("\x1b[<0;0;4M\x1b[<0;81;4M\x1b[<0;65535;65535M\x1b[<0;-1;-1M\x1b[<;;M"
				 "\x1b[<0;99999999999999999999;1M\x1b[<0;1;2;3;4;5M\x1b[<2;3;4M"
				 "\x1b[<1;3;4M\x1b[<32;3;4M\x1b[<35;3;4M\x1b[<66;1;1M\x1b[<0;3;4m\x1b[<M"),
			    "click(0,1) ");
	/* X10: coordinates are bytes, also above 223 */
	assert_string_equal(KEYS("\x1b[M !\"\x1b[M`##\x1b[M \xf0\xff\x1b[M##$\x1b[M\x00\x00\x00"),
			    "click(0,1) up(2,2) ");
	start(true);
	feed("\x1b[<0;3;4M", 9, 9, 1000);
	feed("\x1b[<0;3;4M", 9, 9, 1600); /* too late for a double click */
	assert_string_equal(log_text, "click(2,3) click(2,3) ");
}

static void test_paste(void **state)
{
	(void)state;
	assert_string_equal(KEYS("a\x1b[200~q\x1b[A\x03z\x1b[201~b"), "61 paste(q\x1b[A\x03z) 62 ");
	assert_string_equal(KEYS("\x1b[200~\x1b[201~\x1b[201~"), "paste() ");
	assert_string_equal(KEYS("\x1b[200~no end"), "paste(no end) ");
	start(true);
	feed("\x1b[200~", 6, 6, 0);
	char part[600];
	memset(part, 'p', sizeof(part));
	for (int i = 0; i < 20; i++)
		feed(part, sizeof(part), 600, 0);
	assert_string_equal(log_text, "");
	feed("\x1b[201~", 6, 1, 0);
	assert_int_equal(input.paste_len, LIMIT_PASTE);
	assert_int_equal(input_wait(&input), -1);
}

/* Any bytes in any pieces: no crash, room is always there, and after the waiting nothing is left. */
static void test_random(void **state)
{
	(void)state;
	static const char likely[] = "\x1b\x1b[[<MmO]~;0123459\x07\\ABCP\xc3\xe4\xf0\x80\x00q";
	uint64_t seed = 42;
	for (int round = 0; round < 3000; round++) {
		char bytes[300];
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[i] = seed >> 60 == 0 ? (char)(seed >> 33)
						   : likely[(seed >> 33) % (sizeof(likely) - 1)];
		}
		start(round % 2);
		feed(bytes, sizeof(bytes), 1 + (size_t)round % 97, 0);
		log_text[0] = '\0';
		wait();
		log_text[0] = '\0';
		feed("q", 1, 1, 0);
		assert_string_equal(log_text, "71 ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_not_keys),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_paste),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
