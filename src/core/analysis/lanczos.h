/*
 * The two largest eigenvalues of a symmetric operator, and their vectors, by the method of Lanczos
 * (G. Golub, C. Van Loan, Matrix Computations, 4th edition, 10.1 and 10.3).
 */
#ifndef ANALYSIS_LANCZOS_H
#define ANALYSIS_LANCZOS_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/error.h>

#include "core/analysis/lapack.h"

#define LANCZOS_STEPS 160 /* at most */

/* out = M v, both of n numbers; M is symmetric without negative eigenvalues. False: give up. */
typedef bool lanczos_apply(void *context, const double *v, double *out, struct error *err);

struct lanczos {
	uint32_t n;	      /* coordinates */
	uint32_t most;	      /* steps: at most n, at most LANCZOS_STEPS, at least 1 */
	double residual;      /* ends when both are below it, in terms of the first value */
	double values[2];     /* out: 0 where there is no second */
	double *vectors[2];   /* out: of n numbers each; the caller's */
	uint32_t steps;	      /* out: taken */
	bool converged;	      /* out */
};

bool lanczos_run(struct lanczos *lanczos, const struct lapack *lapack, lanczos_apply *apply,
		 void *context, struct error *err);

#endif
