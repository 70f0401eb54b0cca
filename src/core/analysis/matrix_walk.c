#include "core/analysis/matrix_walk.h"

#include <stdlib.h>

#include "core/kernels/decode.h"

#define NARROW	  4	   /* a window of at most 1/4 of the columns */
#define LONG_ROWS (1 << 16) /* bytes from which its rows are read one by one */

struct matrix_walk *matrix_walk_new(const struct model *model, const struct tensor *tensor,
				    const struct matrix *matrix, const struct analysis_watch *watch,
				    uint64_t total, struct error *err)
{
	struct matrix_walk *walk = calloc(1, sizeof *walk);

	if (!walk) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	walk->walk.model = model;
	walk->walk.tensor = tensor;
	walk->walk.watch = watch;
	walk->walk.total = total;
	walk->matrix = *matrix;
	return walk;
}

/* Begin and end of what [first, first + n) and [from, to) have in common. */
static bool common(uint64_t first, uint64_t n, uint64_t from, uint64_t to, uint64_t *begin,
		   uint64_t *end)
{
	*begin = first > from ? first : from;
	*end = first + n < to ? first + n : to;
	return *begin < *end;
}

static bool on_block(const uint8_t *bytes, size_t n, uint64_t first, void *context)
{
	struct matrix_walk *walk = context;
	const struct matrix *matrix = &walk->matrix;
	const struct matrix_window *window = &walk->window;
	uint64_t last = window->column + window->n_columns, at = first, end;
	bool decoded = false;

	if (first + n <= matrix->first)
		return true;
	if (at < matrix->first)
		at = matrix->first;
	while (at < first + n) {
		uint64_t row = (at - matrix->first) / matrix->columns;
		uint64_t column = (at - matrix->first) % matrix->columns;
		uint64_t left = matrix->columns - column, from;

		if (left > first + n - at)
			left = first + n - at;
		if (row >= window->row + window->n_rows)
			return false;
		if (row >= window->row && common(column, left, window->column, last, &from, &end)) {
			if (!decoded)
				decode_f64((enum dtype)walk->walk.tensor->dtype, bytes, n,
					   walk->values);
			decoded = true;
			if (!walk->step(row, from, walk->values + (at - first) + (from - column),
					(size_t)(end - from), walk->context))
				return false;
		}
		at += left;
	}
	return true;
}

/* Elements of the tensor from the window's first to its last. */
static void extent_of(const struct matrix_walk *walk, uint64_t *first, uint64_t *n)
{
	const struct matrix *matrix = &walk->matrix;
	const struct matrix_window *window = &walk->window;
	uint64_t begin = window->row * matrix->columns + window->column;
	uint64_t end = (window->row + window->n_rows - 1) * matrix->columns + window->column +
		       window->n_columns;

	if (end > matrix->present)
		end = matrix->present;
	*first = matrix->first + begin;
	*n = begin < end ? end - begin : 0;
}

static bool run_rows(struct matrix_walk *walk, struct error *err)
{
	struct matrix_window whole = walk->window;
	uint64_t first, n;
	bool good = true;

	for (uint64_t row = 0; row < whole.n_rows && good; row++) {
		walk->window.row = whole.row + row;
		walk->window.n_rows = 1;
		extent_of(walk, &first, &n);
		good = n == 0 || tensor_walk_stretch(&walk->walk, first, n, on_block, walk, err);
	}
	return good;
}

bool matrix_walk_run(struct matrix_walk *walk, const struct matrix_window *window,
		     matrix_step *step, void *context, struct error *err)
{
	unsigned bits = dtype_traits[walk->walk.tensor->dtype].bits;
	uint64_t first, n;

	walk->window = *window;
	walk->step = step;
	walk->context = context;
	if (!tensor_walk_has_stretches(&walk->walk))
		return tensor_walk_pass(&walk->walk, on_block, walk, err);
	if (window->n_rows > 1 && window->n_columns <= walk->matrix.columns / NARROW &&
	    walk->matrix.columns >= LONG_ROWS / (bits / 8))
		return run_rows(walk, err);
	extent_of(walk, &first, &n);
	return n == 0 || tensor_walk_stretch(&walk->walk, first, n, on_block, walk, err);
}

bool matrix_walk_tell(struct matrix_walk *walk, uint64_t elements, struct error *err)
{
	const struct analysis_watch *watch = walk->walk.watch;

	walk->walk.done += elements;
	if (!watch || !watch->progress ||
	    !watch->progress(watch->context, walk->walk.done, walk->walk.total))
		return true;
	return error_set(err, ERROR_CANCELLED, -1, "stopped");
}
