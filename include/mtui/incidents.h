/*
 * What went wrong, or changed, in the course of a series: places worth jumping to.
 *
 *	NaN, infinite   a stretch of values that are not finite
 *	spike           further from the value before than 10 times the usual change (a running
 *	                mean with a memory of 32 points, after the first 16), and back within 8
 *	                points
 *	divergence      the level left its best for good: it stays more than a quarter of the way it
 *	                had come above it, and ends more than half of it above. Levels are means of up
 *	                to 32 equal parts of the series,
 *			and the way is 5 times what neighbouring ones lie apart (median)
 *	plateau         the last quarter or more of these parts stays inside 1 % of their whole range
 *	learning rate   of series whose name says that they are one: a jump by 10 % or more that the
 *	                change before did not announce, or the end of a warm-up
 *	restart         the step goes back
 *	gap in time     10 times the median interval between points, and 10 seconds at least
 *
 * Deterministic, and the same for a series read at once or in pieces.
 */
#ifndef MTUI_INCIDENTS_H
#define MTUI_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/run.h>

/* id, words, mark on a chart */
#define INCIDENTS(X)                                                                               \
	X(INCIDENT_NAN, "NaN", 'N')                                                                \
	X(INCIDENT_INFINITE, "infinite", 'I')                                                      \
	X(INCIDENT_SPIKE, "spike", '^')                                                            \
	X(INCIDENT_DIVERGENCE, "divergence", 'D')                                                  \
	X(INCIDENT_PLATEAU, "plateau", 'P')                                                        \
	X(INCIDENT_RATE, "learning rate", 'L')                                                     \
	X(INCIDENT_RESTART, "restart", 'R')                                                        \
	X(INCIDENT_GAP, "gap in time", 'G')                                                        \
	X(INCIDENT_OVERFIT, "validation parts from training", 'V')

enum incident_kind {
#define X(id, words, mark) id,
	INCIDENTS(X)
#undef X
	INCIDENT_KINDS
};

extern const char *const incident_words[INCIDENT_KINDS];
extern const char incident_marks[INCIDENT_KINDS];

struct incident {
	enum incident_kind kind;
	uint64_t index;	  /* of the first point it is about */
	uint64_t count;	  /* points: of a stretch of NaN; else 1 */
	int64_t step;	  /* of that point */
	double wall_time; /* NaN where the log has none */
	double before;	  /* level, rate, or step before it; NaN where that says nothing */
	double value;	  /* of the point; of a gap its seconds */
};

#define INCIDENTS_MAX 1000 /* kept of one series */

/* By index. Zeroed is empty. */
struct incidents {
	struct incident *items;
	size_t count, capacity;
	uint64_t dropped; /* found beyond INCIDENTS_MAX */
};

/* Adds those of a series. False: out of memory. */
bool incidents_find(struct incidents *incidents, const struct series *series);
void incidents_free(struct incidents *incidents);

/* Training against validation: `opens` when validation has left its best by more than 5 % of what
 * it had gained while training did not get worse; `step` is where that best was. Training is taken
 * as its mean between one validation and the next. */
struct train_gap {
	double train, validation; /* at the last validation */
	double best;		  /* of validation */
	int64_t best_step;
	bool opens;
};

/* False where the two have no steps in common, or memory is exhausted. rises: more is better. */
bool train_gap_find(struct train_gap *gap, const struct series *train,
		    const struct series *validation, bool rises);

#endif
