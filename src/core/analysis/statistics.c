#include <mtui/statistics.h>

#include <stdlib.h>

#include "core/analysis/order.h"
#include "core/analysis/statistics_parts.h"

/* Below so many elements, sorting them is cheaper than walking 65,536 counts. */
#define CODES_WORTH 8192

bool statistics_compute(const struct model *model, const struct tensor *tensor,
			const struct analysis_watch *watch, struct statistics *result,
			struct error *err)
{
	struct tensor_walk *walk;
	unsigned bits = dtype_traits[tensor->dtype].bits;
	bool by_codes = bits <= 8 || (bits == 16 && tensor->present >= CODES_WORTH), done;

	statistics_set_empty(result);
	if (!dtype_is_numeric(tensor->dtype))
		return error_set(err, ERROR_REFUSED, -1, "%s elements have no statistics",
				 dtype_name(tensor->dtype));
	if (tensor->present == 0)
		return true;
	walk = malloc(sizeof *walk);
	if (!walk)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for statistics");
	walk->model = model;
	walk->tensor = tensor;
	walk->watch = watch;
	walk->done = 0;
	walk->total = tensor->present;
	if (by_codes)
		done = statistics_from_codes(walk, result, err);
	else if (tensor->dtype == DTYPE_F32 && tensor->present > ORDER_GATHER)
		done = statistics_from_floats(walk, result, err);
	else
		done = statistics_from_values(walk, result, err);
	free(walk);
	return done;
}
