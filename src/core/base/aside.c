/*
 * The thread is nobody's to join: on a busy machine it may begin long after its job was taken
 * back, and only then find that out. So the handle has two owners, and the last one frees it.
 *
 * With ASIDE_AT_ONCE jobs are done where they are started: for fuzzers, which want two runs of an
 * input to be the same, and to see what a job does although their inputs leave it no time.
 */
#include "core/base/aside.h"

#include <stdlib.h>

#include "core/base/thread.h"

enum aside_state { ASIDE_WAITING, ASIDE_RUNNING, ASIDE_DONE, ASIDE_TAKEN_BACK };

struct aside {
	pthread_mutex_t lock;
	pthread_cond_t done;
	enum aside_state state;
	unsigned owners;
	aside_job *job;
	void *argument;
};

/* Gives up the lock, too. */
static void release(struct aside *aside)
{
	bool last = --aside->owners == 0;

	pthread_mutex_unlock(&aside->lock);
	if (!last)
		return;
	pthread_cond_destroy(&aside->done);
	pthread_mutex_destroy(&aside->lock);
	free(aside);
}

static void *run(void *argument)
{
	struct aside *aside = argument;

	pthread_mutex_lock(&aside->lock);
	if (aside->state == ASIDE_WAITING) {
		aside->state = ASIDE_RUNNING;
		pthread_mutex_unlock(&aside->lock);
		aside->job(aside->argument);
		pthread_mutex_lock(&aside->lock);
		aside->state = ASIDE_DONE;
		pthread_cond_signal(&aside->done);
	}
	release(aside);
	return NULL;
}

struct aside *aside_start(aside_job *job, void *argument)
{
	struct aside *aside = malloc(sizeof *aside);
	pthread_t thread;

	if (aside == NULL)
		return NULL;
	*aside = (struct aside){ .owners = 2, .job = job, .argument = argument };
	pthread_mutex_init(&aside->lock, NULL);
	pthread_cond_init(&aside->done, NULL);
#ifdef ASIDE_AT_ONCE
	aside->owners = 1;
	aside->state = ASIDE_DONE;
	job(argument);
	return aside;
#endif
	if (thread_start(&thread, THREAD_ELSEWHERE, run, aside)) {
		pthread_detach(thread);
		return aside;
	}
	pthread_cond_destroy(&aside->done);
	pthread_mutex_destroy(&aside->lock);
	free(aside);
	return NULL;
}

bool aside_finish(struct aside *aside)
{
	pthread_mutex_lock(&aside->lock);
	if (aside->state == ASIDE_WAITING)
		aside->state = ASIDE_TAKEN_BACK;
	while (aside->state == ASIDE_RUNNING)
		pthread_cond_wait(&aside->done, &aside->lock);

	bool done = aside->state == ASIDE_DONE;

	release(aside);
	return done;
}
