#include <mtui/series.h>

#include <string.h>

#include <mtui/bytes.h>

/* The i-th number of a column. A load may reach beyond the number, never beyond the column: the
 * packer leaves room for eight bytes behind the last one. */
static uint64_t column_at(const struct series_column *column, uint32_t i)
{
	if (column->width == 0)
		return column->base + i * column->stride;
	uint64_t mask = column->width == 8 ? UINT64_MAX : ((uint64_t)1 << column->width * 8) - 1;
	return column->base + (load_u64(column->bits + (size_t)i * column->width) & mask);
}

static void unpack(const struct series_column *column, uint32_t count, uint64_t *out)
{
	for (uint32_t i = 0; i < count; i++)
		out[i] = column_at(column, i);
}

static double number_at(const struct series_column *column, bool narrow, uint32_t i)
{
	uint64_t bits = column_at(column, i);
	double number;
	if (narrow) {
		uint32_t half = (uint32_t)bits;
		float value;
		memcpy(&value, &half, sizeof value);
		return value;
	}
	memcpy(&number, &bits, sizeof number);
	return number;
}

void series_steps(const struct series_chunk *chunk, int64_t *steps)
{
	unpack(&chunk->steps, chunk->count, (uint64_t *)steps);
}

void series_walls(const struct series_chunk *chunk, double *walls)
{
	for (uint32_t i = 0; i < chunk->count; i++)
		walls[i] = number_at(&chunk->walls, false, i);
}

void series_values(const struct series_chunk *chunk, double *values)
{
	for (uint32_t i = 0; i < chunk->count; i++)
		values[i] = number_at(&chunk->values, chunk->narrow, i);
}

size_t series_chunk_of(const struct series *series, uint64_t index)
{
	size_t low = 0, high = series->chunk_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (series->starts[middle] <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct series_point series_point(const struct series *series, uint64_t index)
{
	size_t at = series_chunk_of(series, index);
	const struct series_chunk *chunk = series->chunks[at];
	uint32_t i = (uint32_t)(index - series->starts[at]);
	return (struct series_point){ (int64_t)column_at(&chunk->steps, i),
				      number_at(&chunk->walls, false, i),
				      number_at(&chunk->values, chunk->narrow, i) };
}

uint64_t series_find_step(const struct series *series, int64_t step)
{
	size_t at = 0, high = series->chunk_count;
	if (series->ordered) {
		while (at < high) {
			size_t middle = at + (high - at) / 2;
			if (series->chunks[middle]->step_max < step)
				at = middle + 1;
			else
				high = middle;
		}
	} else {
		while (at < high && series->chunks[at]->step_max < step)
			at++;
	}
	if (at == series->chunk_count)
		return series->count;
	const struct series_chunk *chunk = series->chunks[at];
	uint32_t i = 0;
	while ((int64_t)column_at(&chunk->steps, i) < step)
		i++;
	return series->starts[at] + i;
}
