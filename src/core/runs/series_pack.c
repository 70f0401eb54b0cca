/*
 * A column of a chunk is frame-of-reference coded: the smallest number, and what the others lie
 * above it in as many bytes as the largest difference needs. A constant stride needs none. Steps
 * that count up cost nothing so; wall times of a few minutes differ in 4 or 5 bytes of their bits;
 * values that are floats take at most 4.
 */
#include "core/runs/series_pack.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

enum { FIRST_TAIL = 4, LANES = 4, SLACK = 8 /* readers load eight bytes at a time */ };

struct snapshot {
	struct series series; /* first: it is handed out */
	_Alignas(16) atomic_uint references;
};

union column {
	uint64_t bits[SERIES_CHUNK];
	int64_t integers[SERIES_CHUNK];
	double reals[SERIES_CHUNK];
};

/* The points of a chunk by column. */
struct columns {
	union column steps, walls, values;
	uint32_t count;
};

static void take_points(struct columns *columns, const struct series_point *points, uint32_t count)
{
	columns->count = count;
	for (uint32_t i = 0; i < count; i++) {
		columns->steps.integers[i] = points[i].step;
		columns->walls.reals[i] = points[i].wall_time;
		columns->values.reals[i] = points[i].value;
	}
}

static void narrow_values(union column *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		float value = (float)values->reals[i];
		uint32_t bits;

		memcpy(&bits, &value, sizeof bits);
		values->bits[i] = bits;
	}
}

static void plan_column(struct series_column *column, const uint64_t *at, uint32_t count)
{
	uint64_t stride = count > 1 ? at[1] - at[0] : 0, uneven = 0, low = at[0], high = at[0];

	for (uint32_t i = 1; i < count; i++)
		uneven |= (at[i] - at[i - 1]) ^ stride;
	*column = (struct series_column){ .base = at[0], .stride = stride };
	if (!uneven)
		return;
	for (uint32_t i = 1; i < count; i++) {
		low = at[i] < low ? at[i] : low;
		high = at[i] > high ? at[i] : high;
	}
	column->base = low;
	while (column->width < 8 && (high - low) >> 8 * column->width)
		column->width++;
}

/* Eight bytes are stored for each number and the next one overwrites what was too much: the slack
 * takes what the last one has. */
static uint8_t *fill_column(struct series_column *column, const uint64_t *at, uint32_t count,
			    uint8_t *out)
{
	uint64_t base = column->base;

	column->bits = out;
	if (column->width == 4) {
		for (uint32_t i = 0; i < count; i++) {
			uint32_t above = (uint32_t)(at[i] - base);
			memcpy(out + (size_t)i * 4, &above, sizeof above);
		}
		return out + (size_t)count * 4;
	}
	for (uint32_t i = 0; column->width > 0 && i < count; i++) {
		store_u64(out, at[i] - base);
		out += column->width;
	}
	return out;
}

static void look_at_steps(struct series_chunk *chunk, const int64_t *steps)
{
	int64_t low = steps[0], high = steps[0];
	bool ordered = true;

	for (uint32_t i = 1; i < chunk->count; i++) {
		ordered &= steps[i] >= steps[i - 1];
		low = steps[i] < low ? steps[i] : low;
		high = steps[i] > high ? steps[i] : high;
	}
	chunk->ordered = ordered;
	chunk->step_min = low;
	chunk->step_max = high;
}

/* Clocks go on, mostly: then the ends say it, and no NaN lies between them. */
static void look_at_walls(struct series_chunk *chunk, const double *walls)
{
	uint64_t rises = 1;
	uint32_t i = 0;

	for (uint32_t k = 1; k < chunk->count; k++)
		rises += walls[k] >= walls[k - 1];
	chunk->wall_min = walls[0];
	chunk->wall_max = walls[chunk->count - 1];
	if (rises == chunk->count)
		return;
	while (i < chunk->count && isnan(walls[i]))
		i++;
	chunk->wall_min = chunk->wall_max = i < chunk->count ? walls[i] : NAN;
	/* Comparisons with NaN are false: it takes no part once there is a number. */
	for (; i < chunk->count; i++) {
		chunk->wall_min = walls[i] < chunk->wall_min ? walls[i] : chunk->wall_min;
		chunk->wall_max = walls[i] > chunk->wall_max ? walls[i] : chunk->wall_max;
	}
}

struct span {
	double low, high, sum;
};

static inline void span_add(struct span *span, double value)
{
	span->low = value < span->low ? value : span->low;
	span->high = value > span->high ? value : span->high;
	span->sum += value;
}

/* By lanes, which do not wait for each other. */
static void span_finite(struct series_chunk *chunk, const double *values, uint32_t count)
{
	struct span spans[LANES];
	uint32_t i = 0;

	for (int lane = 0; lane < LANES; lane++)
		spans[lane] = (struct span){ values[0], values[0], 0 };
	for (; i + LANES <= count; i += LANES)
		for (uint32_t lane = 0; lane < LANES; lane++)
			span_add(&spans[lane], values[i + lane]);
	for (; i < count; i++)
		span_add(&spans[0], values[i]);
	for (int lane = 1; lane < LANES; lane++) {
		double sum = spans[0].sum + spans[lane].sum;

		span_add(&spans[0], spans[lane].low);
		span_add(&spans[0], spans[lane].high);
		spans[0].sum = sum;
	}
	chunk->low = spans[0].low;
	chunk->high = spans[0].high;
	chunk->sum = spans[0].sum;
}

static void span_some(struct series_chunk *chunk, const double *values)
{
	double finite[SERIES_CHUNK];
	uint32_t n = 0;

	for (uint32_t i = 0; i < chunk->count; i++)
		if (isfinite(values[i]))
			finite[n++] = values[i];
	if (n)
		span_finite(chunk, finite, n);
}

static void look_at_values(struct series_chunk *chunk, const double *values)
{
	uint64_t wide = 0, finite = 0, numbers = 0;

	for (uint32_t i = 0; i < chunk->count; i++) {
		finite += fabs(values[i]) <= DBL_MAX;
		numbers += values[i] == values[i];
		wide += values[i] != (double)(float)values[i];
	}
	chunk->nan = chunk->count - (uint32_t)numbers;
	chunk->infinite = (uint32_t)(numbers - finite);
	/* NaN differs from itself, and fits. */
	chunk->narrow = wide == chunk->nan;
	chunk->first = values[0];
	chunk->last = values[chunk->count - 1];
	chunk->low = chunk->high = NAN;
	chunk->sum = 0;
	if (finite == chunk->count)
		span_finite(chunk, values, chunk->count);
	else
		span_some(chunk, values);
}

/* What a chunk of these 1 to SERIES_CHUNK points says of itself, without its bits. Returns the
 * bytes that those need. */
static size_t plan(struct series_chunk *chunk, struct columns *columns)
{
	uint32_t count = columns->count;

	chunk->count = count;
	look_at_steps(chunk, columns->steps.integers);
	look_at_walls(chunk, columns->walls.reals);
	look_at_values(chunk, columns->values.reals);
	if (chunk->narrow)
		narrow_values(&columns->values, count);
	plan_column(&chunk->steps, columns->steps.bits, count);
	plan_column(&chunk->walls, columns->walls.bits, count);
	plan_column(&chunk->values, columns->values.bits, count);
	return (size_t)count * (chunk->steps.width + chunk->walls.width + chunk->values.width) + SLACK;
}

static void fill(struct series_chunk *chunk, const struct columns *columns)
{
	uint8_t *bits = (uint8_t *)(chunk + 1);

	bits = fill_column(&chunk->steps, columns->steps.bits, chunk->count, bits);
	bits = fill_column(&chunk->walls, columns->walls.bits, chunk->count, bits);
	bits = fill_column(&chunk->values, columns->values.bits, chunk->count, bits);
	memset(bits, 0, SLACK);
}

static struct series empty_series(void)
{
	return (struct series){ .ordered = true, .step_min = INT64_MAX, .step_max = INT64_MIN,
				.wall_min = NAN, .wall_max = NAN, .low = NAN, .high = NAN };
}

/* What both parts span; between ordered parts it is enough to look at their ends. */
static void take_spans(struct series *series, const struct series *part)
{
	series->ordered &= part->ordered && part->step_min >= series->step_max;
	series->count += part->count;
	series->nan += part->nan;
	series->infinite += part->infinite;
	series->step_min = part->step_min < series->step_min ? part->step_min : series->step_min;
	series->step_max = part->step_max > series->step_max ? part->step_max : series->step_max;
	series->wall_min = fmin(series->wall_min, part->wall_min);
	series->wall_max = fmax(series->wall_max, part->wall_max);
	series->low = fmin(series->low, part->low);
	series->high = fmax(series->high, part->high);
}

static struct series chunk_spans(const struct series_chunk *chunk)
{
	return (struct series){
		.ordered = chunk->ordered, .count = chunk->count, .nan = chunk->nan,
		.infinite = chunk->infinite, .step_min = chunk->step_min,
		.step_max = chunk->step_max, .wall_min = chunk->wall_min,
		.wall_max = chunk->wall_max, .low = chunk->low, .high = chunk->high,
	};
}

/* The arrays of a series that is being made are not const for its maker. */
static void take_chunk(struct series *series, const struct series_chunk *chunk)
{
	struct series spans = chunk_spans(chunk);

	((uint64_t *)series->starts)[series->chunk_count] = series->count;
	((const struct series_chunk **)series->chunks)[series->chunk_count++] = chunk;
	take_spans(series, &spans);
}

static void take_series(struct series *series, const struct series *part)
{
	uint64_t *starts = (uint64_t *)series->starts + series->chunk_count;
	const struct series_chunk **chunks = (const struct series_chunk **)series->chunks;

	if (part->chunk_count == 0)
		return;
	memcpy(chunks + series->chunk_count, part->chunks, part->chunk_count * sizeof *chunks);
	for (size_t i = 0; i < part->chunk_count; i++)
		starts[i] = part->starts[i] + series->count;
	series->chunk_count += part->chunk_count;
	take_spans(series, part);
}

static bool reserve_chunk(struct series_builder *builder, struct arena *arena)
{
	struct series *packed = &builder->packed;
	size_t room = builder->chunk_room ? builder->chunk_room * 2 : 8;

	if (packed->chunk_count < builder->chunk_room)
		return true;
	const struct series_chunk **chunks = arena_array(arena, room, sizeof *chunks);
	uint64_t *starts = arena_array(arena, room, sizeof *starts);
	if (!chunks || !starts)
		return false;
	if (packed->chunk_count == 0) {
		*packed = empty_series();
	} else {
		memcpy(chunks, packed->chunks, packed->chunk_count * sizeof *chunks);
		memcpy(starts, packed->starts, packed->chunk_count * sizeof *starts);
	}
	packed->chunks = chunks;
	packed->starts = starts;
	builder->chunk_room = room;
	return true;
}

static bool seal(struct series_builder *builder, struct arena *arena)
{
	struct series_chunk planned, *chunk;
	struct columns columns;

	take_points(&columns, builder->tail, builder->filled);
	size_t bytes = plan(&planned, &columns);
	if (!reserve_chunk(builder, arena))
		return false;
	chunk = arena_alloc(arena, sizeof *chunk + bytes);
	if (!chunk)
		return false;
	*chunk = planned;
	fill(chunk, &columns);
	take_chunk(&builder->packed, chunk);
	builder->filled = 0;
	return true;
}

bool series_builder_grow(struct series_builder *builder, struct arena *arena)
{
	uint32_t room = builder->room ? builder->room * 2 : FIRST_TAIL;

	if (builder->room == SERIES_CHUNK)
		return seal(builder, arena);
	struct series_point *grown = realloc(builder->tail, room * sizeof *grown);
	if (!grown)
		return false;
	builder->tail = grown;
	builder->room = room;
	return true;
}

void series_builder_free(struct series_builder *builder)
{
	free(builder->tail);
	builder->tail = NULL;
	builder->filled = builder->room = 0;
}

static size_t tail_room(const struct series_builder *builder)
{
	size_t bytes = sizeof(struct series_chunk) + SLACK +
		       builder->filled * sizeof(struct series_point);

	return builder->filled ? (bytes + 15) & ~(size_t)15 : 0;
}

/* The points that are in no chunk yet as one, in room for it. */
static void take_tail(struct series *series, const struct series_builder *builder, void *room)
{
	struct series_chunk *chunk = room;
	struct columns columns;

	if (builder->filled == 0)
		return;
	take_points(&columns, builder->tail, builder->filled);
	plan(chunk, &columns);
	fill(chunk, &columns);
	take_chunk(series, chunk);
}

/* One allocation holds it all: the tails, then the arrays. */
struct series *series_snapshot(const struct series_builder *const *builders, size_t count)
{
	size_t chunks = 0, tails = 0;

	for (size_t i = 0; i < count; i++) {
		chunks += builders[i]->packed.chunk_count + (builders[i]->filled > 0);
		tails += tail_room(builders[i]);
	}
	struct snapshot *snapshot = malloc(sizeof *snapshot + tails +
					   chunks * (sizeof(void *) + sizeof(uint64_t)));
	if (!snapshot)
		return NULL;
	char *room = (char *)(snapshot + 1);
	atomic_init(&snapshot->references, 1);
	snapshot->series = empty_series();
	snapshot->series.tag = builders[0]->name.text;
	snapshot->series.role = builders[0]->role;
	snapshot->series.starts = (uint64_t *)(room + tails);
	snapshot->series.chunks =
		(const struct series_chunk *const *)(snapshot->series.starts + chunks);
	for (size_t i = 0; i < count; i++) {
		take_series(&snapshot->series, &builders[i]->packed);
		take_tail(&snapshot->series, builders[i], room);
		room += tail_room(builders[i]);
	}
	return &snapshot->series;
}

void series_retain(const struct series *series)
{
	atomic_fetch_add_explicit(&((struct snapshot *)series)->references, 1,
				  memory_order_relaxed);
}

void series_release(const struct series *series)
{
	struct snapshot *snapshot = (struct snapshot *)series;

	if (!series || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) > 1)
		return;
	free(snapshot);
}
