/*
 * A column of a chunk is frame-of-reference coded: the smallest number, and what the others lie
 * above it in as many bytes as the largest difference needs. A constant stride needs none. Steps
 * that count up cost nothing so; wall times of a few minutes differ in 4 or 5 bytes of their bits;
 * values that are floats take at most 4.
 */
#include "core/runs/series_pack.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

enum { FIRST_TAIL = 4, SLACK = 8 /* readers load eight bytes at a time */ };

struct snapshot {
	struct series series; /* first: it is handed out */
	_Alignas(16) atomic_uint references;
};

static uint64_t bits_of(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static uint32_t float_bits(double value)
{
	float narrow = (float)value;
	uint32_t bits;
	memcpy(&bits, &narrow, sizeof bits);
	return bits;
}

static bool fits_float(double value)
{
	return isnan(value) || (double)(float)value == value;
}

/* The numbers of one column as unsigned ones. */
struct numbers {
	uint64_t at[SERIES_CHUNK];
};

static void take_steps(struct numbers *numbers, const struct series_point *points, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		numbers->at[i] = (uint64_t)points[i].step;
}

static void take_walls(struct numbers *numbers, const struct series_point *points, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		numbers->at[i] = bits_of(points[i].wall_time);
}

static void take_values(struct numbers *numbers, const struct series_point *points, uint32_t count,
			bool narrow)
{
	for (uint32_t i = 0; i < count; i++)
		numbers->at[i] = narrow ? float_bits(points[i].value) : bits_of(points[i].value);
}

static void plan_column(struct series_column *column, struct numbers *numbers, uint32_t count)
{
	const uint64_t *at = numbers->at;
	uint64_t low = at[0], high = at[0], stride = count > 1 ? at[1] - at[0] : 0;
	bool even = true;

	for (uint32_t i = 1; i < count; i++) {
		low = at[i] < low ? at[i] : low;
		high = at[i] > high ? at[i] : high;
		even &= at[i] - at[i - 1] == stride;
	}
	*column = (struct series_column){ .base = even ? at[0] : low, .stride = stride };
	while (!even && column->width < 8 && (high - low) >> 8 * column->width)
		column->width++;
}

/* Eight bytes are stored for each number and the next one overwrites what was too much: the slack
 * takes what the last one has. */
static uint8_t *fill_column(struct series_column *column, const struct numbers *numbers,
			    uint32_t count, uint8_t *out)
{
	column->bits = out;
	for (uint32_t i = 0; column->width > 0 && i < count; i++) {
		store_u64(out, numbers->at[i] - column->base);
		out += column->width;
	}
	return out;
}

static void look_at_steps(struct series_chunk *chunk, const struct series_point *points)
{
	int64_t last = points[0].step, low = last, high = last;
	bool ordered = true;

	for (uint32_t i = 1; i < chunk->count; i++) {
		int64_t step = points[i].step;
		ordered &= step >= last;
		low = step < low ? step : low;
		high = step > high ? step : high;
		last = step;
	}
	chunk->ordered = ordered;
	chunk->step_min = low;
	chunk->step_max = high;
}

/* Comparisons with NaN are false: it takes no part once there is a number. */
static void look_at_walls(struct series_chunk *chunk, const struct series_point *points)
{
	double low = NAN, high = NAN;
	uint32_t i = 0;

	while (i < chunk->count && isnan(points[i].wall_time))
		i++;
	if (i < chunk->count)
		low = high = points[i].wall_time;
	for (; i < chunk->count; i++) {
		double wall = points[i].wall_time;
		low = wall < low ? wall : low;
		high = wall > high ? wall : high;
	}
	chunk->wall_min = low;
	chunk->wall_max = high;
}

static void look_at_values(struct series_chunk *chunk, const struct series_point *points)
{
	double low = INFINITY, high = -INFINITY, sum = 0;
	bool narrow = true;

	chunk->nan = chunk->infinite = 0;
	for (uint32_t i = 0; i < chunk->count; i++) {
		double value = points[i].value;
		narrow &= fits_float(value);
		if (!isfinite(value)) {
			chunk->nan += isnan(value) != 0;
			chunk->infinite += isnan(value) == 0;
			continue;
		}
		low = value < low ? value : low;
		high = value > high ? value : high;
		sum += value;
	}
	chunk->narrow = narrow;
	chunk->low = low <= high ? low : NAN;
	chunk->high = low <= high ? high : NAN;
	chunk->sum = sum;
	chunk->first = points[0].value;
	chunk->last = points[chunk->count - 1].value;
}

size_t series_chunk_plan(struct series_chunk *chunk, const struct series_point *points,
			 uint32_t count)
{
	struct numbers numbers;

	chunk->count = count;
	look_at_steps(chunk, points);
	look_at_walls(chunk, points);
	look_at_values(chunk, points);
	take_steps(&numbers, points, count);
	plan_column(&chunk->steps, &numbers, count);
	take_walls(&numbers, points, count);
	plan_column(&chunk->walls, &numbers, count);
	take_values(&numbers, points, count, chunk->narrow);
	plan_column(&chunk->values, &numbers, count);
	return (size_t)count * (chunk->steps.width + chunk->walls.width + chunk->values.width) + SLACK;
}

void series_chunk_fill(struct series_chunk *chunk, const struct series_point *points,
		       uint8_t *bits)
{
	struct numbers numbers;

	take_steps(&numbers, points, chunk->count);
	bits = fill_column(&chunk->steps, &numbers, chunk->count, bits);
	take_walls(&numbers, points, chunk->count);
	bits = fill_column(&chunk->walls, &numbers, chunk->count, bits);
	take_values(&numbers, points, chunk->count, chunk->narrow);
	bits = fill_column(&chunk->values, &numbers, chunk->count, bits);
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
	struct series_chunk plan, *chunk;
	size_t bytes = series_chunk_plan(&plan, builder->tail, builder->filled);

	if (!reserve_chunk(builder, arena))
		return false;
	chunk = arena_alloc(arena, sizeof *chunk + bytes);
	if (!chunk)
		return false;
	*chunk = plan;
	series_chunk_fill(chunk, builder->tail, (uint8_t *)(chunk + 1));
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

	if (builder->filled == 0)
		return;
	series_chunk_plan(chunk, builder->tail, builder->filled);
	series_chunk_fill(chunk, builder->tail, (uint8_t *)(chunk + 1));
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
