#include "core/kernels/loss.h"

#include "core/kernels/loss_lane.h"
#include "core/kernels/vector.h"

static void range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	loss_range(bytes, 0, n, low, high);
}

static void range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	loss_range_each(bytes, 0, n, low, high);
}

static bool group(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		  struct loss_groups *groups)
{
	size_t g = 0;

	for (size_t i = 0; i < n; i += size, g++)
		loss_range_group(bytes + 4 * i, n - i < size ? n - i : size, law->affine,
				 &groups->least[g], &groups->most[g]);
	return loss_make_steps(law, groups, 0, g);
}

static void add(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		const struct loss_steps *steps, size_t ahead, bool wide, struct squares *squares)
{
	(void)ahead;
	for (size_t i = 0; i < n; i++)
		loss_add_one(rule, bytes, i, steps, size ? i / size : 0, wide, squares);
}

const struct loss_kernels loss_plain = { range, range_each, group, add };

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

/* Node k of a row of `width` nodes has the middle of the k-th part. */
static bool grow_tree(const struct grid *grid, struct loss_rule *rule)
{
	for (size_t i = 0; i < LOSS_TREE; i++)
		(i % 2 ? rule->odd : rule->even)[i / 2] =
			grid->levels[i < grid->n_levels ? i : grid->n_levels - 1];
	for (size_t width = 1; width < LOSS_TREE; width *= 2)
		for (size_t k = 0; k < width; k++) {
			size_t part = LOSS_TREE / width, i = k * part + part / 2 - 1;

			rule->tree[width + k] = i + 1 < grid->n_levels ? grid->edges[i] : INFINITY;
		}
	return true;
}

bool loss_rule_of(const struct grid *grid, struct loss_rule *rule)
{
	*rule = (struct loss_rule){ .kind = LOSS_INTEGERS, .clamped = true };
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
		/* Half of the distance between neighbours is 2^-24 of what is added. That rounding
		 * x * inverse and x' moves a value by is at most 2^(5 + mantissa bits - 24) of it.
		 */
		rule->sure = 0x1p-24f - ldexpf(0x1p-43f, grid->format->mantissa_bits);
		/* Where the exponent has no room for the lift: bf16. */
		return grid->format->max < 0x1p100f;
	case GRID_LEVELS:
		rule->kind = LOSS_LEVELS;
		rule->mirrored = grid->mirrored;
		/* A little less, so that the place of 1 is in the last cell. */
		rule->cells = grid->mirrored ? LOSS_CELLS - 0.0625f : LOSS_CELLS / 2 - 0.0625f;
		rule->origin = grid->mirrored ? 0 : LOSS_CELLS / 2;
		return grid->n_levels <= LOSS_TREE && grid_reach(grid) == 1 &&
		       cut_cells(grid, rule) && grow_tree(grid, rule);
	case GRID_SIGN:
		break;
	}
	return false;
}
