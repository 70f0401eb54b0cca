/* Tensors as matrices: views, heat maps, singular values and components; what hostile ones give.
 * Numbers beside numpy's are tests/differential/pictures_numpy.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/pca.h>
#include <mtui/picture.h>
#include <mtui/singular_values.h>

#include "core/analysis/lapack.h"
#include "one_tensor.h"

static void set_shape(struct one_tensor *one, uint32_t n_dims, const int64_t *dims)
{
	one->tensor.n_dims = n_dims;
	one->tensor.count = 1;
	for (uint32_t d = 0; d < n_dims; d++) {
		one->dims[d] = dims[d];
		one->tensor.count *= (uint64_t)dims[d];
	}
}

static void floats(struct one_tensor *one, const float *values, size_t n, uint32_t n_dims,
		   const int64_t *dims)
{
	one_tensor_init(one, DTYPE_F32, n, values, n * sizeof *values);
	set_shape(one, n_dims, dims);
	one->tensor.present = n < one->tensor.count ? n : one->tensor.count;
}

#define FLOATS(one, values, ...)                                                                   \
	floats(one, values, sizeof(values) / sizeof *(values),                                     \
	       sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), (int64_t[]){ __VA_ARGS__ })

static bool has_lapack(void)
{
	struct lapack lapack;
	bool good = lapack_open(&lapack, NULL);

	if (good)
		lapack_close(&lapack);
	return good;
}

static void test_views(void **state)
{
	static const float values[120];
	struct matrix_view view = { 0 };
	static const uint32_t order[][2] = { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 2 }, { 1, 3 }, { 2, 3 } };
	struct one_tensor one;
	struct matrix m;

	(void)state;
	FLOATS(&one, values, 2, 3, 4, 5);
	view.split = 1;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(view.lead, order[i][0]);
		assert_int_equal(view.split, order[i][1]);
		assert_true(matrix_of(&one.tensor, &view, &m, NULL));
		assert_int_equal(m.rows * m.columns * m.slices, 120);
		view = matrix_next(&one.tensor, &view);
	}
	assert_int_equal(view.lead * 10 + view.split, 1);
	assert_true(matrix_of(&one.tensor, &(struct matrix_view){ 2, 3, 4 }, &m, NULL));
	assert_int_equal(m.first, 80);
	assert_int_equal(m.rows, 4);
	assert_int_equal(m.columns, 5);
	one_tensor_free(&one);
}

static enum error_code refusal(const struct one_tensor *one, uint32_t lead, uint32_t split,
			       uint64_t slice)
{
	struct error err = { .code = ERROR_NONE };
	struct matrix m;

	matrix_of(&one->tensor, &(struct matrix_view){ lead, split, slice }, &m, &err);
	return err.code;
}

static void test_views_refused(void **state)
{
	static const float values[24];
	struct one_tensor one;

	(void)state;
	FLOATS(&one, values, 2, 3, 4);
	assert_int_equal(refusal(&one, 0, 3, 0), ERROR_USAGE);
	assert_int_equal(refusal(&one, 2, 2, 0), ERROR_USAGE);
	assert_int_equal(refusal(&one, UINT32_MAX, UINT32_MAX, 0), ERROR_USAGE);
	assert_int_equal(refusal(&one, 1, 2, 2), ERROR_USAGE);
	one.tensor.present = 5; /* of the first slice a part, of the second nothing */
	assert_int_equal(refusal(&one, 1, 2, 0), ERROR_NONE);
	assert_int_equal(refusal(&one, 1, 2, 1), ERROR_REFUSED);
	one.tensor.present = 0;
	assert_int_equal(refusal(&one, 0, 1, 0), ERROR_REFUSED);
	one.tensor.present = 24;
	one.dims[2] = INT64_MAX;
	assert_int_equal(refusal(&one, 0, 1, 0), ERROR_MALFORMED);
	one.dims[2] = -4;
	assert_int_equal(refusal(&one, 0, 1, 0), ERROR_MALFORMED);
	one.tensor.dtype = DTYPE_STRING;
	assert_int_equal(refusal(&one, 0, 1, 0), ERROR_REFUSED);
	one_tensor_free(&one);
}

static void draw(const struct one_tensor *one, const struct picture_request *request,
		 struct picture *picture)
{
	struct error err = { .code = ERROR_NONE };

	if (!picture_compute(&one->model, &one->tensor, request, NULL, picture, &err))
		fail_msg("%s", err.message);
}

static void test_cells(void **state)
{
	static const float values[] = { 1, 2, 3, 4, 5, 6, 7, 8, -9, 10, 11, NAN, INFINITY, 14, 15 };
	struct one_tensor one;
	struct picture picture;

	(void)state;
	FLOATS(&one, values, 3, 5);
	draw(&one, &(struct picture_request){ .across = 2, .down = 2 }, &picture);
	assert_int_equal(picture.across * 10 + picture.down, 22);
	assert_float_equal(picture.cells[0].mean, 1.5, 0); /* 1 2 */
	assert_float_equal(picture.cells[1].mean, 4, 0);   /* 3 4 5 */
	assert_float_equal(picture.cells[2].min, 6, 0);	   /* 6 7 and 11 NaN */
	assert_int_equal(picture.cells[2].nan, 1);
	assert_float_equal(picture_extreme(&picture.cells[3]), 15, 0);
	assert_int_equal(picture.cells[3].inf, 1);
	assert_float_equal(picture.min, -9, 0);
	assert_int_equal(picture.finite, 13);
	picture_free(&picture);
	draw(&one, &(struct picture_request){ .window = { 1, 3, 0, 1 }, .across = 9, .down = 9 },
	     &picture);
	assert_int_equal(picture.across * 10 + picture.down, 12);
	assert_float_equal(picture.cells[0].mean, -9, 0);
	assert_float_equal(picture.cells[1].mean, 14, 0);
	picture_free(&picture);
	one.tensor.present = 7; /* the data ends in the second row */
	draw(&one, &(struct picture_request){ .across = 5, .down = 5 }, &picture);
	assert_int_equal(picture.down, 2);
	assert_int_equal(picture.cells[6].finite, 1);
	assert_int_equal(picture.cells[7].finite, 0);
	assert_true(isnan(picture.cells[7].mean));
	picture_free(&picture);
	one_tensor_free(&one);
}

static void test_windows_refused(void **state)
{
	static const struct picture_request bad[] = {
		{ .across = 0, .down = 1 },
		{ .across = 1, .down = PICTURE_MAX_SIDE + 1 },
		{ .window = { 3, 0, 1, 1 }, .across = 1, .down = 1 },
		{ .window = { 0, UINT64_MAX, 1, 1 }, .across = 1, .down = 1 },
	};
	static const float values[15];
	struct one_tensor one;
	struct picture picture;
	struct error err;

	(void)state;
	FLOATS(&one, values, 3, 5);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(picture_compute(&one.model, &one.tensor, &bad[i], NULL, &picture, &err));
		assert_int_equal(err.code, ERROR_USAGE);
	}
	one_tensor_free(&one);
}

/* Long rows are read one by one where few of their columns are wanted: the same numbers. */
static void test_narrow_windows(void **state)
{
	enum { ROWS = 3, COLUMNS = 40000 };
	float *values = malloc(ROWS * COLUMNS * sizeof *values);
	struct one_tensor one;
	struct picture picture;

	(void)state;
	for (int i = 0; i < ROWS * COLUMNS; i++)
		values[i] = (float)(i % 1009 - 500);
	floats(&one, values, ROWS * COLUMNS, 2, (int64_t[]){ ROWS, COLUMNS });
	draw(&one, &(struct picture_request){ .window = { 1, 30001, 2, 3000 }, .across = 3000, .down = 2 },
	     &picture);
	assert_int_equal(picture.across, 3000);
	for (int i = 0; i < 6000; i++) {
		int at = (1 + i / 3000) * COLUMNS + 30001 + i % 3000;
		assert_float_equal(picture.cells[i].mean, values[at], 0);
	}
	picture_free(&picture);
	one_tensor_free(&one);
	free(values);
}

static bool stop(void *context, uint64_t done, uint64_t total)
{
	unsigned *left = context;

	(void)done;
	(void)total;
	return *left == 0 || --*left == 0;
}

static float *wave(size_t n)
{
	float *values = malloc(n * sizeof *values);

	for (size_t i = 0; i < n; i++)
		values[i] = sinf((float)(i * i % 7919));
	return values;
}

/* Wherever it is stopped, nothing is left behind (the sanitizer looks). */
static void test_stopping(void **state)
{
	float *values = wave(300 * 310);
	struct one_tensor one;
	struct matrix_view view = { 0 };

	(void)state;
	if (!has_lapack())
		skip();
	floats(&one, values, 300 * 310, 2, (int64_t[]){ 300, 310 });
	for (unsigned asked = 1; asked < 40; asked++) {
		unsigned left = asked;
		struct analysis_watch watch = { stop, &left, NULL };
		struct singular_values singular;
		struct error err = { .code = ERROR_NONE };
		struct pca pca;

		if (singular_values_compute(&one.model, &one.tensor, &view, &watch, &singular, &err))
			singular_values_free(&singular);
		else
			assert_int_equal(err.code, ERROR_CANCELLED);
		left = asked;
		if (pca_compute(&one.model, &one.tensor, &view, &watch, &pca, &err))
			pca_free(&pca);
		else
			assert_int_equal(err.code, ERROR_CANCELLED);
	}
	one_tensor_free(&one);
	free(values);
}

static void test_singular_refused(void **state)
{
	static const float values[] = { 1, NAN, 3, 4, 5, 6 };
	struct singular_values singular;
	struct matrix_view view = { 0 };
	struct one_tensor one;
	struct error err;

	(void)state;
	if (!has_lapack())
		skip();
	FLOATS(&one, values, 2, 3);
	assert_false(singular_values_compute(&one.model, &one.tensor, &view, NULL, &singular, &err));
	assert_string_equal(err.message,
			    "1 value is NaN or infinite: there are no singular values");
	one.tensor.present = 2; /* not one whole row */
	assert_false(singular_values_compute(&one.model, &one.tensor, &view, NULL, &singular, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	/* A shape of 2^40 elements of which six are there: what is there is looked at. */
	set_shape(&one, 2, (int64_t[]){ (int64_t)1 << 39, 2 });
	one.tensor.present = 6;
	view.split = 1;
	assert_false(singular_values_compute(&one.model, &one.tensor, &view, NULL, &singular, &err));
	one_tensor_free(&one);
}

/* A wide and a tall matrix of rank two beyond what is done exactly: both values come out. */
static void test_sketch(void **state)
{
	const int64_t shapes[2][2] = { { 3000, 2100 }, { 2100, 3000 } };
	size_t n = 3000 * 2100;
	float *values = malloc(n * sizeof *values);
	struct matrix_view view = { 0 };
	struct error err = { .code = ERROR_NONE };

	(void)state;
	if (!has_lapack())
		skip();
	for (int i = 0; i < 2; i++) {
		struct singular_values singular;
		struct one_tensor one;
		size_t columns = (size_t)shapes[i][1];

		/* Ones, and as much again with signs that alternate: orthogonal. */
		for (size_t k = 0; k < n; k++)
			values[k] = 1 + (k / columns % 2 == k % columns % 2 ? 0.5f : -0.5f);
		floats(&one, values, n, 2, shapes[i]);
		if (!singular_values_compute(&one.model, &one.tensor, &view, NULL, &singular, &err))
			fail_msg("%s", err.message);
		assert_true(singular.approximate);
		assert_float_equal(singular.values[0], sqrt((double)n), 1e-6);
		assert_float_equal(singular.values[1], sqrt((double)n) / 2, 1e-6);
		assert_true(singular.values[2] < 1e-6);
		assert_float_equal(singular.kept, 1, 1e-12);
		assert_int_equal(singular.ranks[0], 2);
		assert_float_equal(singular_values_kept(&singular, 1), 0.8, 1e-12);
		singular_values_free(&singular);
		one_tensor_free(&one);
	}
	free(values);
}

static void test_components(void **state)
{
	/* Points on a line, one far out, one left out. */
	static const float values[] = { 0, 0, 1, 1, 2, 2, 3, 3, 40, 40, NAN, 1, 5, 4 };
	struct matrix_view view = { 0 };
	struct error err = { .code = ERROR_NONE };
	struct one_tensor one;
	struct pca pca;

	(void)state;
	if (!has_lapack())
		skip();
	FLOATS(&one, values, 7, 2);
	if (!pca_compute(&one.model, &one.tensor, &view, NULL, &pca, &err))
		fail_msg("%s", err.message);
	assert_int_equal(pca.left_out, 1);
	assert_false(pca.approximate);
	assert_float_equal(pca.shares[0] + pca.shares[1], 1, 1e-12);
	assert_true(pca.shares[0] > 0.99);
	assert_int_equal(pca.n_outliers, 6);
	assert_true(isnan(pca.points[5].x));
	assert_true(pca.points[4].x > 0); /* both coordinates of the direction are positive */
	pca_free(&pca);
	one_tensor_free(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_views_refused),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_windows_refused),
		cmocka_unit_test(test_narrow_windows),
		cmocka_unit_test(test_stopping),
		cmocka_unit_test(test_singular_refused),
		cmocka_unit_test(test_sketch),
		cmocka_unit_test(test_components),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
