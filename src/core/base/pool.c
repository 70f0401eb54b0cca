#include <mtui/pool.h>

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/thread.h"

#define MOST_THREADS 256

struct entry {
	int priority;
	uint64_t sequence; /* newest first within one priority */
	pool_job *job;
	void *argument;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work; /* something was queued, or the pool closes */
	pthread_cond_t rest; /* nothing is queued or running */
	struct entry *heap;  /* the next job at the root */
	size_t queued, capacity;
	uint64_t sequence;
	size_t running;
	unsigned workers, idle, most;
	bool closing;
	pthread_t threads[];
};

static bool goes_before(const struct entry *a, const struct entry *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->sequence > b->sequence;
}

static void swap_entries(struct entry *a, struct entry *b)
{
	struct entry kept = *a;

	*a = *b;
	*b = kept;
}

static void heap_rise(struct pool *pool, size_t i)
{
	while (i > 0 && goes_before(&pool->heap[i], &pool->heap[(i - 1) / 2])) {
		swap_entries(&pool->heap[i], &pool->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void heap_sink(struct pool *pool, size_t i)
{
	for (;;) {
		size_t first = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < pool->queued; child++)
			if (goes_before(&pool->heap[child], &pool->heap[first]))
				first = child;
		if (first == i)
			return;
		swap_entries(&pool->heap[i], &pool->heap[first]);
		i = first;
	}
}

static struct entry heap_take(struct pool *pool, size_t i)
{
	struct entry taken = pool->heap[i];

	pool->heap[i] = pool->heap[--pool->queued];
	if (i < pool->queued) {
		heap_rise(pool, i);
		heap_sink(pool, i);
	}
	return taken;
}

/* Runs the best job; the lock is held before and after, not meanwhile. */
static void run_next(struct pool *pool)
{
	struct entry entry = heap_take(pool, 0);

	pool->running++;
	pthread_mutex_unlock(&pool->lock);
	entry.job(entry.argument);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	if (pool->queued == 0 && pool->running == 0)
		pthread_cond_broadcast(&pool->rest);
}

static void *work(void *argument)
{
	struct pool *pool = argument;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (pool->queued > 0)
			run_next(pool);
		if (pool->closing)
			break;
		pool->idle++;
		pthread_cond_wait(&pool->work, &pool->lock);
		pool->idle--;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

struct pool *pool_new(unsigned threads)
{
	if (threads == 0) {
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		threads = online > 0 && online < MOST_THREADS ? (unsigned)online : 1;
	}
	if (threads > MOST_THREADS)
		threads = MOST_THREADS;

	struct pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->threads[0]);

	if (pool == NULL)
		return NULL;
	pool->most = threads;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->rest, NULL);
	return pool;
}

unsigned pool_threads(const struct pool *pool)
{
	return pool->most;
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->workers; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->rest);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool->heap);
	free(pool);
}

static bool heap_add(struct pool *pool, struct entry entry)
{
	if (pool->queued == pool->capacity) {
		size_t capacity = pool->capacity == 0 ? 64 : pool->capacity * 2;
		struct entry *heap = realloc(pool->heap, capacity * sizeof *heap);

		if (heap == NULL)
			return false;
		pool->heap = heap;
		pool->capacity = capacity;
	}
	pool->heap[pool->queued++] = entry;
	heap_rise(pool, pool->queued - 1);
	return true;
}

bool pool_add(struct pool *pool, int priority, pool_job *job, void *argument)
{
	pthread_mutex_lock(&pool->lock);

	struct entry entry = { priority, pool->sequence++, job, argument };
	bool added = heap_add(pool, entry);

	if (added) {
		if (pool->idle < pool->queued && pool->workers < pool->most &&
		    thread_start(&pool->threads[pool->workers], THREAD_ANYWHERE, work, pool))
			pool->workers++;
		pthread_cond_signal(&pool->work);
		/* No thread to be had. A job that adds jobs leaves them to the loop it runs in. */
		if (pool->workers == 0 && pool->running == 0)
			while (pool->queued > 0)
				run_next(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return added;
}

bool pool_remove(struct pool *pool, pool_job *job, void *argument)
{
	bool found = false;

	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; i < pool->queued && !found; i++) {
		if (pool->heap[i].job != job || pool->heap[i].argument != argument)
			continue;
		heap_take(pool, i);
		found = true;
	}
	if (found && pool->queued == 0 && pool->running == 0)
		pthread_cond_broadcast(&pool->rest);
	pthread_mutex_unlock(&pool->lock);
	return found;
}

void pool_wait(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->queued > 0 || pool->running > 0)
		pthread_cond_wait(&pool->rest, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}
