#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/limits.h>
#include <mtui/values.h>

#include "one_tensor.h"
#include "random_bytes.h"

struct reader {
	struct one_tensor one;
	struct arena arena;
	struct error err;
	struct element elements[64];
};

static struct reader *reader_new(enum dtype dtype, uint64_t count, const void *bytes, size_t len,
				 enum run_encoding encoding)
{
	struct reader *reader = calloc(1, sizeof *reader);

	one_tensor_init(&reader->one, dtype, count, bytes, len);
	reader->one.runs[0].encoding = (uint8_t)encoding;
	arena_init(&reader->arena, 0);
	return reader;
}

static bool read_some(struct reader *reader, uint64_t first, size_t count)
{
	reader->err.code = ERROR_NONE;
	return values_read(&reader->one.model, &reader->one.tensor, first, count,
			   reader->elements, &reader->arena, &reader->err);
}

static void reader_free(struct reader *reader)
{
	one_tensor_free(&reader->one);
	arena_free(&reader->arena);
	free(reader);
}

static void plain_over_several_runs(void **state)
{
	float values[3000];
	struct reader *reader;

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		values[i] = (float)i;
	reader = reader_new(DTYPE_F32, 3000, values, sizeof values, RUN_PLAIN);
	reader->one.tensor.n_runs = 3;
	reader->one.runs[0] = (struct run_of_bytes){ 0, 6, RUN_PLAIN };
	reader->one.runs[1] = (struct run_of_bytes){ 6, 4000, RUN_PLAIN };
	reader->one.runs[2] = (struct run_of_bytes){ 4006, 12000 - 4006, RUN_PLAIN };
	for (uint64_t first = 0; first + 64 <= 3000; first += 61) {
		assert_true(read_some(reader, first, 64));
		for (size_t k = 0; k < 64; k++) {
			assert_true(reader->elements[k].real == (double)(first + k));
			assert_int_equal(reader->elements[k].offset, 4 * (first + k));
			assert_int_equal(reader->elements[k].n_bytes, 4);
			assert_memory_equal(reader->elements[k].bytes, &values[first + k], 4);
		}
	}
	assert_true(read_some(reader, 3000, 0));
	assert_false(read_some(reader, 2999, 2));
	assert_int_equal(reader->err.code, ERROR_USAGE);
	reader_free(reader);
}

static void packed_elements(void **state)
{
	const uint8_t bytes[] = { 0x21, 0xf3, 0x07 };
	struct reader *reader = reader_new(DTYPE_I4, 5, bytes, sizeof bytes, RUN_PLAIN);
	const int expected[] = { 1, 2, 3, -1, 7 };

	(void)state;
	for (size_t first = 0; first < 5; first++) {
		assert_true(read_some(reader, first, 5 - first));
		for (size_t k = 0; first + k < 5; k++) {
			assert_int_equal(reader->elements[k].integer, expected[first + k]);
			assert_true(reader->elements[k].real == expected[first + k]);
			assert_int_equal(reader->elements[k].offset, (first + k) / 2);
			assert_int_equal(reader->elements[k].bytes[0], expected[first + k] & 15);
		}
	}
	reader_free(reader);
}

static void complex_and_wide(void **state)
{
	const double pair[] = { 3, -4 };
	const uint64_t large = UINT64_MAX - 1;
	struct reader *reader = reader_new(DTYPE_C128, 1, pair, sizeof pair, RUN_PLAIN);

	(void)state;
	assert_true(read_some(reader, 0, 1));
	assert_true(reader->elements[0].real == 3 && reader->elements[0].imaginary == -4);
	assert_int_equal(reader->elements[0].n_bytes, 16);
	reader_free(reader);
	reader = reader_new(DTYPE_U64, 1, &large, sizeof large, RUN_PLAIN);
	assert_true(read_some(reader, 0, 1));
	assert_true((uint64_t)reader->elements[0].integer == large);
	assert_true(reader->elements[0].imaginary == 0);
	reader_free(reader);
}

static void varints(void **state)
{
	uint8_t wire[500];
	uint64_t offsets[50];
	size_t len = 0;
	struct reader *reader;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		offsets[i] = len;
		len += put_varint(wire + len, (uint64_t)((int64_t)(i * i * i) - 1000));
	}
	reader = reader_new(DTYPE_I32, 50, wire, len, RUN_VARINT);
	for (size_t first = 0; first < 50; first += 7) {
		assert_true(read_some(reader, first, 50 - first));
		for (size_t k = 0; first + k < 50; k++) {
			size_t i = first + k;

			assert_int_equal(reader->elements[k].integer, (int64_t)(i * i * i) - 1000);
			assert_int_equal(reader->elements[k].offset, offsets[i]);
		}
	}
	reader->one.tensor.present = 51; /* one more than there is */
	assert_false(read_some(reader, 40, 11));
	assert_int_equal(reader->err.code, ERROR_MALFORMED);
	reader_free(reader);

	wire[0] = 0x1f; /* two elements of four bits */
	reader = reader_new(DTYPE_U4, 2, wire, 1, RUN_VARINT);
	assert_true(read_some(reader, 0, 2));
	assert_int_equal(reader->elements[0].integer, 15);
	assert_int_equal(reader->elements[1].integer, 1);
	reader_free(reader);
}

static void strings(void **state)
{
	char wire[5000] = "\x32\x02hi\x32\x00\x32\x03x\0y\x32\xf0\x24";
	struct reader *reader = reader_new(DTYPE_STRING, 4, wire, 14 + 4720, RUN_TAGGED);

	(void)state;
	memset(wire + 14, 'z', 4720);
	assert_true(read_some(reader, 0, 4));
	assert_true(text_is(reader->elements[0].string, "hi"));
	assert_int_equal(reader->elements[1].string.len, 0);
	assert_int_equal(reader->elements[2].string.len, 3);
	assert_memory_equal(reader->elements[2].string.data, "x\0y", 3);
	assert_int_equal(reader->elements[3].string_len, 4720);
	assert_int_equal(reader->elements[3].string.len, LIMIT_NAME_SHOWN);
	assert_int_equal(reader->elements[2].offset, 8);
	assert_true(read_some(reader, 2, 1));
	assert_int_equal(reader->elements[0].string.len, 3);
	reader->one.runs[0].nbytes = 10; /* a third that is longer than the run */
	assert_true(read_some(reader, 0, 2));
	assert_false(read_some(reader, 2, 1));
	assert_int_equal(reader->err.code, ERROR_MALFORMED);
	reader->one.runs[0].nbytes = 4; /* only the first is left */
	assert_false(read_some(reader, 0, 2));
	assert_int_equal(reader->err.code, ERROR_MALFORMED);
	reader_free(reader);
}

/* A string that claims more than the run has, and anything at all. */
static void hostile_runs(void **state)
{
	const uint8_t claims[] = { 0x32, 0xff, 0xff, 0xff, 0xff, 0x0f, 'a' };
	struct reader *reader = reader_new(DTYPE_STRING, 1, claims, sizeof claims, RUN_TAGGED);
	uint64_t seed = 50;

	(void)state;
	assert_false(read_some(reader, 0, 1));
	reader_free(reader);
	for (int round = 0; round < 2000; round++) {
		uint8_t bytes[64];

		random_fill(&seed, bytes, sizeof bytes);
		reader = reader_new((enum dtype)(1 + round % (DTYPE_COUNT - 1)), 40, bytes,
				    sizeof bytes, (enum run_encoding)(round / 64 % 3));
		read_some(reader, random_next(&seed) % 40, random_next(&seed) % 41);
		reader_free(reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_over_several_runs),
		cmocka_unit_test(packed_elements),
		cmocka_unit_test(complex_and_wide),
		cmocka_unit_test(varints),
		cmocka_unit_test(strings),
		cmocka_unit_test(hostile_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
