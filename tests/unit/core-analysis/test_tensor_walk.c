#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/analysis/tensor_walk.h"
#include "core/analysis/wire_items.h"
#include "guard_page.h"
#include "one_tensor.h"
#include "random_bytes.h"

/* What a pass handed over, put together again. */
struct collected {
	uint8_t bytes[64 * 1024];
	size_t len, n, blocks;
	unsigned bits;
	size_t stop_after; /* blocks; 0: never */
};

static bool collect(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct collected *collected = context;
	size_t len = (n * collected->bits + 7) / 8;

	assert_int_equal(first, collected->n);
	assert_true(n > 0 && n <= BLOCK);
	assert_int_equal(collected->n % BLOCK, 0);
	assert_true(collected->len + len <= sizeof collected->bytes);
	memcpy(collected->bytes + collected->len, bytes, len);
	collected->len += len;
	collected->n += n;
	return ++collected->blocks != collected->stop_after;
}

static bool walk(struct one_tensor *one, const struct analysis_watch *watch,
		 struct collected *collected, struct error *err)
{
	struct tensor_walk *walk = calloc(1, sizeof *walk);
	bool done;

	walk->model = &one->model;
	walk->tensor = &one->tensor;
	walk->watch = watch;
	collected->len = collected->n = collected->blocks = 0;
	collected->bits = dtype_traits[one->tensor.dtype].bits;
	done = tensor_walk_pass(walk, collect, collected, err);
	assert_true(!done || collected->stop_after || collected->n == walk->done);
	free(walk);
	return done;
}

static void plain_runs_of_any_lengths(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	uint8_t bytes[20000];
	uint64_t seed = 20;

	(void)state;
	random_fill(&seed, bytes, sizeof bytes);
	for (int round = 0; round < 200; round++) {
		uint64_t at = random_next(&seed) % 3, count = random_next(&seed) % 4700;

		one_tensor_init(&one, DTYPE_F32, count, bytes, sizeof bytes);
		one.tensor.n_runs = 0;
		uint8_t *expected = malloc(sizeof bytes), *end = expected;

		while (at < sizeof bytes && one.tensor.n_runs < ONE_TENSOR_RUNS) {
			uint64_t len = random_next(&seed) % (round % 2 ? 100 : 9000);

			len = len < sizeof bytes - at ? len : sizeof bytes - at;
			one.runs[one.tensor.n_runs++] = (struct run_of_bytes){ at, len, RUN_PLAIN };
			memcpy(end, bytes + at, len);
			end += len;
			at += len;
		}
		uint64_t held = (uint64_t)(end - expected) / 4;

		assert_true(walk(&one, NULL, collected, NULL));
		assert_int_equal(collected->n, count < held ? count : held);
		assert_memory_equal(collected->bytes, expected, collected->len);
		free(expected);
		one_tensor_free(&one);
	}
	free(collected);
}

static void odd_packed_lengths(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	uint8_t bytes[1100];
	uint64_t seed = 21;

	(void)state;
	random_fill(&seed, bytes, sizeof bytes);
	for (size_t count = 2040; count < 2056; count++) {
		one_tensor_init(&one, DTYPE_I4, count, bytes, (count + 1) / 2);
		assert_true(walk(&one, NULL, collected, NULL));
		assert_int_equal(collected->n, count);
		assert_memory_equal(collected->bytes, bytes, (count + 1) / 2);
		one_tensor_free(&one);
	}
	free(collected);
}

/* int32_data and its like, against the little-endian elements it stands for. */
static void varints_are_elements(void **state)
{
	static const enum dtype dtypes[] = { DTYPE_I32, DTYPE_I64, DTYPE_U64, DTYPE_F16,
					     DTYPE_BF16, DTYPE_I8, DTYPE_BOOL, DTYPE_U4, DTYPE_I2 };
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	uint8_t *wire = malloc(60000), *expected = malloc(60000);
	uint64_t seed = 22;

	(void)state;
	for (size_t round = 0; round < 2 * sizeof dtypes / sizeof *dtypes; round++) {
		enum dtype dtype = dtypes[round / 2];
		unsigned bits = dtype_traits[dtype].bits;
		size_t size = bits < 8 ? 1 : bits / 8, len = 0, n_items = 4500;
		bool tagged = round % 2;

		for (size_t i = 0; i < n_items; i++) {
			uint64_t value = random_next(&seed) >> random_next(&seed) % 64;

			if (tagged)
				len += put_varint(wire + len, 5 << 3);
			len += put_varint(wire + len, value);
			for (size_t k = 0; k < size; k++)
				expected[i * size + k] = (uint8_t)(value >> 8 * k);
		}
		one_tensor_init(&one, dtype, n_items * size * 8 / bits, wire, len);
		one.runs[0].encoding = tagged ? RUN_TAGGED : RUN_VARINT;
		assert_true(walk(&one, NULL, collected, NULL));
		assert_int_equal(collected->n, one.tensor.present);
		assert_memory_equal(collected->bytes, expected, n_items * size);
		one_tensor_free(&one);
	}
	free(expected);
	free(wire);
	free(collected);
}

static void tagged_floats(void **state)
{
	const float values[] = { 1, -2, 3.5f };
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	uint8_t wire[15];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		wire[5 * i] = 4 << 3 | 5;
		memcpy(wire + 5 * i + 1, &values[i], 4);
	}
	one_tensor_init(&one, DTYPE_F32, 3, wire, sizeof wire);
	one.runs[0].encoding = RUN_TAGGED;
	assert_true(walk(&one, NULL, collected, NULL));
	assert_int_equal(collected->n, 3);
	assert_memory_equal(collected->bytes, values, sizeof values);
	one_tensor_free(&one);
	free(collected);
}

static void fewer_elements_than_promised(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	const uint8_t varints[] = { 1, 2, 0x80 };

	(void)state;
	one_tensor_init(&one, DTYPE_I32, 1000, varints, sizeof varints);
	one.runs[0].encoding = RUN_VARINT;
	assert_true(walk(&one, NULL, collected, NULL));
	assert_int_equal(collected->n, 2);
	one_tensor_free(&one);
	free(collected);
}

static void no_more_elements_than_present(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	/* Behind the second element the bytes are no varint at all. */
	uint8_t varints[30] = { 1, 2 };

	(void)state;
	memset(varints + 2, 0xff, sizeof varints - 2);
	one_tensor_init(&one, DTYPE_I32, 2, varints, sizeof varints);
	one.runs[0].encoding = RUN_VARINT;
	assert_true(walk(&one, NULL, collected, NULL));
	assert_int_equal(collected->n, 2);
	one_tensor_free(&one);
	free(collected);
}

static void malformed_runs_say_where(void **state)
{
	static const struct {
		uint8_t bytes[16];
		size_t len;
		enum run_encoding encoding;
		int64_t offset;
	} rows[] = {
		{ { 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 }, 13,
		  RUN_VARINT, 1 },
		{ { 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2 }, 11, RUN_VARINT, 1 },
		{ { 8, 1, 11, 1 }, 4, RUN_TAGGED, 2 },
		{ { 8, 1, 15, 1 }, 4, RUN_TAGGED, 2 },
	};
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;

	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct error err = { .code = ERROR_NONE };

		one_tensor_init(&one, DTYPE_I32, 100, rows[r].bytes, rows[r].len);
		one.runs[0].encoding = (uint8_t)rows[r].encoding;
		assert_false(walk(&one, NULL, collected, &err));
		assert_int_equal(err.code, ERROR_MALFORMED);
		assert_int_equal(err.offset, rows[r].offset);
		one_tensor_free(&one);
	}
	free(collected);
}

/* Random bytes taken whole and cut in two at every place: the same items, nothing read behind. */
static void items_do_not_depend_on_the_pieces(void **state)
{
	struct guarded guarded = guarded_new(64);
	uint64_t seed = 23;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct wire_item whole[64], item;
		struct item_reader reader;
		struct error err;
		uint8_t random[48];
		size_t n_whole = 0, used = 0;
		enum run_encoding encoding = round % 2 ? RUN_TAGGED : RUN_VARINT;

		random_fill(&seed, random, sizeof random);
		for (size_t i = 0; i < sizeof random; i++)
			if (random[i] % 8 > 2)
				random[i] = (uint8_t)(random[i] % 6 * 8 + (random[i] & 64 ? 5 : 0));
		const uint8_t *bytes = guarded_copy(&guarded, random, sizeof random);

		item_reader_init(&reader, encoding);
		while (item_reader_next(&reader, bytes, sizeof random, 100, &used, &item, &err))
			whole[n_whole++] = item;
		for (size_t cut = 0; cut <= sizeof random; cut++) {
			size_t n = 0;

			item_reader_init(&reader, encoding);
			err.code = ERROR_NONE;
			used = 0;
			while (item_reader_next(&reader, bytes, cut, 100, &used, &item, &err))
				assert_memory_equal(&item, &whole[n++], sizeof item);
			if (err.code != ERROR_NONE)
				continue;
			used = 0;
			while (item_reader_next(&reader, bytes + cut, sizeof random - cut,
						100 + cut, &used, &item, &err))
				assert_memory_equal(&item, &whole[n++], sizeof item);
			assert_int_equal(n, n_whole);
		}
	}
	guarded_free(&guarded);
}

static bool stop_at(void *context, uint64_t done, uint64_t total)
{
	(void)total;
	return done >= *(const uint64_t *)context;
}

static void the_watch_stops_it(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	uint64_t limit = 0;
	struct analysis_watch watch = { stop_at, &limit, NULL };
	struct error err = { .code = ERROR_NONE };
	uint8_t *bytes = calloc(1, 60000);

	(void)state;
	one_tensor_init(&one, DTYPE_U4, 120000, bytes, 60000);
	assert_false(walk(&one, &watch, collected, &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(collected->n, 0);
	limit = 1;
	assert_false(walk(&one, &watch, collected, &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_in_range(collected->n, 1, 100000);
	limit = UINT64_MAX;
	assert_true(walk(&one, &watch, collected, &err));
	collected->stop_after = 2;
	assert_true(walk(&one, NULL, collected, &err));
	assert_int_equal(collected->blocks, 2);
	one_tensor_free(&one);
	free(bytes);
	free(collected);
}

static void what_cannot_be_walked(void **state)
{
	struct collected *collected = calloc(1, sizeof *collected);
	struct one_tensor one;
	struct error err = { .code = ERROR_NONE };

	(void)state;
	one_tensor_init(&one, DTYPE_STRING, 1, "abc", 3);
	assert_false(walk(&one, NULL, collected, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	one.tensor.dtype = DTYPE_F32;
	one.runs[0].offset = 2; /* leads out of the file */
	assert_false(walk(&one, NULL, collected, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	one_tensor_free(&one);
	one.file.file = NULL;
	assert_false(walk(&one, NULL, collected, &err));
	assert_int_equal(err.code, ERROR_READ);
	one.tensor.present = 0;
	assert_true(walk(&one, NULL, collected, &err));
	free(collected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_runs_of_any_lengths),
		cmocka_unit_test(odd_packed_lengths),
		cmocka_unit_test(varints_are_elements),
		cmocka_unit_test(tagged_floats),
		cmocka_unit_test(fewer_elements_than_promised),
		cmocka_unit_test(no_more_elements_than_present),
		cmocka_unit_test(malformed_runs_say_where),
		cmocka_unit_test(items_do_not_depend_on_the_pieces),
		cmocka_unit_test(the_watch_stops_it),
		cmocka_unit_test(what_cannot_be_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
