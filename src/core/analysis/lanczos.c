#include "core/analysis/lanczos.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY 4	  /* steps */
#define NOTHING	   1e-13 /* a coupling, in terms of the largest so far: the space is closed */

struct space {
	struct lanczos *lanczos;
	double *basis; /* most + 1 vectors */
	double *alpha, *beta;
	double *d, *e, *z, *work; /* of dstev */
	double largest;
	uint64_t seed;
};

/* Eight sums, always the same, so that the compiler may use wide registers. */
static double dot(const double *a, const double *b, size_t n)
{
	double lanes[8] = { 0 };
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			lanes[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		lanes[i % 8] += a[i] * b[i];
	return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
	       ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

static void add_times(double *out, double factor, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] += factor * v[i];
}

static double *vector(const struct space *space, uint32_t i)
{
	return space->basis + (size_t)i * space->lanczos->n;
}

/* Twice, as once leaves rounding errors behind. */
static void make_orthogonal(const struct space *space, double *v, uint32_t to)
{
	size_t n = space->lanczos->n;

	for (unsigned again = 0; again < 2; again++)
		for (uint32_t i = 0; i < to; i++)
			add_times(v, -dot(v, vector(space, i), n), vector(space, i), n);
}

/* Length before; the vector has length 1 after, unless it was nothing. */
static double normalise(double *v, size_t n)
{
	double length = sqrt(dot(v, v, n));

	for (size_t i = 0; i < n && length > 0; i++)
		v[i] /= length;
	return length;
}

/* A direction that the space has not: a random one without its part in it. Not of signs alone, to
 * which what people make is often orthogonal. */
static void begin_anew(struct space *space, uint32_t at)
{
	double *v = vector(space, at);

	for (size_t i = 0; i < space->lanczos->n; i++) {
		space->seed = space->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		v[i] = (double)(space->seed >> 11) * 0x1p-52 - 1;
	}
	normalise(v, space->lanczos->n);
	make_orthogonal(space, v, at);
	normalise(v, space->lanczos->n);
}

/* Values of the tridiagonal, smallest first, and its vectors. */
static bool solve(struct space *space, const struct lapack *lapack, uint32_t steps,
		  struct error *err)
{
	int n = (int)steps, info = 0;

	memcpy(space->d, space->alpha, steps * sizeof(double));
	memcpy(space->e, space->beta, steps * sizeof(double));
	lapack->dstev("V", &n, space->d, space->e, space->z, &n, space->work, &info, 1);
	return info == 0 || error_set(err, ERROR_REFUSED, -1, "LAPACK's dstev failed (%d)", info);
}

/* The residual of a Ritz vector is its last coordinate times the next coupling. */
static bool has_converged(const struct space *space, uint32_t steps)
{
	double allowed = space->lanczos->residual * space->d[steps - 1];

	for (uint32_t k = 0; k < 2 && k < steps; k++) {
		double last = space->z[(size_t)(steps - 1 - k) * steps + steps - 1];

		if (!(fabs(last * space->beta[steps - 1]) <= allowed))
			return false;
	}
	return steps > 1 || space->lanczos->n == 1;
}

static void take_vectors(struct space *space)
{
	struct lanczos *lanczos = space->lanczos;
	uint32_t steps = lanczos->steps;

	for (uint32_t k = 0; k < 2; k++) {
		double *out = lanczos->vectors[k];

		memset(out, 0, lanczos->n * sizeof(double));
		lanczos->values[k] = 0;
		if (k >= steps)
			continue;
		lanczos->values[k] = fmax(space->d[steps - 1 - k], 0);
		for (uint32_t i = 0; i < steps; i++)
			add_times(out, space->z[(size_t)(steps - 1 - k) * steps + i],
				  vector(space, i), lanczos->n);
		normalise(out, lanczos->n);
	}
}

static bool iterate(struct space *space, const struct lapack *lapack, lanczos_apply *apply,
		    void *context, struct error *err)
{
	struct lanczos *lanczos = space->lanczos;
	size_t n = lanczos->n;

	bool closed = false;

	begin_anew(space, 0);
	for (uint32_t step = 0; step < lanczos->most && !lanczos->converged; step++) {
		double *v = vector(space, step), *next = vector(space, step + 1);

		if (!apply(context, v, next, err))
			return false;
		space->alpha[step] = dot(v, next, n);
		make_orthogonal(space, next, step + 1);
		space->beta[step] = normalise(next, n);
		space->largest = fmax(space->largest, fabs(space->alpha[step]) + space->beta[step]);
		lanczos->steps = step + 1;
		if (step + 1 == lanczos->n) {
			space->beta[step] = 0; /* there is nothing left */
		} else if (space->beta[step] <= NOTHING * space->largest) {
			space->beta[step] = 0;
			begin_anew(space, step + 1);
			/* What was found lacks the second of two equal values: once more. */
			if (!closed && step + 1 < lanczos->most) {
				closed = true;
				continue;
			}
		}
		if (step + 1 < lanczos->most && space->beta[step] > 0 &&
		    (closed || step % LOOK_EVERY != LOOK_EVERY - 1))
			continue;
		if (!solve(space, lapack, lanczos->steps, err))
			return false;
		lanczos->converged = has_converged(space, lanczos->steps);
	}
	return true;
}

bool lanczos_run(struct lanczos *lanczos, const struct lapack *lapack, lanczos_apply *apply,
		 void *context, struct error *err)
{
	size_t most = lanczos->most;
	struct space space = { .lanczos = lanczos, .seed = 1 };
	bool good;

	lanczos->converged = false;
	space.basis = malloc((most + 1) * lanczos->n * sizeof(double));
	space.alpha = calloc((6 + most) * most + 2, sizeof(double));
	good = space.basis && space.alpha;
	if (good) {
		space.beta = space.alpha + most;
		space.d = space.beta + most;
		space.e = space.d + most;
		space.work = space.e + most;
		space.z = space.work + 2 * most + 2;
		good = iterate(&space, lapack, apply, context, err);
	} else {
		error_set(err, ERROR_MEMORY, -1, "out of memory for components");
	}
	if (good)
		take_vectors(&space);
	free(space.basis);
	free(space.alpha);
	return good;
}
