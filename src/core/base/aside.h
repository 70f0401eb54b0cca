/*
 * One job on another processor, for what is worth doing there only if it gets done in time: the
 * one who asked never waits for a job that has not begun.
 */
#ifndef BASE_ASIDE_H
#define BASE_ASIDE_H

#include <stdbool.h>

struct aside;

typedef void aside_job(void *argument);

/* NULL where there is no other processor, no thread or no memory; nothing is done then. */
struct aside *aside_start(aside_job *job, void *argument);

/* Takes the job back if it has not begun; false: it never will. Otherwise waits for its end: true.
 * The handle is gone then. */
bool aside_finish(struct aside *aside);

#endif
