/* As much of cmocka as the tests of the kernels use, for a machine whose libraries are not here. */
#ifndef CMOCKA_H
#define CMOCKA_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
};

static jmp_buf cmocka_skipped;

#define cmocka_unit_test(test) { #test, test }

#define fail_msg(...)                                                                              \
	do {                                                                                       \
		printf("%s:%d: ", __FILE__, __LINE__);                                             \
		printf(__VA_ARGS__);                                                               \
		puts("");                                                                          \
		exit(1);                                                                           \
	} while (0)
#define assert_true(condition)                                                                     \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("%s", #condition);                                                \
	} while (0)
#define assert_false(condition)	   assert_true(!(condition))
#define assert_non_null(pointer)   assert_true((pointer) != NULL)
#define assert_null(pointer)	   assert_true((pointer) == NULL)
#define assert_int_equal(a, b)	   assert_true((uint64_t)(a) == (uint64_t)(b))
#define assert_int_not_equal(a, b) assert_true((uint64_t)(a) != (uint64_t)(b))
#define assert_string_equal(a, b)  assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_in_range(value, low, high) assert_true((value) >= (low) && (value) <= (high))
#define print_message printf
#define skip()	      longjmp(cmocka_skipped, 1)

static int run_group(const struct CMUnitTest *tests, size_t n)
{
	for (volatile size_t i = 0; i < n; i++) {
		if (setjmp(cmocka_skipped) == 0)
			tests[i].run(NULL);
	}
	return 0;
}

#define cmocka_run_group_tests(tests, setup, teardown) run_group(tests, sizeof tests / sizeof *tests)

#endif
