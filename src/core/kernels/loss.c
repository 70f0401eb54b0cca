#include "core/kernels/loss.h"

#include "core/kernels/loss_lane.h"
#include "core/kernels/vector.h"

static void range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	loss_range_rest(bytes, 0, n, false, low, high);
}

static void range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	loss_range_rest(bytes, 0, n, true, low, high);
}

static bool group(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		  struct loss_groups *groups)
{
	size_t g = 0;

	for (size_t i = 0; i < n; i += size, g++) {
		groups->least[g] = INFINITY;
		groups->most[g] = -INFINITY;
		range(bytes + 4 * i, n - i < size ? n - i : size, &groups->least[g],
		      &groups->most[g]);
	}
	return loss_make_steps(law, groups, g);
}

static void add(const uint8_t *bytes, size_t n, size_t size, const struct loss_steps *steps,
		struct loss_lanes *lanes)
{
	for (size_t i = 0; i < n; i++)
		loss_add_one(bytes, i, steps, i / size, i % LANES, lanes);
}

static void add_each(const uint8_t *bytes, size_t n, const struct loss_steps *steps,
		     struct loss_lanes *lanes)
{
	loss_add_rest(bytes, 0, n, true, steps, lanes);
}

const struct loss_kernels loss_plain = { range, range_each, group, add, add_each };

const struct loss_kernels *loss_current(void)
{
	return kernels_current()->loss;
}
