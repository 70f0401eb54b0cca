/* A series in memory, for tests of what reads series: every column eight bytes wide. */
#ifndef BUILD_SERIES_H
#define BUILD_SERIES_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/series.h>

struct built_series {
	struct series series;
	struct series_chunk *chunks;
	const struct series_chunk **places;
	uint64_t *starts;
	uint64_t *numbers; /* steps, walls, values, n of each */
};

static inline void build_chunk(struct series_chunk *chunk, const uint64_t *steps,
			       const uint64_t *walls, const uint64_t *values, uint32_t count)
{
	*chunk = (struct series_chunk){ .count = count, .ordered = true, .low = NAN, .high = NAN };
	chunk->steps = (struct series_column){ .bits = (const uint8_t *)steps, .width = 8 };
	chunk->walls = (struct series_column){ .bits = (const uint8_t *)walls, .width = 8 };
	chunk->values = (struct series_column){ .bits = (const uint8_t *)values, .width = 8 };
	chunk->step_min = chunk->step_max = (int64_t)steps[0];
	for (uint32_t i = 0; i < count; i++) {
		int64_t step = (int64_t)steps[i];
		double value;

		chunk->step_min = step < chunk->step_min ? step : chunk->step_min;
		chunk->step_max = step > chunk->step_max ? step : chunk->step_max;

		memcpy(&value, values + i, sizeof value);
		if (i > 0 && (int64_t)steps[i] < (int64_t)steps[i - 1])
			chunk->ordered = false;
		chunk->nan += isnan(value) != 0;
		chunk->infinite += isinf(value) != 0;
		if (isfinite(value)) {
			chunk->low = fmin(chunk->low, value);
			chunk->high = fmax(chunk->high, value);
			chunk->sum += value;
		}
	}
}

/* walls NULL: a second each from 1000 on; steps NULL: from 0 on. tag is kept, not copied. */
static inline const struct series *build_series(struct built_series *built, const char *tag,
						const int64_t *steps, const double *walls,
						const double *values, size_t n)
{
	size_t n_chunks = (n + SERIES_CHUNK - 1) / SERIES_CHUNK;

	built->numbers = malloc(3 * n * sizeof(uint64_t));
	built->chunks = calloc(n_chunks, sizeof *built->chunks);
	built->places = calloc(n_chunks, sizeof *built->places);
	built->starts = calloc(n_chunks, sizeof *built->starts);
	built->series = (struct series){ .tag = text_from(tag), .ordered = true, .count = n,
					 .chunk_count = n_chunks, .chunks = built->places,
					 .starts = built->starts, .low = NAN, .high = NAN,
					 .wall_min = NAN, .wall_max = NAN };
	for (size_t i = 0; i < n; i++) {
		double wall = walls ? walls[i] : 1000.0 + (double)i;

		built->numbers[i] = steps ? (uint64_t)steps[i] : i;
		memcpy(built->numbers + n + i, &wall, sizeof wall);
		memcpy(built->numbers + 2 * n + i, values + i, sizeof wall);
		built->series.wall_min = fmin(built->series.wall_min, wall);
		built->series.wall_max = fmax(built->series.wall_max, wall);
		if (i > 0 && (int64_t)built->numbers[i] < (int64_t)built->numbers[i - 1])
			built->series.ordered = false;
	}
	for (size_t c = 0; c < n_chunks; c++) {
		size_t from = c * SERIES_CHUNK;
		size_t count = n - from < SERIES_CHUNK ? n - from : SERIES_CHUNK;

		build_chunk(built->chunks + c, built->numbers + from, built->numbers + n + from,
			    built->numbers + 2 * n + from, (uint32_t)count);
		built->places[c] = built->chunks + c;
		built->starts[c] = from;
		built->series.nan += built->chunks[c].nan;
		built->series.infinite += built->chunks[c].infinite;
		built->series.low = fmin(built->series.low, built->chunks[c].low);
		built->series.high = fmax(built->series.high, built->chunks[c].high);
	}
	built->series.step_min = (int64_t)built->numbers[0];
	built->series.step_max = (int64_t)built->numbers[n - 1];
	return &built->series;
}

static inline void built_series_free(struct built_series *built)
{
	free(built->numbers);
	free(built->chunks);
	free(built->places);
	free(built->starts);
}

#endif
