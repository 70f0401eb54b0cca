#include <mtui/pca.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/lanczos.h"
#include "core/analysis/matrix_walk.h"

#define BASIS_NUMBERS (1 << 21) /* of Lanczos vectors, 16 MiB */
#define FEWEST_STEPS  15

enum pass { PASS_MEAN, PASS_VARIANCE, PASS_APPLY, PASS_POINTS };

struct cloud {
	struct pca *pca;
	struct matrix_walk *walk;
	struct lapack lapack;
	enum pass pass;
	double scale;  /* power of two: elements times it are below 1 */
	double *row;   /* being put together, scaled, the mean taken away */
	double *mean;  /* scaled */
	double *sums;  /* of the columns */
	double *vectors[2];
	const double *v; /* PASS_APPLY */
	double *out;	 /* likewise */
	double largest, squares;
	double deviations[2]; /* along the vectors, scaled */
	uint64_t used; /* rows that were not left out, in this pass */
};

static struct matrix_window window_of(const struct cloud *cloud)
{
	return (struct matrix_window){ 0, 0, cloud->pca->rows, cloud->pca->columns };
}

/* --- Rows ------------------------------------------------------------------------------------ */

static double dot(const double *a, const double *b, size_t n)
{
	double lanes[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		lanes[i % 8] += a[i] * b[i];
	return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
	       ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

static bool is_finite(const double *row, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += row[i] - row[i];
	return sum == 0;
}

/* Farthest first; of equals the row that comes first. */
static void keep_outlier(struct pca *pca, const struct pca_outlier *outlier)
{
	unsigned at = pca->n_outliers;

	while (at > 0 && pca->outliers[at - 1].distance < outlier->distance)
		at--;
	if (at == PCA_OUTLIERS)
		return;
	if (pca->n_outliers < PCA_OUTLIERS)
		pca->n_outliers++;
	memmove(pca->outliers + at + 1, pca->outliers + at,
		(pca->n_outliers - at - 1) * sizeof *outlier);
	pca->outliers[at] = *outlier;
}

static void place(struct cloud *cloud, uint64_t row)
{
	struct pca *pca = cloud->pca;
	size_t n = (size_t)pca->columns;
	struct pca_outlier outlier = { .row = row };

	double x = dot(cloud->row, cloud->vectors[0], n);
	double y = dot(cloud->row, cloud->vectors[1], n);

	outlier.point = (struct pca_point){ x / cloud->scale, y / cloud->scale };
	outlier.distance = fabs(x) / cloud->deviations[0];
	if (cloud->deviations[1] > 0)
		outlier.distance = hypot(outlier.distance, y / cloud->deviations[1]);
	keep_outlier(pca, &outlier);
	pca->low_x = fmin(pca->low_x, outlier.point.x);
	pca->high_x = fmax(pca->high_x, outlier.point.x);
	pca->low_y = fmin(pca->low_y, outlier.point.y);
	pca->high_y = fmax(pca->high_y, outlier.point.y);
	if (row % pca->stride == 0)
		pca->points[row / pca->stride] = outlier.point;
}

static void take_row(struct cloud *cloud, uint64_t row)
{
	size_t n = (size_t)cloud->pca->columns;
	double t;

	if (!is_finite(cloud->row, n))
		return;
	cloud->used++;
	switch (cloud->pass) {
	case PASS_MEAN:
		for (size_t i = 0; i < n; i++)
			cloud->sums[i] += cloud->row[i];
		break;
	case PASS_VARIANCE:
		for (size_t i = 0; i < n; i++)
			cloud->sums[i] += cloud->row[i];
		cloud->squares += dot(cloud->row, cloud->row, n);
		break;
	case PASS_APPLY:
		t = dot(cloud->row, cloud->v, n);
		for (size_t i = 0; i < n; i++)
			cloud->out[i] += t * cloud->row[i];
		break;
	case PASS_POINTS:
		place(cloud, row);
		break;
	}
}

static bool on_values(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct cloud *cloud = context;

	for (size_t i = 0; i < n; i++)
		cloud->row[column + i] = values[i] * cloud->scale - cloud->mean[column + i];
	if (column + n == cloud->pca->columns)
		take_row(cloud, row);
	return true;
}

static bool run_pass(struct cloud *cloud, enum pass pass, struct error *err)
{
	struct matrix_window window = window_of(cloud);

	cloud->pass = pass;
	cloud->used = 0;
	return matrix_walk_run(cloud->walk, &window, on_values, cloud, err);
}

/* --- Mean and variance ----------------------------------------------------------------------- */

static bool on_survey(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct cloud *cloud = context;

	(void)row;
	(void)column;
	for (size_t i = 0; i < n; i++) {
		double magnitude = fabs(values[i]);

		if (isfinite(magnitude) && magnitude > cloud->largest)
			cloud->largest = magnitude;
	}
	return true;
}

static void move_mean(struct cloud *cloud)
{
	for (size_t i = 0; i < cloud->pca->columns; i++) {
		double rest = cloud->sums[i] / (double)cloud->used;

		cloud->mean[i] += rest;
		cloud->sums[i] = 0;
		cloud->squares -= cloud->pass == PASS_VARIANCE ? (double)cloud->used * rest * rest : 0;
	}
}

/* The mean in two steps: of the values, and of what differs from the first one. */
static bool find_mean(struct cloud *cloud, struct error *err)
{
	struct matrix_window window = window_of(cloud);
	struct pca *pca = cloud->pca;
	int exponent = 0;

	if (!matrix_walk_run(cloud->walk, &window, on_survey, cloud, err))
		return false;
	frexp(cloud->largest, &exponent);
	cloud->scale = ldexp(1, exponent > -1000 ? -exponent : 1000);
	if (!run_pass(cloud, PASS_MEAN, err))
		return false;
	pca->left_out = pca->rows - cloud->used;
	if (cloud->used < 2)
		return error_set(err, ERROR_REFUSED, -1,
				 pca->left_out ? "fewer than two rows without NaN and infinities"
					       : "one row has nothing to be compared with");
	move_mean(cloud);
	if (!run_pass(cloud, PASS_VARIANCE, err))
		return false;
	move_mean(cloud);
	/* Rounding of the mean alone is no variance. */
	if (!(cloud->squares / (double)cloud->used >
	      (double)pca->columns * 0x1p-100))
		return error_set(err, ERROR_REFUSED, -1, "all rows are the same");
	return true;
}

/* --- Components ------------------------------------------------------------------------------ */

static bool apply(void *context, const double *v, double *out, struct error *err)
{
	struct cloud *cloud = context;

	cloud->v = v;
	cloud->out = out;
	memset(out, 0, (size_t)cloud->pca->columns * sizeof(double));
	return run_pass(cloud, PASS_APPLY, err);
}

static void choose_sign(double *v, size_t n)
{
	size_t at = 0;

	for (size_t i = 1; i < n; i++)
		if (fabs(v[i]) > fabs(v[at]) * (1 + 0x1p-30))
			at = i;
	if (v[at] < 0)
		for (size_t i = 0; i < n; i++)
			v[i] = -v[i];
}

static bool find_components(struct cloud *cloud, struct error *err)
{
	struct pca *pca = cloud->pca;
	uint64_t most = BASIS_NUMBERS / pca->columns;
	struct lanczos lanczos = {
		.n = (uint32_t)pca->columns,
		.residual = PCA_RESIDUAL,
		.vectors = { cloud->vectors[0], cloud->vectors[1] },
	};
	double rows = (double)(pca->rows - pca->left_out), back = cloud->scale * cloud->scale;

	most = most > LANCZOS_STEPS ? LANCZOS_STEPS : most < FEWEST_STEPS ? FEWEST_STEPS : most;
	lanczos.most = (uint32_t)(most < pca->columns ? most : pca->columns);
	if (!lanczos_run(&lanczos, &cloud->lapack, apply, cloud, err))
		return false;
	pca->steps = lanczos.steps;
	pca->approximate = !lanczos.converged;
	pca->variance = cloud->squares / rows / back;
	for (unsigned k = 0; k < 2; k++) {
		choose_sign(cloud->vectors[k], (size_t)pca->columns);
		/* Below that it is rounding. */
		if (lanczos.values[k] <= lanczos.values[0] * 0x1p-46)
			lanczos.values[k] = 0;
		pca->variances[k] = lanczos.values[k] / rows / back;
		pca->shares[k] = fmin(lanczos.values[k] / cloud->squares, 1);
		cloud->deviations[k] = sqrt(lanczos.values[k] / rows);
	}
	return true;
}

/* --- From beginning to end ------------------------------------------------------------------- */

static bool prepare(struct cloud *cloud, const struct model *model, const struct tensor *tensor,
		    const struct analysis_watch *watch, struct error *err)
{
	struct pca *pca = cloud->pca;
	size_t columns;

	pca->rows = pca->matrix.whole_rows;
	pca->columns = pca->matrix.columns;
	if (pca->rows == 0)
		return error_set(err, ERROR_REFUSED, -1, "not one row of the matrix is complete");
	if (pca->columns > PCA_MAX_COLUMNS)
		return error_set(err, ERROR_REFUSED, -1, "rows of %llu values (at most %d)",
				 (unsigned long long)pca->columns, PCA_MAX_COLUMNS);
	columns = (size_t)pca->columns;
	pca->stride = (pca->rows - 1) / PCA_POINTS + 1;
	pca->n = (pca->rows - 1) / pca->stride + 1;
	pca->points = malloc((size_t)pca->n * sizeof *pca->points);
	cloud->row = calloc(5 * columns, sizeof(double));
	if (!pca->points || !cloud->row)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for components");
	cloud->mean = cloud->row + columns;
	cloud->sums = cloud->mean + columns;
	cloud->vectors[0] = cloud->sums + columns;
	cloud->vectors[1] = cloud->vectors[0] + columns;
	for (uint64_t i = 0; i < pca->n; i++)
		pca->points[i] = (struct pca_point){ NAN, NAN };
	/* How many steps it will take is not known: a guess, so that the share read is not 1 early. */
	cloud->walk = matrix_walk_new(model, tensor, &pca->matrix, watch,
				      pca->rows * pca->columns *
					      (4 + (columns < 48 ? columns : 48)), err);
	return cloud->walk;
}

bool pca_compute(const struct model *model, const struct tensor *tensor,
		 const struct matrix_view *view, const struct analysis_watch *watch,
		 struct pca *result, struct error *err)
{
	struct cloud cloud = { .pca = result };
	bool good;

	*result = (struct pca){ .low_x = NAN, .high_x = NAN, .low_y = NAN, .high_y = NAN };
	good = matrix_of(tensor, view, &result->matrix, err) && lapack_open(&cloud.lapack, err) &&
	       prepare(&cloud, model, tensor, watch, err) && find_mean(&cloud, err) &&
	       find_components(&cloud, err) && run_pass(&cloud, PASS_POINTS, err);
	if (!good)
		pca_free(result);
	lapack_close(&cloud.lapack);
	free(cloud.walk);
	free(cloud.row);
	return good;
}

void pca_free(struct pca *pca)
{
	free(pca->points);
	pca->points = NULL;
	pca->n = 0;
}
