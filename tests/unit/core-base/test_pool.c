#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include <mtui/pool.h>

static atomic_int counter;

static void count(void *argument)
{
	(void)argument;
	atomic_fetch_add(&counter, 1);
}

static void runs_every_job(void **state)
{
	struct pool *pool = pool_new(3);

	(void)state;
	assert_non_null(pool);
	atomic_store(&counter, 0);
	for (int i = 0; i < 1000; i++)
		assert_true(pool_add(pool, i % 5, count, NULL));
	pool_wait(pool);
	assert_int_equal(atomic_load(&counter), 1000);
	pool_wait(pool);
	for (int i = 0; i < 100; i++)
		pool_add(pool, 0, count, NULL);
	pool_free(pool);
	assert_int_equal(atomic_load(&counter), 1100);
	pool_free(NULL);
}

/* A gate that holds the only worker while the queue is filled. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool entered, open;
};

static void stand_at_gate(void *argument)
{
	struct gate *gate = argument;

	pthread_mutex_lock(&gate->lock);
	gate->entered = true;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

static struct pool *pool_held_by(struct gate *gate)
{
	struct pool *pool = pool_new(1);

	assert_non_null(pool);
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->changed, NULL);
	gate->entered = gate->open = false;
	pool_add(pool, 0, stand_at_gate, gate);
	pthread_mutex_lock(&gate->lock);
	while (!gate->entered)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return pool;
}

static void open_gate(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

static char order[64];

/* One worker: order needs no lock. */
static void note(void *argument)
{
	strcat(order, argument);
}

static void takes_the_best_first(void **state)
{
	struct gate gate;
	struct pool *pool = pool_held_by(&gate);
	static const int priorities[] = { 1, 5, 5, -3, 9, 1 };
	char names[6][2] = { "a", "b", "c", "d", "e", "f" };

	(void)state;
	order[0] = '\0';
	for (int i = 0; i < 6; i++)
		pool_add(pool, priorities[i], note, names[i]);
	open_gate(&gate);
	pool_wait(pool);
	assert_string_equal(order, "ecbfad");
	pool_free(pool);
}

static void takes_back_what_has_not_begun(void **state)
{
	struct gate gate;
	struct pool *pool = pool_held_by(&gate);
	char names[40][2] = { 0 };

	(void)state;
	order[0] = '\0';
	for (int i = 0; i < 40; i++) {
		names[i][0] = (char)('A' + i);
		pool_add(pool, i % 7, note, names[i]);
	}
	for (int i = 0; i < 40; i++)
		if (i != 12 && i != 33)
			assert_true(pool_remove(pool, note, names[i]));
	assert_false(pool_remove(pool, note, names[0]));
	assert_false(pool_remove(pool, count, names[12]));
	assert_false(pool_remove(pool, stand_at_gate, &gate));
	open_gate(&gate);
	pool_free(pool);
	assert_string_equal(order, "bM");
}

struct chain {
	struct pool *pool;
	int left;
};

static void add_next(void *argument)
{
	struct chain *chain = argument;

	atomic_fetch_add(&counter, 1);
	if (--chain->left > 0)
		pool_add(chain->pool, 0, add_next, chain);
}

static void jobs_may_add_jobs(void **state)
{
	struct chain chain = { pool_new(2), 10000 };

	(void)state;
	atomic_store(&counter, 0);
	pool_add(chain.pool, 0, add_next, &chain);
	pool_wait(chain.pool);
	assert_int_equal(atomic_load(&counter), 10000);
	pool_free(chain.pool);
}

static unsigned threads_allowed = UINT_MAX;

/* Stands before the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (threads_allowed == 0)
		return EAGAIN;
	threads_allowed--;
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, start, argument);
}

/* P07: where no thread can be created, jobs run where they are added, a chain of them without
 * growing the stack. */
static void works_without_threads(void **state)
{
	struct chain chain = { pool_new(2), 100000 };

	(void)state;
	threads_allowed = 0;
	atomic_store(&counter, 0);
	pool_add(chain.pool, 0, add_next, &chain);
	assert_int_equal(atomic_load(&counter), 100000);
	assert_false(pool_remove(chain.pool, add_next, &chain));
	pool_wait(chain.pool);
	pool_free(chain.pool);
	threads_allowed = UINT_MAX;
}

static void works_with_fewer_threads(void **state)
{
	struct pool *pool = pool_new(4);

	(void)state;
	threads_allowed = 1;
	atomic_store(&counter, 0);
	for (int i = 0; i < 1000; i++)
		pool_add(pool, 0, count, NULL);
	pool_wait(pool);
	assert_int_equal(atomic_load(&counter), 1000);
	pool_free(pool);
	threads_allowed = UINT_MAX;
}

static void look_at_mask(void *argument)
{
	pthread_sigmask(SIG_SETMASK, NULL, argument);
}

static void workers_leave_signals_to_the_main_thread(void **state)
{
	struct pool *pool = pool_new(1);
	sigset_t mask, own;

	(void)state;
	sigemptyset(&mask);
	pool_add(pool, 0, look_at_mask, &mask);
	pool_free(pool);
	assert_true(sigismember(&mask, SIGTERM));
	assert_true(sigismember(&mask, SIGWINCH));
	assert_false(sigismember(&mask, SIGBUS));
	pthread_sigmask(SIG_SETMASK, NULL, &own);
	assert_false(sigismember(&own, SIGTERM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_every_job),
		cmocka_unit_test(takes_the_best_first),
		cmocka_unit_test(takes_back_what_has_not_begun),
		cmocka_unit_test(jobs_may_add_jobs),
		cmocka_unit_test(works_without_threads),
		cmocka_unit_test(works_with_fewer_threads),
		cmocka_unit_test(workers_leave_signals_to_the_main_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
