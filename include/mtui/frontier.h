/*
 * Error against size, of all families of schemes: the points of a chart.
 *
 * The settings come from the one table of schemes, by lines that a chart draws apart. They stand in
 * the order in which they are best measured: what is quickly done first.
 */
#ifndef MTUI_FRONTIER_H
#define MTUI_FRONTIER_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/quant_error.h>
#include <mtui/quant_sample.h>
#include <mtui/scheme.h>

/* id, letter in charts, name, family, granularity, range */
#define FRONTIER_LINES(X)                                                                          \
	X(FRONTIER_CHANNEL, 'C', "integers per channel", FAMILY_INTEGER, QUANT_PER_CHANNEL, RANGE_SYMMETRIC) \
	X(FRONTIER_TENSOR, 'T', "integers per tensor", FAMILY_INTEGER, QUANT_PER_TENSOR, RANGE_SYMMETRIC) \
	X(FRONTIER_GROUP, 'G', "integers per group of 32", FAMILY_INTEGER, QUANT_PER_GROUP, RANGE_SYMMETRIC) \
	X(FRONTIER_CHANNEL_AFFINE, 'c', "affine per channel", FAMILY_INTEGER, QUANT_PER_CHANNEL, RANGE_AFFINE) \
	X(FRONTIER_TENSOR_AFFINE, 't', "affine per tensor", FAMILY_INTEGER, QUANT_PER_TENSOR, RANGE_AFFINE) \
	X(FRONTIER_GROUP_AFFINE, 'g', "affine per group of 32", FAMILY_INTEGER, QUANT_PER_GROUP, RANGE_AFFINE) \
	X(FRONTIER_FLOAT, 'F', "floats per channel", FAMILY_FLOAT, QUANT_PER_CHANNEL, RANGE_SYMMETRIC) \
	X(FRONTIER_MICROSCALING, 'M', "microscaling", FAMILY_MICROSCALING, QUANT_PER_TENSOR, RANGE_SYMMETRIC) \
	X(FRONTIER_TABLE, 'N', "NF4 and FP4", FAMILY_TABLE, QUANT_PER_GROUP, RANGE_SYMMETRIC)      \
	X(FRONTIER_SIGN, 'S', "signs per channel", FAMILY_SIGN, QUANT_PER_CHANNEL, RANGE_SYMMETRIC) \
	X(FRONTIER_CODEBOOK, 'K', "codebook", FAMILY_CODEBOOK, QUANT_PER_TENSOR, RANGE_SYMMETRIC)  \
	X(FRONTIER_GGUF, 'Q', "GGUF", FAMILY_GGUF, QUANT_PER_TENSOR, RANGE_SYMMETRIC)

enum frontier_line_id {
#define X(id, letter, name, family, granularity, range) id,
	FRONTIER_LINES(X)
#undef X
	FRONTIER_LINE_COUNT
};

struct frontier_line {
	char letter;
	const char *name;
	uint8_t family, granularity, range;
};

extern const struct frontier_line frontier_lines[FRONTIER_LINE_COUNT];

enum frontier_state {
	FRONTIER_WAITING,
	FRONTIER_SAMPLED, /* an estimate, sqnr_error says how sure */
	FRONTIER_EXACT,
	FRONTIER_REFUSED, /* the setting is not for some of the tensors */
};

struct frontier_point {
	struct quant_scheme scheme;
	uint8_t line;	  /* enum frontier_line_id */
	uint8_t state;	  /* enum frontier_state; below it is known but where it waits */
	bool on_hull;
	uint64_t bytes;	  /* with what stays as it is; known in every state */
	double bits_per_weight; /* of what is quantized, likewise */
	double error;	  /* sum of squared errors */
	double energy;	  /* sum of squares of the values */
	double count;	  /* of values in both */
	double sqnr_db, sqnr_error;
};

#define FRONTIER_MAX 96

struct frontier {
	struct frontier_point points[FRONTIER_MAX];
	unsigned n;
};

/* All settings, waiting. The second one is the measure of a setting alone, as the dial's. */
void frontier_init(struct frontier *frontier);
void frontier_point_init(struct frontier_point *point, const struct quant_scheme *scheme);

/* Takes the shapes of n tensors for the sizes: those that ladder_applies to are quantized, the
 * others stay as they are. */
void frontier_point_size(struct frontier_point *point, const struct model *model,
			 const uint32_t *tensors, size_t n);

/* What tensors lose, to be added up in their order. */
struct frontier_sums {
	double error, energy, count;
};

void frontier_sums_add(struct frontier_sums *sums, const struct quant_error *error);
void frontier_sums_merge(struct frontier_sums *sums, const struct frontier_sums *more);

/* Takes what all of the tensors lose, or an estimate of it. */
void frontier_point_exact(struct frontier_point *point, const struct frontier_sums *sums);
void frontier_point_sampled(struct frontier_point *point, const struct quant_sample *sample);

static inline bool frontier_point_known(const struct frontier_point *point)
{
	return point->state == FRONTIER_SAMPLED || point->state == FRONTIER_EXACT;
}

/* sqrt(error / energy). */
double frontier_relative(const struct frontier_point *point);

/* Whether a tensor is quantized among n. */
bool frontier_applies(const struct tensor *tensor, size_t n);

/* Marks the points of the lower convex hull of error and bytes: what a mixture of settings cannot
 * do better (plan.h). Points that wait or were refused are not on it. */
bool frontier_hull(struct frontier *frontier, struct error *err);

#endif
