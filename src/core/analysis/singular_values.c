/*
 * One pass finds the largest magnitude, which sets the scale, and values that are no numbers. Then,
 * of a matrix with at least as many rows as columns, rows are taken into a triangle, some at a
 * time; of a wider one columns are, read as stripes of all rows.
 */
#include <mtui/singular_values.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/analysis/singular_parts.h"

#define BLOCK_BYTES (4 << 20) /* of rows or columns that are taken in at once */

const double singular_shares[SINGULAR_N_SHARES] = {
#define X(share) share,
	SINGULAR_SHARES(X)
#undef X
};

/* --- The survey ------------------------------------------------------------------------------ */

struct survey_of_matrix {
	double largest;
	uint64_t bad;
};

static bool on_survey(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct survey_of_matrix *survey = context;

	(void)row;
	(void)column;
	for (size_t i = 0; i < n; i++) {
		double magnitude = fabs(values[i]);

		if (!isfinite(magnitude))
			survey->bad++;
		else if (magnitude > survey->largest)
			survey->largest = magnitude;
	}
	return true;
}

static struct matrix_window whole(const struct singular_values *result)
{
	return (struct matrix_window){ 0, 0, result->rows, result->columns };
}

static bool survey(struct singular *singular, struct error *err)
{
	struct matrix_window window = whole(singular->result);
	struct survey_of_matrix survey = { 0 };
	int exponent = 0;

	if (!matrix_walk_run(singular->walk, &window, on_survey, &survey, err))
		return false;
	if (survey.bad > 0)
		return error_set(err, ERROR_REFUSED, -1,
				 "%llu %s NaN or infinite: there are no singular values",
				 (unsigned long long)survey.bad,
				 survey.bad == 1 ? "value is" : "values are");
	frexp(survey.largest, &exponent);
	singular->scale = ldexp(1, exponent > -1000 ? -exponent : 1000);
	return true;
}

/* --- All of them ----------------------------------------------------------------------------- */

struct taking {
	struct singular *singular;
	struct triangle triangle;
	struct error error;
	uint64_t first; /* row or column of the block's first */
};

static bool on_row(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct taking *taking = context;
	const struct singular_values *result = taking->singular->result;
	size_t rows = (size_t)taking->triangle.rows, at = (size_t)(row - taking->first);
	double *out = taking->triangle.block + (size_t)column * rows + at;

	for (size_t i = 0; i < n; i++)
		out[i * rows] = values[i] * taking->singular->scale;
	if (column + n < result->columns || (at + 1 < rows && row + 1 < result->rows))
		return true;
	taking->first = row + 1;
	return triangle_add(&taking->triangle, taking->singular, (int)at + 1, &taking->error);
}

/* A row of the matrix is a column of the block. */
static bool on_stripe(uint64_t row, uint64_t column, const double *values, size_t n, void *context)
{
	struct taking *taking = context;
	double *out = taking->triangle.block + (size_t)row * (size_t)taking->triangle.rows +
		      (size_t)(column - taking->first);

	for (size_t i = 0; i < n; i++)
		out[i] = values[i] * taking->singular->scale;
	return true;
}

static bool take_rows(struct taking *taking, struct error *err)
{
	struct matrix_window window = whole(taking->singular->result);

	if (!matrix_walk_run(taking->singular->walk, &window, on_row, taking, err))
		return false;
	if (taking->error.code != ERROR_NONE && err)
		*err = taking->error;
	return taking->error.code == ERROR_NONE;
}

static bool take_columns(struct taking *taking, struct error *err)
{
	const struct singular_values *result = taking->singular->result;
	struct matrix_window window = whole(result);

	for (; taking->first < result->columns; taking->first += window.n_columns) {
		window.column = taking->first;
		window.n_columns = (uint64_t)taking->triangle.rows;
		if (window.n_columns > result->columns - taking->first)
			window.n_columns = result->columns - taking->first;
		if (!matrix_walk_run(taking->singular->walk, &window, on_stripe, taking, err) ||
		    !triangle_add(&taking->triangle, taking->singular, (int)window.n_columns, err))
			return false;
	}
	return true;
}

static bool find_all(struct singular *singular, struct error *err)
{
	struct singular_values *result = singular->result;
	struct taking taking = { .singular = singular, .error = { .code = ERROR_NONE } };
	uint64_t longer = result->rows > result->columns ? result->rows : result->columns;
	uint64_t rows = BLOCK_BYTES / sizeof(double) / result->n;
	bool good = triangle_init(&taking.triangle, (int)result->n,
				  (int)(rows < longer ? rows : longer), err);

	good = good && (result->rows >= result->columns ? take_rows(&taking, err)
							: take_columns(&taking, err));
	good = good && triangle_values(&taking.triangle, singular, result->values, err);
	triangle_free(&taking.triangle);
	return good;
}

/* --- What they say --------------------------------------------------------------------------- */

double singular_values_kept(const struct singular_values *values, uint32_t rank)
{
	double sum = 0, share;

	if (!(values->norm > 0))
		return 0;
	for (uint32_t i = rank < values->n ? rank : values->n; i-- > 0;) {
		share = values->values[i] / values->norm;
		sum += share * share;
	}
	return sum < 1 ? sum : 1;
}

/* Squares from the smallest up, so that the many small ones are not lost. */
static double sum_of_squares(const double *values, uint32_t n)
{
	double sum = 0;

	while (n-- > 0)
		sum += values[n] * values[n];
	return sum;
}

/* What is left behind rank r, from the end: exact where almost nothing is. */
static void find_ranks(struct singular_values *result, double energy)
{
	double left = energy - sum_of_squares(result->values, result->n);
	uint32_t rank = result->n;

	if (!result->approximate || left < 0)
		left = 0;
	for (unsigned i = SINGULAR_N_SHARES; i-- > 0;) {
		double may_go = energy * ((100 - singular_shares[i]) / 100);

		if (left > may_go || energy == 0)
			continue;
		while (rank > 0) {
			double next = left + result->values[rank - 1] * result->values[rank - 1];

			if (next > may_go)
				break;
			left = next;
			rank--;
		}
		result->ranks[i] = rank;
	}
}

static void finish(struct singular *singular)
{
	struct singular_values *result = singular->result;
	uint64_t longer = result->rows > result->columns ? result->rows : result->columns;
	double all = sum_of_squares(result->values, result->n);
	double least = result->values[0] * (double)longer * 0x1p-52;

	if (!result->approximate)
		singular->energy = all;
	result->kept = singular->energy > 0 ? fmin(all / singular->energy, 1) : 1;
	find_ranks(result, singular->energy);
	for (uint32_t i = 0; i < result->n; i++) {
		result->rank += !result->approximate && result->values[i] > least;
		result->values[i] /= singular->scale;
	}
	result->norm = sqrt(singular->energy) / singular->scale;
}

/* --- The plan -------------------------------------------------------------------------------- */

/* How it is to be done, and how much it is, in elements read. */
static bool plan(struct singular_values *result, uint64_t *total, struct error *err)
{
	bool wide = result->columns > result->rows;
	uint64_t shorter = wide ? result->rows : result->columns;
	uint64_t longer = wide ? result->columns : result->rows, all = result->rows * result->columns;
	double work = 2.0 * (double)longer * (double)shorter * (double)shorter;
	uint64_t dimension;

	if (shorter <= SINGULAR_EXACT_SIDE && work <= SINGULAR_EXACT_WORK) {
		result->n = (uint32_t)shorter;
		*total = 2 * all + (all + 4 * shorter * shorter / 3) * WORK_SHARE(shorter);
		return true;
	}
	if (result->columns > SINGULAR_MAX_COLUMNS)
		return error_set(err, ERROR_REFUSED, -1,
				 "a matrix of %llu x %llu is too large for singular values "
				 "(at most %d columns)",
				 (unsigned long long)result->rows,
				 (unsigned long long)result->columns, SINGULAR_MAX_COLUMNS);
	dimension = SINGULAR_MAX_COLUMNS * UINT64_C(16) / result->columns;
	dimension = dimension > 256 ? 256 : dimension;
	result->approximate = true;
	result->dimension = result->n = (uint32_t)(dimension < shorter ? dimension : shorter);
	*total = 4 * all + 4 * all * WORK_SHARE(result->n);
	return true;
}

static bool prepare(struct singular *singular, const struct model *model,
		    const struct tensor *tensor, const struct analysis_watch *watch,
		    struct error *err)
{
	struct singular_values *result = singular->result;
	uint64_t total = 0;

	result->rows = result->matrix.whole_rows;
	result->columns = result->matrix.columns;
	if (result->rows == 0)
		return error_set(err, ERROR_REFUSED, -1, "not one row of the matrix is complete");
	if (!plan(result, &total, err))
		return false;
	result->values = calloc(result->n, sizeof(double));
	if (!result->values)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for singular values");
	singular->walk = matrix_walk_new(model, tensor, &result->matrix, watch, total, err);
	return singular->walk;
}

bool singular_values_compute(const struct model *model, const struct tensor *tensor,
			     const struct matrix_view *view, const struct analysis_watch *watch,
			     struct singular_values *result, struct error *err)
{
	struct singular singular = { .result = result };
	bool good;

	*result = (struct singular_values){ 0 };
	good = matrix_of(tensor, view, &result->matrix, err) &&
	       lapack_open(&singular.lapack, err) &&
	       prepare(&singular, model, tensor, watch, err) && survey(&singular, err) &&
	       (result->approximate ? singular_sketch(&singular, err) : find_all(&singular, err));
	if (good)
		finish(&singular);
	else
		singular_values_free(result);
	lapack_close(&singular.lapack);
	free(singular.walk);
	return good;
}

void singular_values_free(struct singular_values *values)
{
	free(values->values);
	values->values = NULL;
	values->n = 0;
}
