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

static void add(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		const struct loss_steps *steps, struct loss_lanes *lanes)
{
	loss_add_rest(rule, bytes, 0, n, size, steps, lanes);
}

static void add_each(const struct loss_rule *rule, const uint8_t *bytes, size_t n,
		     const struct loss_steps *steps, struct loss_lanes *lanes)
{
	loss_add_rest(rule, bytes, 0, n, 1, steps, lanes);
}

const struct loss_kernels loss_plain = { range, range_each, group, add, add_each };

const struct loss_kernels *loss_current(void)
{
	return kernels_current()->loss;
}

/* --- Rules ----------------------------------------------------------------------------------- */

/* False if a cell has two edges. Rounding may put what is next to a cell's end in the other cell,
 * so cells overlap a little. */
static bool cut_cells(const struct grid *grid, struct loss_rule *rule)
{
	const float slack = 1e-5f;

	for (size_t c = 0; c < LOSS_CELLS; c++) {
		float low = ((float)c - rule->origin) / rule->cells - slack;
		float high = ((float)c + 1 - rule->origin) / rule->cells + slack;
		size_t i = 0;

		while (i + 1 < grid->n_levels && grid->edges[i] < low)
			i++;
		rule->edge[c] = INFINITY;
		rule->below[c] = rule->above[c] = grid->levels[i];
		if (i + 1 == grid->n_levels || grid->edges[i] > high)
			continue;
		rule->edge[c] = grid->edges[i];
		rule->above[c] = grid->levels[i + 1];
		if (i + 2 < grid->n_levels && grid->edges[i + 1] <= high)
			return false;
	}
	return true;
}

bool loss_rule_of(const struct grid *grid, struct loss_rule *rule)
{
	*rule = (struct loss_rule){ .kind = LOSS_INTEGERS };
	if (grid->rounding != ROUNDING_EVEN)
		return false;
	switch (grid->kind) {
	case GRID_INTEGER:
		return grid->high - grid->low <= 255;
	case GRID_FLOAT:
		rule->kind = LOSS_FLOATS;
		rule->most = grid->format->max;
		rule->least_bits = (uint32_t)(128 - grid->format->bias) << 23;
		rule->lift = (uint32_t)(23 - grid->format->mantissa_bits) << 23;
		/* Where the exponent has no room for the lift: bf16. */
		return grid->format->max < 0x1p100f;
	case GRID_LEVELS:
		rule->kind = LOSS_LEVELS;
		rule->mirrored = grid->mirrored;
		rule->cells = grid->mirrored ? LOSS_CELLS : LOSS_CELLS / 2;
		rule->origin = grid->mirrored ? 0 : LOSS_CELLS / 2;
		return grid_reach(grid) == 1 && cut_cells(grid, rule);
	case GRID_SIGN:
		break;
	}
	return false;
}
