#include <mtui/matrix.h>

#include <mtui/bytes.h>

uint32_t matrix_dims(const struct tensor *tensor)
{
	return tensor->kind == TENSOR_SPARSE || tensor->n_dims < 2 ? 1 : tensor->n_dims;
}

static bool product(const struct tensor *tensor, uint32_t from, uint32_t to, uint64_t *result)
{
	*result = 1;
	for (uint32_t d = from; d < to; d++)
		if (tensor->dims[d] <= 0 || !mul_ok(*result, (uint64_t)tensor->dims[d], result))
			return false;
	return true;
}

/* Rows and columns as the shape promises them. */
static bool measure(const struct tensor *tensor, struct matrix *matrix, struct error *err)
{
	const struct matrix_view *view = &matrix->view;
	uint64_t each, all;

	if (matrix_dims(tensor) == 1) {
		matrix->slices = matrix->rows = 1;
		matrix->columns = tensor->present;
		return true;
	}
	if (!product(tensor, 0, view->lead, &matrix->slices) ||
	    !product(tensor, view->lead, view->split, &matrix->rows) ||
	    !product(tensor, view->split, tensor->n_dims, &matrix->columns) ||
	    !mul_ok(matrix->rows, matrix->columns, &each) || !mul_ok(each, matrix->slices, &all))
		return error_set(err, ERROR_MALFORMED, -1, "the shape makes no matrix");
	if (view->slice >= matrix->slices)
		return error_set(err, ERROR_USAGE, -1, "no slice %llu (there are %llu)",
				 (unsigned long long)view->slice,
				 (unsigned long long)matrix->slices);
	matrix->first = view->slice * each;
	return true;
}

bool matrix_of(const struct tensor *tensor, const struct matrix_view *view, struct matrix *matrix,
	       struct error *err)
{
	uint32_t dims = matrix_dims(tensor);
	uint64_t left;

	*matrix = (struct matrix){ .view = *view };
	if (view->lead == 0 && view->split == 0)
		matrix->view.split = 1;
	if (!dtype_is_numeric(tensor->dtype))
		return error_set(err, ERROR_REFUSED, -1, "elements of type %s are no numbers",
				 dtype_name(tensor->dtype));
	if (tensor->present == 0)
		return error_set(err, ERROR_REFUSED, -1, "no elements");
	if (dims > 1 ? matrix->view.split <= view->lead || matrix->view.split >= dims
		     : view->lead != 0 || matrix->view.split != 1 || view->slice != 0)
		return error_set(err, ERROR_USAGE, -1,
				 "no matrix with %u dimensions held and columns from dimension %u on "
				 "(the tensor has %u)",
				 view->lead, matrix->view.split, (unsigned)tensor->n_dims);
	if (!measure(tensor, matrix, err))
		return false;
	if (matrix->first >= tensor->present)
		return error_set(err, ERROR_REFUSED, -1, "the data ends before this slice");
	left = tensor->present - matrix->first;
	matrix->whole_rows = left / matrix->columns;
	if (matrix->whole_rows >= matrix->rows) {
		matrix->whole_rows = matrix->rows;
		matrix->present = matrix->rows * matrix->columns;
	} else {
		matrix->rows = (left - 1) / matrix->columns + 1;
		matrix->present = left;
	}
	return true;
}

struct matrix_view matrix_next(const struct tensor *tensor, const struct matrix_view *view)
{
	uint32_t dims = matrix_dims(tensor), split = view->split ? view->split : 1;

	if (split + 1 < dims)
		return (struct matrix_view){ .lead = view->lead, .split = split + 1 };
	if (view->lead + 2 < dims)
		return (struct matrix_view){ .lead = view->lead + 1, .split = view->lead + 2 };
	return (struct matrix_view){ .lead = 0, .split = 1 };
}
