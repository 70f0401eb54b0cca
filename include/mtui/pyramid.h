/*
 * Least, largest and sum of any stretch of a long row of numbers, without looking at each of them.
 *
 * Every PYRAMID_FAN numbers are summed up in a block, every PYRAMID_FAN blocks in one of the next
 * level, so that a chart costs by its columns and not by its points. It takes about one byte a
 * number. The numbers themselves stay where they are.
 */
#ifndef MTUI_PYRAMID_H
#define MTUI_PYRAMID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PYRAMID_FAN    32
#define PYRAMID_LEVELS 12

/* Of the finite numbers of a stretch; min and max mean nothing where there is none. */
struct extent {
	double min, max, sum;
	uint64_t finite;
};

struct pyramid {
	struct {
		struct extent *blocks;
		size_t n, capacity;
	} levels[PYRAMID_LEVELS];
	size_t done; /* numbers that are in full blocks of the lowest level */
};

/* Zeroed is empty. Takes in values[0..n), of which those before pyramid->done are known already
 * and must not have changed; for changed ones pyramid_reset first. False: out of memory, and the
 * pyramid is as it was or knows less; queries stay right. */
bool pyramid_extend(struct pyramid *pyramid, const double *values, size_t n);
void pyramid_reset(struct pyramid *pyramid);
void pyramid_free(struct pyramid *pyramid);

/* Of values[from..end). */
struct extent pyramid_query(const struct pyramid *pyramid, const double *values, size_t from,
			    size_t end);

#endif
