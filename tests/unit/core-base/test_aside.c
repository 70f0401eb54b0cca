#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sched.h>
#include <stdatomic.h>

#include "core/base/aside.h"

static void count(void *argument)
{
	atomic_fetch_add((atomic_int *)argument, 1);
}

/* A job is done once or never, and the handle knows which. */
static void done_or_taken_back(void **state)
{
	static atomic_int counter;
	int done = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct aside *aside = aside_start(count, &counter);

		for (int k = 0; k < i % 50; k++)
			sched_yield();
		if (aside)
			done += aside_finish(aside);
	}
	assert_int_equal(atomic_load(&counter), done);
}

static void needs_another_processor(void **state)
{
	static atomic_int counter;
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	assert_null(aside_start(count, &counter));
	assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(done_or_taken_back),
		cmocka_unit_test(needs_another_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
