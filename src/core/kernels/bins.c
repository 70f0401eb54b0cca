#include "core/kernels/bins.h"

#include <float.h>
#include <math.h>

#include "core/kernels/vector.h"

/* numpy multiplies in a narrow type only by what it takes to fit into it. */
#define FITS_F16 65000.0
#define FITS_F32 3.4e38

static double round_to_f16(double value)
{
	int exponent;
	double unit;

	if (!(fabs(value) < 65520))
		return isnan(value) ? value : copysign(INFINITY, value);
	frexp(value, &exponent);
	unit = ldexp(1, exponent - 11 > -24 ? exponent - 11 : -24);
	return nearbyint(value / unit) * unit;
}

static double round_to(enum bins_type type, double value)
{
	if (type == BINS_F32)
		return (float)value;
	return type == BINS_F16 ? round_to_f16(value) : value;
}

enum bins_type bins_type_of(enum dtype dtype)
{
	if (dtype_traits[dtype].class != CLASS_FLOAT || dtype == DTYPE_F64)
		return BINS_F64;
	return dtype == DTYPE_F16 ? BINS_F16 : BINS_F32;
}

static void fill_edges(struct bins *bins, double low, double high)
{
	double width = high - low;
	double step = width / (double)bins->n;

	for (size_t i = 0; i < bins->n; i++) {
		double edge =
			(step == 0 ? (double)i / (double)bins->n * width : (double)i * step) + low;

		bins->edges[i] = round_to(bins->type, edge);
	}
	bins->edges[bins->n] = round_to(bins->type, high);
}

/* How far an edge, and a guess in double, may be from where they belong, in bins. */
static double find_slack(const struct bins *bins)
{
	static const double digits[] = {
		[BINS_F64] = 0x1p-52, [BINS_F32] = 0x1p-23, [BINS_F16] = 0x1p-10
	};
	static const double least[] = {
		[BINS_F64] = 0x1p-1074, [BINS_F32] = 0x1p-149, [BINS_F16] = 0x1p-24
	};
	double largest = fmax(fabs(bins->first), fabs(bins->last));
	double slack = 4 * digits[bins->type] * (largest * bins->norm + (double)bins->n) +
		       least[bins->type] * bins->norm;

	return slack < 0.25 ? fmax(slack, 0x1p-20) : 1;
}

void bins_init(struct bins *bins, enum bins_type type, double low, double high, size_t n)
{
	double width;

	bins->n = n;
	bins->scale = 1;
	/* A width that the type cannot hold. */
	if (!isfinite(round_to(type, high - low)))
		type = type == BINS_F16 && isfinite((float)(high - low)) ? BINS_F32 : BINS_F64;
	bins->type = type;
	width = round_to(type, high - low);
	if (low == high) {
		low -= 0.5;
		high += 0.5;
		width = high - low;
	}
	/* A width, or its reciprocal, that a double cannot hold. */
	if (!isfinite(width))
		bins->scale = 0x1p-8;
	else if (width > 0 && !isfinite((double)n / width))
		bins->scale = 0x1p64;
	low *= bins->scale;
	high *= bins->scale;
	if (bins->scale != 1)
		width = high - low;
	bins->first = round_to(type, low);
	bins->last = round_to(type, high);
	bins->norm = width > 0 ? (double)n / width : 0;
	fill_edges(bins, low, high);
	bins->slack = bins->norm > 0 ? find_slack(bins) : 1;
}

static inline size_t correct(const struct bins *bins, double x, size_t index)
{
	index -= index == bins->n;
	index -= x < bins->edges[index] && index > 0;
	index += x >= bins->edges[index + 1] && index != bins->n - 1;
	return index;
}

/* (x - first) * norm as numpy rounds it. */
static double place(const struct bins *bins, double x)
{
	double offset = x - bins->first;

	if (bins->type == BINS_F64)
		return offset * bins->norm;
	if (bins->type == BINS_F32) {
		if (!(bins->norm < FITS_F32))
			return (float)offset * bins->norm;
		return (float)offset * (float)bins->norm;
	}
	offset = round_to_f16(offset);
	if (!(bins->norm < FITS_F16))
		return (float)offset * (float)bins->norm;
	return round_to_f16(offset * round_to_f16(bins->norm));
}

size_t bins_index(const struct bins *bins, double value)
{
	double x = value * bins->scale, at;

	if (!(x >= bins->first && x <= bins->last))
		return SIZE_MAX;
	if (bins->norm == 0)
		return bins->n / 2;
	at = place(bins, x);
	return correct(bins, x, at < (double)bins->n ? (size_t)at : bins->n);
}

void bins_count(const struct bins *bins, const double *values, size_t n, uint64_t *counts)
{
	uint16_t guesses[BLOCK];

	if (bins->norm > 0 && bins->slack < 1 &&
	    kernels_current()->guess_bins(bins, values, n, guesses)) {
		for (size_t i = 0; i < n; i++)
			counts[guesses[i]]++;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t bin = bins_index(bins, values[i]);

		if (bin != SIZE_MAX)
			counts[bin]++;
	}
}

void places_find(const struct places *places, const double *values, size_t n, uint16_t *found)
{
	kernels_current()->place(places, values, n, found);
}

size_t places_at_edges(const uint16_t *places, size_t n, uint16_t *found)
{
	return kernels_current()->at_edges(places, n, found);
}
