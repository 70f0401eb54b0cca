#include <mtui/pyramid.h>

#include <math.h>
#include <stdlib.h>

static const struct extent nothing = { .min = INFINITY, .max = -INFINITY };

static void join(struct extent *extent, const struct extent *other)
{
	extent->min = other->min < extent->min ? other->min : extent->min;
	extent->max = other->max > extent->max ? other->max : extent->max;
	extent->sum += other->sum;
	extent->finite += other->finite;
}

static void join_values(struct extent *extent, const double *values, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		double value = values[i];

		if (!isfinite(value))
			continue;
		extent->min = value < extent->min ? value : extent->min;
		extent->max = value > extent->max ? value : extent->max;
		extent->sum += value;
		extent->finite++;
	}
}

static bool push(struct pyramid *pyramid, unsigned level, const struct extent *extent)
{
	size_t n = pyramid->levels[level].n, capacity = pyramid->levels[level].capacity;

	if (n == capacity) {
		size_t more = capacity ? capacity * 2 : 64;
		struct extent *blocks =
			more > SIZE_MAX / 2 / sizeof *blocks
				? NULL
				: realloc(pyramid->levels[level].blocks, more * sizeof *blocks);

		if (!blocks)
			return false;
		pyramid->levels[level].blocks = blocks;
		pyramid->levels[level].capacity = more;
	}
	pyramid->levels[level].blocks[n] = *extent;
	pyramid->levels[level].n = n + 1;
	return true;
}

bool pyramid_extend(struct pyramid *pyramid, const double *values, size_t n)
{
	for (; n - pyramid->done >= PYRAMID_FAN; pyramid->done += PYRAMID_FAN) {
		struct extent block = nothing;

		join_values(&block, values, pyramid->done, pyramid->done + PYRAMID_FAN);
		if (!push(pyramid, 0, &block))
			return false;
	}
	for (unsigned level = 1; level < PYRAMID_LEVELS; level++) {
		const struct extent *below = pyramid->levels[level - 1].blocks;
		size_t whole = pyramid->levels[level - 1].n / PYRAMID_FAN;

		while (pyramid->levels[level].n < whole) {
			size_t first = pyramid->levels[level].n * PYRAMID_FAN;
			struct extent block = nothing;

			for (size_t i = 0; i < PYRAMID_FAN; i++)
				join(&block, below + first + i);
			if (!push(pyramid, level, &block))
				return false;
		}
	}
	return true;
}

void pyramid_reset(struct pyramid *pyramid)
{
	for (unsigned level = 0; level < PYRAMID_LEVELS; level++)
		pyramid->levels[level].n = 0;
	pyramid->done = 0;
}

void pyramid_free(struct pyramid *pyramid)
{
	for (unsigned level = 0; level < PYRAMID_LEVELS; level++)
		free(pyramid->levels[level].blocks);
	*pyramid = (struct pyramid){ 0 };
}

struct extent pyramid_query(const struct pyramid *pyramid, const double *values, size_t from,
			    size_t end)
{
	struct extent extent = nothing;

	if (from >= end)
		return extent;
	/* Climbs from both ends: what sticks out of whole blocks is taken at each level. */
	size_t first = from / PYRAMID_FAN + (from % PYRAMID_FAN != 0), last = end / PYRAMID_FAN;

	if (last > pyramid->levels[0].n)
		last = pyramid->levels[0].n;
	if (first >= last) {
		join_values(&extent, values, from, end);
		return extent;
	}
	join_values(&extent, values, from, first * PYRAMID_FAN);
	join_values(&extent, values, last * PYRAMID_FAN, end);
	for (unsigned level = 0; first < last; level++) {
		const struct extent *blocks = pyramid->levels[level].blocks;
		size_t up_first = first / PYRAMID_FAN + (first % PYRAMID_FAN != 0);
		size_t up_last = last / PYRAMID_FAN;

		if (level + 1 == PYRAMID_LEVELS)
			up_last = up_first = last;
		else if (up_last > pyramid->levels[level + 1].n)
			up_last = pyramid->levels[level + 1].n;
		if (up_first >= up_last) {
			for (size_t i = first; i < last; i++)
				join(&extent, blocks + i);
			break;
		}
		for (size_t i = first; i < up_first * PYRAMID_FAN; i++)
			join(&extent, blocks + i);
		for (size_t i = up_last * PYRAMID_FAN; i < last; i++)
			join(&extent, blocks + i);
		first = up_first;
		last = up_last;
	}
	return extent;
}
