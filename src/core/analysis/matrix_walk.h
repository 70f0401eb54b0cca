/* The values of a part of a matrix, row after row, in pieces of one row each. */
#ifndef ANALYSIS_MATRIX_WALK_H
#define ANALYSIS_MATRIX_WALK_H

#include <mtui/matrix.h>

#include "core/analysis/tensor_walk.h"

/* n values of a row, from a column on. As a walk_step: owns no memory, false stops. */
typedef bool matrix_step(uint64_t row, uint64_t column, const double *values, size_t n,
			 void *context);

struct matrix_walk {
	struct tensor_walk walk; /* its done and total are what the watch is told */
	struct matrix matrix;
	struct matrix_window window;
	matrix_step *step;
	void *context;
	double values[BLOCK];
};

/* total: elements over all runs that will follow. NULL when memory is exhausted; freed with free. */
struct matrix_walk *matrix_walk_new(const struct model *model, const struct tensor *tensor,
				    const struct matrix *matrix, const struct analysis_watch *watch,
				    uint64_t total, struct error *err);

/* Elements of the window that are present. */
bool matrix_walk_run(struct matrix_walk *walk, const struct matrix_window *window,
		     matrix_step *step, void *context, struct error *err);

/* Tells the watch about work other than reading; false: stopped. */
bool matrix_walk_tell(struct matrix_walk *walk, uint64_t elements, struct error *err);

#endif
