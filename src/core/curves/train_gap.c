#include <mtui/incidents.h>

#include <math.h>

#define GAP_SHARE 0.05 /* of what validation had gained */

/* Walks along a series by index, one chunk unpacked at a time. */
struct cursor {
	const struct series *series;
	size_t chunk; /* unpacked + 1; 0: none */
	int64_t steps[SERIES_CHUNK];
	double values[SERIES_CHUNK];
};

static void cursor_at(struct cursor *cursor, uint64_t index, int64_t *step, double *value)
{
	const struct series *series = cursor->series;
	size_t chunk = cursor->chunk ? cursor->chunk - 1 : 0;

	if (!cursor->chunk || index < series->starts[chunk] ||
	    index >= series->starts[chunk] + series->chunks[chunk]->count) {
		chunk = series_chunk_of(series, index);
		series_steps(series->chunks[chunk], cursor->steps);
		series_values(series->chunks[chunk], cursor->values);
		cursor->chunk = chunk + 1;
	}
	*step = cursor->steps[index - series->starts[chunk]];
	*value = cursor->values[index - series->starts[chunk]];
}

bool train_gap_find(struct train_gap *gap, const struct series *train,
		    const struct series *validation, bool rises)
{
	struct cursor of_train = { .series = train };
	double first = NAN, train_at_best = NAN, train_value = NAN, sign = rises ? -1 : 1;
	uint64_t next = 0;
	bool any = false;

	*gap = (struct train_gap){ .train = NAN, .validation = NAN, .best = NAN };
	for (uint64_t i = 0; i < validation->count; i++) {
		struct series_point point = series_point(validation, i);
		double sum = 0, value;
		uint64_t finite = 0;
		int64_t step;

		for (; next < train->count; next++) {
			cursor_at(&of_train, next, &step, &value);
			if (step > point.step)
				break;
			if (isfinite(value)) {
				sum += value;
				finite++;
			}
		}
		if (finite)
			train_value = sum / (double)finite;
		if (!isfinite(point.value) || isnan(train_value))
			continue;
		if (!any)
			first = point.value;
		if (!any || sign * point.value < sign * gap->best) {
			gap->best = point.value;
			gap->best_step = point.step;
			train_at_best = train_value;
		}
		gap->validation = point.value;
		gap->train = train_value;
		any = true;
	}
	gap->opens = any && sign * (gap->validation - gap->best) > 0 &&
		     sign * (gap->validation - gap->best) > GAP_SHARE * fabs(first - gap->best) &&
		     sign * (gap->train - train_at_best) <= 0;
	return any;
}
