#include "core/base/thread.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>

/* Room for every job; the 8 MiB default would count against `ulimit -v`. */
#define STACK_BYTES ((size_t)1 << 20)

/* All processors this thread may run on, and those without the one it runs on. */
static bool find_processors(cpu_set_t *all, cpu_set_t *others)
{
	int here = sched_getcpu();

	if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof *all, all) != 0)
		return false;
	*others = *all;
	CPU_CLR(here, others);
	return CPU_COUNT(others) > 0;
}

bool thread_start(pthread_t *thread, enum thread_place place, void *(*run)(void *), void *argument)
{
	cpu_set_t all, others;
	pthread_attr_t attributes;
	sigset_t blocked, before;

	if (pthread_attr_init(&attributes) != 0)
		return false;

	bool choose = place == THREAD_ELSEWHERE, started = true;

	if (choose)
		started = find_processors(&all, &others) &&
			  pthread_attr_setaffinity_np(&attributes, sizeof others, &others) == 0;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&blocked);
	sigdelset(&blocked, SIGBUS);
	sigdelset(&blocked, SIGSEGV);
	sigdelset(&blocked, SIGFPE);
	sigdelset(&blocked, SIGILL);
	sigdelset(&blocked, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	started = started && pthread_create(thread, &attributes, run, argument) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started && choose) /* from where it began it may move later, like any other */
		pthread_setaffinity_np(*thread, sizeof all, &all);
	pthread_attr_destroy(&attributes);
	return started;
}
