#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/hash.h>

#define BUCKETS (1u << 16)

/* Counters padded with zeros to every length must spread as random numbers do: with as many
 * names as buckets, 1 in e buckets stays empty and the fullest holds about 8. */
static void spreads_names_of_every_length(void **state)
{
	static const int lengths[] = { 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100 };
	uint8_t *low = malloc(BUCKETS), *high = malloc(BUCKETS);

	(void)state;
	assert_non_null(low);
	assert_non_null(high);
	for (size_t n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
		unsigned empty_low = 0, empty_high = 0, most = 0;

		memset(low, 0, BUCKETS);
		memset(high, 0, BUCKETS);
		for (unsigned i = 0; i < BUCKETS; i++) {
			char name[128];
			int len = snprintf(name, sizeof name, "%0*u", lengths[n], i);
			uint64_t hash = hash_bytes(name, (size_t)len, 42);

			low[hash % BUCKETS]++;
			high[hash >> 48]++;
		}
		for (unsigned i = 0; i < BUCKETS; i++) {
			empty_low += low[i] == 0;
			empty_high += high[i] == 0;
			most = low[i] > most ? low[i] : most;
			most = high[i] > most ? high[i] : most;
		}
		assert_in_range(empty_low, BUCKETS * 36 / 100, BUCKETS * 38 / 100);
		assert_in_range(empty_high, BUCKETS * 36 / 100, BUCKETS * 38 / 100);
		assert_in_range(most, 5, 13);
	}
	free(low);
	free(high);
}

/* Every bit of the input moves about half of the output. */
static void every_bit_counts(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 70; len++) {
		uint8_t bytes[70] = { 0 };
		uint64_t before = hash_bytes(bytes, len, 7);

		for (size_t bit = 0; bit < len * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);

			int moved = __builtin_popcountll(before ^ hash_bytes(bytes, len, 7));

			assert_in_range(moved, 10, 54);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void lengths_and_seeds_differ(void **state)
{
	uint8_t zeros[80] = { 0 };

	(void)state;
	for (size_t a = 0; a < 80; a++) {
		assert_true(hash_bytes(zeros, a, 1) != hash_bytes(zeros, a, 2));
		for (size_t b = 0; b < a; b++)
			assert_true(hash_bytes(zeros, a, 1) != hash_bytes(zeros, b, 1));
	}
	assert_true(hash_bytes(NULL, 0, 1) == hash_bytes("", 0, 1));
	assert_true(hash_seed() != hash_seed());
}

/* Words equal to a constant of the hash must not swallow their neighbours: that would collide
 * whatever the seed is. */
static void constants_do_not_swallow(void **state)
{
	static const uint64_t constants[] = { 0x9e3779b97f4a7c15u, 0xd1b54a32d192ed03u,
					      0x8cb92ba72f3d8dd7u, 0xaef17502108ef2d9u };

	(void)state;
	for (int c = 0; c < 4; c++) {
		for (int position = 0; position < 6; position++) {
			uint64_t a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, 2, 3, 4, 5, 6 };

			a[position] = b[position] = constants[c];
			b[position ^ 1] = 99;
			assert_true(hash_bytes(a, sizeof a, 5) != hash_bytes(b, sizeof b, 5));
			assert_true(hash_bytes(a, 16, 5) != hash_bytes(b, 16, 5) || position > 1);
		}
	}
}

static void reads_only_its_bytes(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 100; len++) {
		/* An exact block, so that the sanitizer sees a byte too many. */
		uint8_t *bytes = malloc(len + 1);

		assert_non_null(bytes);
		memset(bytes, 'n', len + 1);
		uint64_t aligned = hash_bytes(bytes, len, 3);
		assert_true(hash_bytes(bytes + 1, len, 3) == aligned);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spreads_names_of_every_length),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(lengths_and_seeds_differ),
		cmocka_unit_test(constants_do_not_swallow),
		cmocka_unit_test(reads_only_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
