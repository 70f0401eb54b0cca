/* How every thread of this program is started. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Where the thread begins. Left to itself, a system may begin a thread on the processor of its
 * creator and move it milliseconds later: fine for one that stays, too late for a short job. */
enum thread_place { THREAD_ANYWHERE, THREAD_ELSEWHERE };

/* With a stack of 1 MiB and every signal blocked but those of its own faults. False where there
 * is none to be had, or no other processor for THREAD_ELSEWHERE. */
bool thread_start(pthread_t *thread, enum thread_place place, void *(*run)(void *), void *argument);

#endif
