/*
 * A pass over a large tensor by several threads, with the same numbers as by one.
 *
 * The tensor is cut into stripes of STRIPE elements. Each stripe is walked, block by block, by one
 * worker with a context of its own. What depends on the order of adding is handed over at the end
 * of a stripe and merged in the order of the stripes; all else is merged by the caller after the
 * pass. Where the data lies in pieces, or is small, one worker does it all, stripe by stripe.
 */
#ifndef ANALYSIS_STRIPES_H
#define ANALYSIS_STRIPES_H

#include "core/analysis/tensor_walk.h"
#include "core/kernels/moments.h"

#define STRIPE		((uint64_t)1 << 20)
#define STRIPES_WORKERS 3 /* at most: each has up to 3 MiB of windows and counts */

/* Takes the moments of the stripe just walked out of the worker's context. */
typedef void stripe_end(void *worker, struct moments *moments);

/* How many contexts stripes_pass should get for this tensor, 1 to STRIPES_WORKERS. */
size_t stripes_workers(const struct tensor_walk *walk);

/* The caller's thread is the first worker; the others are those of the watch's pool that are free.
 * end and total may be NULL. Adds to walk->done. */
bool stripes_pass(struct tensor_walk *walk, void *const *workers, size_t n_workers, walk_step *step,
		  stripe_end *end, struct moments *total, struct error *err);

/* Walks the stripe of n elements from `first` on, as often and in what order it likes. */
typedef bool stripe_work(struct tensor_walk *walk, uint64_t first, uint64_t n, void *worker,
			 struct error *err);

/* The same for work that is more than a step a block; only for tensors with stretches. */
bool stripes_run(struct tensor_walk *walk, void *const *workers, size_t n_workers,
		 stripe_work *work, struct error *err);

#endif
