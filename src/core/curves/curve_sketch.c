#include <mtui/curve.h>

#include <math.h>

enum { ENOUGH = 64 /* chunks: as many means draw a curve of any width */ };

struct parts {
	size_t n;
	double low, width; /* in steps */
	double x[CURVE_SKETCH], sum[CURVE_SKETCH];
	uint64_t finite[CURVE_SKETCH];
};

static void add(struct parts *parts, double step, double sum, uint64_t finite)
{
	double at = parts->width > 0 ? (step - parts->low) / parts->width * (double)parts->n : 0;
	size_t i = at >= (double)parts->n ? parts->n - 1 : at > 0 ? (size_t)at : 0;

	if (!finite)
		return;
	parts->sum[i] += sum;
	parts->finite[i] += finite;
	parts->x[i] = step;
}

/* Short series point by point; of long ones the chunks are enough. */
static void fill(struct parts *parts, const struct series *series)
{
	bool chunks = series->chunk_count > 2 * parts->n || series->chunk_count > ENOUGH;
	int64_t steps[SERIES_CHUNK];
	double values[SERIES_CHUNK];

	for (size_t c = 0; c < series->chunk_count; c++) {
		const struct series_chunk *chunk = series->chunks[c];

		if (chunks) {
			add(parts, (double)chunk->step_min / 2 + (double)chunk->step_max / 2,
			    chunk->sum, chunk->count - chunk->nan - chunk->infinite);
			continue;
		}
		series_steps(chunk, steps);
		series_values(chunk, values);
		for (uint32_t i = 0; i < chunk->count; i++)
			add(parts, (double)steps[i], values[i], isfinite(values[i]) != 0);
	}
}

size_t curve_sketch(const struct series *series, size_t n, double x[], double mean[])
{
	struct parts parts = { .n = n < CURVE_SKETCH ? n : CURVE_SKETCH };
	size_t kept = 0;

	if (!n || !series->count)
		return 0;
	parts.low = (double)series->step_min;
	parts.width = (double)series->step_max - parts.low;
	fill(&parts, series);
	for (size_t i = 0; i < parts.n; i++) {
		if (!parts.finite[i])
			continue;
		x[kept] = parts.x[i];
		mean[kept++] = parts.sum[i] / (double)parts.finite[i];
	}
	return kept;
}
