#include <mtui/smoothing.h>

#include <math.h>
#include <string.h>

void smoothing_begin(struct smoothing *smoothing, double weight)
{
	if (!(weight > 0))
		weight = 0;
	if (weight > SMOOTHING_MAX)
		weight = SMOOTHING_MAX;
	*smoothing = (struct smoothing){ .weight = weight, .constant = true };
}

/* The share of the average that values make up, 1 - weight^n. Below 2^-54 the power is lost in the
 * rounding of the difference, and pow is slow. */
static double debias(double weight, uint64_t n, bool *settled)
{
	double power = *settled ? 0 : pow(weight, (double)n);

	if (power < 0x1p-54)
		*settled = true;
	return 1 - power;
}

size_t smoothing_extend(struct smoothing *smoothing, const double *values, size_t n,
			double *smoothed)
{
	size_t from = smoothing->done;
	double weight = smoothing->weight, last;
	bool settled = false;

	if (smoothing->constant) {
		size_t same = from;

		while (same < n && values[same] == values[0])
			same++;
		if (same == n) {
			if (n > from)
				memcpy(smoothed + from, values + from, (n - from) * sizeof *values);
			smoothing->done = n;
			return from;
		}
		smoothing->constant = false;
		from = 0;
	}
	last = smoothing->last;
	for (size_t i = from; i < n; i++) {
		if (!isfinite(values[i])) {
			smoothed[i] = values[i];
			continue;
		}
		last = last * weight + (1 - weight) * values[i];
		smoothed[i] = last / debias(weight, ++smoothing->finite, &settled);
	}
	smoothing->last = last;
	smoothing->done = n;
	return from;
}
