/*
 * Counting in equal-width bins, as numpy.histogram with a range does: an index from one
 * multiplication, then corrected by one against the edges numpy.linspace gives; the last bin is
 * closed. A range without width is widened by 0.5 on both sides. Edges and the index are computed
 * in the type numpy takes for an array of the values' dtype.
 */
#ifndef KERNELS_BINS_H
#define KERNELS_BINS_H

#include <stddef.h>
#include <stdint.h>

#include <mtui/dtype.h>

#define BINS_MAX 1024

enum bins_type { BINS_F64, BINS_F32, BINS_F16 };

struct bins {
	size_t n;
	enum bins_type type;
	double first, last; /* edges, after widening and scaling */
	double norm;	    /* n / (last - first) */
	double scale;	    /* values are multiplied by it: 1 except for extreme ranges */
	double slack;	    /* part of a bin within which a guess may be wrong */
	double edges[BINS_MAX + 1];
};

/* Integers and complex magnitudes are counted as f64; floats that numpy lacks as f32. */
enum bins_type bins_type_of(enum dtype dtype);

/* low and high are finite, low <= high, 1 <= n <= BINS_MAX. */
void bins_init(struct bins *bins, enum bins_type type, double low, double high, size_t n);

/* Values outside the range and NaN are not counted. At most BLOCK values. */
void bins_count(const struct bins *bins, const double *values, size_t n, uint64_t *counts);

/* The bin of one value, or SIZE_MAX. */
size_t bins_index(const struct bins *bins, double value);

/* 65,536 equal steps from `first` on, norm of them a unit. */
struct places {
	double first, norm;
};

/* The steps values are in, or next to: as the values ascend, so do they. What lies outside is in
 * the first or the last. At most BLOCK values. */
void places_find(const struct places *places, const double *values, size_t n, uint16_t *found);

/* Indices of the places that are the first or the last of 256, where the 65,536 do not end. */
size_t places_at_edges(const uint16_t *places, size_t n, uint16_t *found);

#endif
