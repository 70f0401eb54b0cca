/*
 * Persistent worker threads over a bounded priority queue.
 *
 * A job is a function and its argument. pool_add may be called from any thread; workers start as
 * jobs arrive, up to the number asked for, and stay (a fresh thread can share its creator's core
 * for many milliseconds). Where no thread can be created, pool_add runs the job itself (a job
 * added by such a job runs after it). Workers block every signal but those of their own faults.
 */
#ifndef MTUI_POOL_H
#define MTUI_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

typedef void pool_job(void *argument);

/* 0 threads: one per online processor. NULL when memory is exhausted. */
struct pool *pool_new(unsigned threads);

/* Threads it may have. */
unsigned pool_threads(const struct pool *pool);

/* Waits for running jobs; jobs not begun are run too (their cancel flag makes them short). */
void pool_free(struct pool *pool);

/* Higher priority first; within one priority the newest first. False when memory is exhausted. */
bool pool_add(struct pool *pool, int priority, pool_job *job, void *argument);

/* Takes a job back if it has not begun. True: it will not run. */
bool pool_remove(struct pool *pool, pool_job *job, void *argument);

/* Blocks until nothing is queued or running; not to be called by a job. */
void pool_wait(struct pool *pool);

#endif
