#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <mtui/arena.h>
#include <mtui/limits.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	for (size_t size = 0; size < 3000; size += 7) {
		uint8_t *memory = arena_alloc(&arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
	assert_non_null(arena_alloc(&arena, (size_t)5 << 20));
	arena_free(&arena);
	assert_int_equal(arena.used, 0);
}

/* A large request gets a block of its own; what is left of the block before it stays in use. */
static void large_requests_do_not_waste(void **state)
{
	struct arena arena;
	size_t before;

	(void)state;
	arena_init(&arena, 0);
	arena_alloc(&arena, 16);
	arena_alloc(&arena, (size_t)1 << 20);
	before = arena.used;
	arena_alloc(&arena, 16);
	assert_int_equal(arena.used, before);
	arena_free(&arena);
}

static void impossible_sizes_fail(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 15));
	assert_null(arena_array(&arena, SIZE_MAX / 4, 8));
	assert_null(arena_array(&arena, (size_t)1 << 32, (size_t)1 << 32));
	assert_null(arena_text(&arena, "", SIZE_MAX).data);
	assert_false(arena.refused);
	arena_free(&arena);
}

static void the_budget_refuses(void **state)
{
	struct arena arena;
	struct error err;
	size_t got = 0;

	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	assert_null(arena_alloc(&arena, (size_t)2 << 20));
	assert_true(arena.refused);
	arena.refused = false;
	while (arena_alloc(&arena, 1000) != NULL)
		got += 1000;
	assert_true(arena.refused);
	assert_in_range(got, 400 << 10, 1 << 20);
	assert_true(arena.used <= arena.budget);
	assert_false(arena_exhausted(&arena, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_non_null(strstr(err.message, "1 MiB"));
	arena.refused = false;
	arena_exhausted(&arena, &err);
	assert_int_equal(err.code, ERROR_MEMORY);
	arena_free(&arena);
}

static void texts_are_terminated_copies(void **state)
{
	struct arena arena;
	struct text text;
	char digits[500];

	(void)state;
	arena_init(&arena, 0);
	text = arena_text(&arena, "a\0b", 3);
	assert_memory_equal(text.data, "a\0b\0", 4);
	text = arena_text(&arena, NULL, 0);
	assert_non_null(text.data);
	assert_string_equal(text.data, "");
	assert_true(text_is(arena_format(&arena, "%s.%d", "layer", 3), "layer.3"));
	memset(digits, '7', sizeof digits - 1);
	digits[sizeof digits - 1] = '\0';
	text = arena_format(&arena, "%s", digits);
	assert_true(text_is(text, digits));
	arena_free(&arena);
}

static void vectors_grow_and_count(void **state)
{
	VECTOR(uint64_t) numbers = { 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, 0);
	for (uint64_t i = 0; i < 300000; i++) {
		assert_true(vector_reserve(&arena, &numbers, 1));
		numbers.items[numbers.count++] = i;
	}
	for (uint64_t i = 0; i < 300000; i++)
		assert_true(numbers.items[i] == i);
	assert_int_equal(arena.used, numbers.capacity * sizeof(uint64_t));
	vector_free(&numbers);
	assert_null(numbers.items);
	assert_int_equal(numbers.capacity, 0);
	arena_free(&arena);
}

static void vectors_obey_the_budget(void **state)
{
	VECTOR(uint64_t) numbers = { 0 };
	struct arena arena;

	(void)state;
	arena_init(&arena, 64 << 10);
	while (vector_reserve(&arena, &numbers, 1))
		numbers.count++;
	assert_true(arena.refused);
	assert_in_range(numbers.count, 4 << 10, 8 << 10);
	/* What is there stays usable. */
	numbers.items[numbers.count - 1] = 7;
	arena.refused = false;
	assert_false(vector_reserve(&arena, &numbers, SIZE_MAX));
	assert_false(vector_reserve(&arena, &numbers, SIZE_MAX / 8 - numbers.count));
	vector_free(&numbers);
	arena_free(&arena);
}

static void index_memory_is_bounded(void **state)
{
	(void)state;
	assert_in_range(limit_index_memory(), 1 << 20, (size_t)1 << 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(large_requests_do_not_waste),
		cmocka_unit_test(impossible_sizes_fail),
		cmocka_unit_test(the_budget_refuses),
		cmocka_unit_test(texts_are_terminated_copies),
		cmocka_unit_test(vectors_grow_and_count),
		cmocka_unit_test(vectors_obey_the_budget),
		cmocka_unit_test(index_memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
