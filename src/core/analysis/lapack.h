/*
 * The routines of LAPACK and BLAS that are used here, found when they are first needed.
 *
 * Nothing is linked: a start without pictures does not pay for a library of megabytes, and a
 * machine without it lacks these pictures alone. What implements liblapack.so.3 is up to the
 * system (the reference, or OpenBLAS by the alternatives of Debian); one thread is asked for, so
 * that results are the same each time.
 *
 * Matrices are column-major. Arguments out of range end the program inside the library: sizes are
 * at least 1 here, and fit an int.
 */
#ifndef ANALYSIS_LAPACK_H
#define ANALYSIS_LAPACK_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>

/* Of a Fortran routine: all arguments by reference, lengths of strings at the end. */
struct lapack {
	void *library;

	/* C = alpha op(A) op(B) + beta C */
	void (*dgemm)(const char *trans_a, const char *trans_b, const int *m, const int *n,
		      const int *k, const double *alpha, const double *a, const int *lda,
		      const double *b, const int *ldb, const double *beta, double *c,
		      const int *ldc, size_t, size_t);

	/* QR of a triangle above a rectangle; l = 0. */
	void (*dtpqrt)(const int *m, const int *n, const int *l, const int *nb, double *a,
		       const int *lda, double *b, const int *ldb, double *t, const int *ldt,
		       double *work, int *info);

	/* QR, and its Q. */
	void (*dgeqrf)(const int *m, const int *n, double *a, const int *lda, double *tau,
		       double *work, const int *lwork, int *info);
	void (*dorgqr)(const int *m, const int *n, const int *k, double *a, const int *lda,
		       const double *tau, double *work, const int *lwork, int *info);

	/* To a bidiagonal: nb columns of it, and all. */
	void (*dlabrd)(const int *m, const int *n, const int *nb, double *a, const int *lda,
		       double *d, double *e, double *tauq, double *taup, double *x, const int *ldx,
		       double *y, const int *ldy);
	void (*dgebd2)(const int *m, const int *n, double *a, const int *lda, double *d, double *e,
		       double *tauq, double *taup, double *work, int *info);

	/* Singular values of a bidiagonal: d becomes them, largest first; 4 n of work. */
	void (*dlasq1)(const int *n, double *d, double *e, double *work, int *info);

	/* Eigenvalues of a symmetric tridiagonal, smallest first, and with 'V' its vectors. */
	void (*dstev)(const char *job, const int *n, double *d, double *e, double *z,
		      const int *ldz, double *work, int *info, size_t);

	/* The same of a symmetric matrix, by divide and conquer; vectors replace the matrix. */
	void (*dsyevd)(const char *job, const char *triangle, const int *n, double *a,
		       const int *lda, double *values, double *work, const int *work_size,
		       int *whole, const int *whole_size, int *info, size_t, size_t);
};

/* False with ERROR_REFUSED where there is no such library. lapack_close after use; the library
 * itself stays, so the next time is fast. */
bool lapack_open(struct lapack *lapack, struct error *err);
void lapack_close(struct lapack *lapack);

#endif
