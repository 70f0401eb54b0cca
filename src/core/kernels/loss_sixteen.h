/*
 * The loops of loss.h over sixteen elements at a time. Who includes this brings struct sixteen
 * (floats), struct sixteen_wide (doubles) and the operations on them that begin with s16_ and w16_.
 *
 * The inner loop takes four vectors, a quad: one step for all of them, for two each, or for each,
 * and one branch for whatever is doubtful in it. Everything that a scheme fixes is a constant
 * `shape`, so that each shape gets a loop of its own.
 */
#ifndef KERNELS_LOSS_SIXTEEN_H
#define KERNELS_LOSS_SIXTEEN_H

#include "core/kernels/loss_lane.h"

#define ALWAYS inline __attribute__((always_inline))
#define QUAD   4

/* Bytes of a line of the cache, and how far ahead is asked for beside the ranges of columns. */
#define PER_LINE 64
#define AHEAD	 16384

struct shape {
	enum loss_kind kind;
	bool clamped, wide, each;
};

struct step {
	struct sixteen scale, inverse, low, high, bound;
};

struct running {
	struct sixteen error, original;
	struct sixteen_wide wide_error, wide_original;
	__m256d errors, originals;
};

/* --- Ranges ---------------------------------------------------------------------------------- */

static ALWAYS float least_of_four(__m128 x)
{
	x = _mm_min_ps(x, _mm_movehl_ps(x, x));
	return _mm_cvtss_f32(_mm_min_ss(x, _mm_movehdup_ps(x)));
}

static inline void range(const uint8_t *bytes, size_t n, float *low, float *high)
{
	struct sixteen least = s16_set(*low), most = s16_set(*high);
	struct sixteen least2 = least, most2 = most;
	size_t i = 0;

	for (; i + 32 <= n; i += 32) {
		struct sixteen x = s16_load(bytes, i), y = s16_load(bytes, i + 16);

		least = s16_min(x, least);
		most = s16_max(x, most);
		least2 = s16_min(y, least2);
		most2 = s16_max(y, most2);
	}
	*low = least_of_four(s16_fold_least(s16_min(least2, least)));
	*high = -least_of_four(_mm_xor_ps(s16_fold_most(s16_max(most2, most)), _mm_set1_ps(-0.0f)));
	loss_range(bytes, i, n, low, high);
}

static ALWAYS struct sixteen take(const float *values, size_t i)
{
	return s16_load((const uint8_t *)values, i);
}

static void range_each(const uint8_t *bytes, size_t n, float *low, float *high)
{
	size_t i = 0;

	for (; low && i + 16 <= n; i += 16) {
		struct sixteen x = s16_load(bytes, i);

		_mm_prefetch((const char *)bytes + 4 * i + AHEAD, _MM_HINT_T1);
		s16_store(low + i, s16_min(x, take(low, i)));
		s16_store(high + i, s16_max(x, take(high, i)));
	}
	for (; !low && i + 16 <= n; i += 16) {
		_mm_prefetch((const char *)bytes + 4 * i + AHEAD, _MM_HINT_T1);
		s16_store(high + i, s16_max_magnitude(s16_load(bytes, i), take(high, i)));
	}
	loss_range_each(bytes, i, n, low, high);
}

/* Least or greatest of each of four vectors of four. */
static ALWAYS __m128 fold_four(const __m128 v[4], bool most)
{
	__m128 a = _mm_unpacklo_ps(v[0], v[1]), b = _mm_unpackhi_ps(v[0], v[1]);
	__m128 c = _mm_unpacklo_ps(v[2], v[3]), d = _mm_unpackhi_ps(v[2], v[3]);

	a = most ? _mm_max_ps(a, b) : _mm_min_ps(a, b);
	c = most ? _mm_max_ps(c, d) : _mm_min_ps(c, d);
	b = _mm_movelh_ps(a, c);
	d = _mm_movehl_ps(c, a);
	return most ? _mm_max_ps(b, d) : _mm_min_ps(b, d);
}

static ALWAYS void range_four(const uint8_t *bytes, size_t size, bool affine, float *low,
			      float *high)
{
	__m128 lows[4], highs[4];

	for (size_t g = 0; g < 4; g++, bytes += 4 * size) {
		struct sixteen least = s16_load(bytes, 0);
		struct sixteen most = affine ? least : s16_magnitude(least);

		for (size_t i = 16; i < size; i += 16) {
			struct sixteen x = s16_load(bytes, i);

			if (affine)
				least = s16_min(x, least);
			most = affine ? s16_max(x, most) : s16_max_magnitude(x, most);
		}
		highs[g] = s16_fold_most(most);
		if (affine)
			lows[g] = s16_fold_least(least);
	}
	_mm_storeu_ps(high, fold_four(highs, true));
	if (affine)
		_mm_storeu_ps(low, fold_four(lows, false));
	else
		_mm_storeu_ps(low, _mm_xor_ps(_mm_loadu_ps(high), _mm_set1_ps(-0.0f)));
}

/* loss_make_steps for sixteen groups. False where a scale is out of bounds, or the nearest zero
 * point is not sure. */
static ALWAYS bool sixteen_steps(bool affine, const struct loss_law *law,
				 struct loss_groups *groups, size_t g)
{
	const struct sixteen none = s16_set(0), reach = s16_set(law->reach);
	struct sixteen least = s16_min(take(groups->least, g), none);
	struct sixteen most = s16_max(take(groups->most, g), none);
	struct sixteen scale, inverse, place, zero = none;
	unsigned bad = 0;

	if (affine)
		scale = w16_narrow(
			w16_divide(w16_sub(w16_from(most), w16_from(least)), (double)law->reach));
	else
		scale = s16_div(most, reach);
	scale = s16_or_one(scale);
	inverse = s16_div(s16_set(1), scale);
	if (affine) {
		place = s16_mul(s16_sub(none, least), inverse);
		zero = s16_nearest(place);
		bad |= s16_beyond(s16_sub(place, zero), s16_set(LOSS_SURE));
		zero = s16_min(zero, reach);
	}
	s16_store(groups->scale + g, scale);
	s16_store(groups->inverse + g, inverse);
	s16_store(groups->low + g, s16_sub(s16_set(law->low), zero));
	s16_store(groups->high + g, s16_sub(s16_set(law->high), zero));
	bad |= s16_beyond(s16_set(LOSS_LEAST_SCALE), scale);
	return (bad | s16_beyond(scale, s16_set(LOSS_MOST_SCALE))) == 0;
}

static ALWAYS bool make_steps(bool affine, const struct loss_law *law, struct loss_groups *groups,
			      size_t n)
{
	bool good = true;
	size_t g = 0;

	for (; g + 16 <= n; g += 16)
		if (!sixteen_steps(affine, law, groups, g))
			good = loss_make_steps(law, groups, g, g + 16) && good;
	return loss_make_steps(law, groups, g, n) && good;
}

static ALWAYS bool group_by(const uint8_t *bytes, size_t n, size_t size, bool affine,
			    const struct loss_law *law, struct loss_groups *groups)
{
	size_t g = 0, i = 0;

	for (; i + 4 * size <= n; i += 4 * size, g += 4)
		range_four(bytes + 4 * i, size, affine, groups->least + g, groups->most + g);
	for (; i < n; i += size, g++)
		loss_range_group(bytes + 4 * i, n - i < size ? n - i : size, affine,
				 &groups->least[g], &groups->most[g]);
	return make_steps(affine, law, groups, g);
}

static bool group(const uint8_t *bytes, size_t n, size_t size, const struct loss_law *law,
		  struct loss_groups *groups)
{
	if (law->affine)
		return group_by(bytes, n, size, true, law, groups);
	if (size == 32)
		return group_by(bytes, n, 32, false, law, groups);
	return group_by(bytes, n, size, false, law, groups);
}

/* --- Rounding -------------------------------------------------------------------------------- */

/* The steps of sixteen elements. Those of integers and floats bring what their error must be above
 * to be doubtful. */
static ALWAYS struct step take_step(const struct loss_rule *rule, struct shape shape,
				    const struct loss_steps *steps, size_t i)
{
	struct step step = { .scale = shape.each ? take(steps->scale, i)
						 : s16_set(steps->scale[i]) };

	step.inverse = shape.each ? take(steps->inverse, i) : s16_set(steps->inverse[i]);
	if (shape.clamped && shape.kind == LOSS_INTEGERS) {
		step.low = shape.each ? take(steps->low, i) : s16_set(steps->low[i]);
		step.high = shape.each ? take(steps->high, i) : s16_set(steps->high[i]);
		step.bound = s16_set(LOSS_SURE);
	} else if (shape.kind != LOSS_LEVELS) {
		float sure = shape.kind == LOSS_INTEGERS ? LOSS_SURE : rule->sure;

		step.bound = s16_mul(step.scale, s16_set(sure));
	}
	return step;
}

static ALWAYS struct sixteen clamp(const struct loss_rule *rule, struct shape shape,
				   struct sixteen place, const struct step *step)
{
	float most = shape.kind == LOSS_LEVELS ? 1 : rule->most;

	if (!shape.clamped)
		return place;
	if (shape.kind == LOSS_INTEGERS)
		return s16_min(s16_max(place, step->low), step->high);
	return s16_min(s16_max(place, s16_set(-most)), s16_set(most));
}

/* x' of sixteen elements; *doubtful where x * inverse might be rounded to another value than x /
 * scale. It shows in how far rounding went: of what is not clamped in the error itself. */
static ALWAYS struct sixteen restore(const struct loss_rule *rule, struct shape shape,
				     struct sixteen x, const struct step *step, bool divide,
				     unsigned *doubtful)
{
	bool levels = shape.kind == LOSS_LEVELS;
	struct sixteen place =
		divide && !levels ? s16_div(x, step->scale) : s16_mul(x, step->inverse);
	struct sixteen rounded, restored, bound = step->bound;

	place = clamp(rule, shape, place, step);
	if (levels)
		return s16_mul(s16_level(rule, place), step->scale);
	if (shape.kind == LOSS_INTEGERS) {
		rounded = s16_nearest(place);
	} else {
		struct sixteen lift = s16_lift(place, rule->least_bits, rule->lift);
		struct sixteen with_sign = s16_with_sign(lift, place);

		rounded = s16_sub(s16_add(place, with_sign), with_sign);
		bound = s16_mul(lift, bound);
	}
	restored = s16_mul(rounded, step->scale);
	if (!divide)
		*doubtful |= s16_beyond(
			shape.clamped ? s16_sub(rounded, place) : s16_sub(restored, x), bound);
	return restored;
}

static ALWAYS void add_squares(struct shape shape, struct sixteen x, struct sixteen restored,
			       struct running *run)
{
	struct sixteen e = s16_sub(restored, x);

	if (shape.wide) {
		struct sixteen_wide wide = w16_from(x);

		run->wide_error =
			w16_add_square(run->wide_error, w16_sub(w16_from(restored), wide));
		run->wide_original = w16_add_square(run->wide_original, wide);
	} else {
		run->error = s16_add(run->error, s16_mul(e, e));
		run->original = s16_add(run->original, s16_mul(x, x));
	}
}

/* n vectors, the steps of `per` of them each the same. */
static ALWAYS void add_vectors(const struct loss_rule *rule, struct shape shape,
			       const uint8_t *bytes, size_t n, size_t per,
			       const struct loss_steps *steps, size_t first, struct running *run)
{
	struct sixteen x[QUAD], restored[QUAD];
	struct step step[QUAD];
	unsigned doubtful = 0;

	for (size_t v = 0; v < n; v++) {
		size_t s = v / per * per;

		if (s == v)
			step[s] = take_step(rule, shape, steps,
					    first + (shape.each ? 16 * v : v / per));
		x[v] = s16_load(bytes, 16 * v);
		restored[v] = restore(rule, shape, x[v], &step[s], shape.wide, &doubtful);
	}
	if (__builtin_expect(doubtful != 0, 0))
		for (size_t v = 0; v < n; v++)
			restored[v] =
				restore(rule, shape, x[v], &step[v / per * per], true, &doubtful);
	for (size_t v = 0; v < n; v++)
		add_squares(shape, x[v], restored[v], run);
}

/* --- Sums ------------------------------------------------------------------------------------ */

static ALWAYS struct running take_sums(struct shape shape, const struct squares *squares)
{
	struct running run = { .errors = _mm256_loadu_pd(squares->errors) };

	run.originals = _mm256_loadu_pd(squares->originals);
	run.wide_error = w16_load(squares->error);
	run.wide_original = w16_load(squares->original);
	if (!shape.wide) {
		run.error = w16_narrow(run.wide_error);
		run.original = w16_narrow(run.wide_original);
	}
	return run;
}

static ALWAYS void end_span(struct shape shape, struct running *run)
{
	if (!shape.wide) {
		run->wide_error = w16_from(run->error);
		run->wide_original = w16_from(run->original);
	}
	run->errors = _mm256_add_pd(run->errors, w16_fold(run->wide_error));
	run->originals = _mm256_add_pd(run->originals, w16_fold(run->wide_original));
	run->error = run->original = s16_set(0);
	run->wide_error = run->wide_original = w16_from(run->error);
}

static ALWAYS void give_sums(struct shape shape, const struct running *run, struct squares *squares)
{
	_mm256_storeu_pd(squares->errors, run->errors);
	_mm256_storeu_pd(squares->originals, run->originals);
	w16_store(squares->error, shape.wide ? run->wide_error : w16_from(run->error));
	w16_store(squares->original, shape.wide ? run->wide_original : w16_from(run->original));
}

/* The step of element i, from `size`: see loss.h. */
static ALWAYS size_t step_of(size_t i, size_t size)
{
	return size > 1 ? i / size : i * size;
}

/* Whole quads of elements i to end, all in one span, whose steps follow every 2^shift. */
static ALWAYS size_t add_quads(const struct loss_rule *rule, struct shape shape, size_t per,
			       const uint8_t *bytes, size_t i, size_t end, unsigned shift,
			       const struct loss_steps *steps, size_t ahead, struct running *run)
{
	for (; i + 16 * QUAD <= end; i += 16 * QUAD) {
		for (size_t v = 0; v < QUAD && ahead > 0; v++)
			_mm_prefetch((const char *)bytes + 4 * i + ahead + PER_LINE * v,
				     _MM_HINT_T1);
		add_vectors(rule, shape, bytes + 4 * i, QUAD, per, steps, i >> shift, run);
	}
	return i;
}

static ALWAYS void add_shape(const struct loss_rule *rule, struct shape shape, size_t per,
			     const uint8_t *bytes, size_t n, size_t size,
			     const struct loss_steps *steps, size_t ahead, struct squares *squares)
{
	struct running run = take_sums(shape, squares);
	unsigned shift = size == 0 ? 31 : (unsigned)__builtin_ctzl(size);
	size_t at = squares->n, i = 0;

	while (i + 16 <= n) {
		size_t left = SQUARES_SPAN - (at + i) % SQUARES_SPAN;
		size_t end = n - i < left ? n : i + left;

		if (per > 0)
			i = add_quads(rule, shape, per, bytes, i, end, shift, steps, ahead, &run);
		for (; i + 16 <= end; i += 16)
			add_vectors(rule, shape, bytes + 4 * i, 1, 1, steps, step_of(i, size),
				    &run);
		if ((at + i) % SQUARES_SPAN == 0)
			end_span(shape, &run);
	}
	squares->n = at + i;
	give_sums(shape, &run, squares);
	for (; i < n; i++)
		loss_add_one(rule, bytes, i, steps, step_of(i, size), shape.wide, squares);
}

/* How many vectors of a quad have a step together; 0 where quads would be cut. */
static size_t per_step(size_t size, size_t at)
{
	if (size == 0)
		return QUAD;
	if (at % (16 * QUAD) != 0 || (size & (size - 1)) != 0)
		return 0;
	return size / 16 < QUAD ? size / 16 : QUAD;
}

static ALWAYS void add_kind(const struct loss_rule *rule, enum loss_kind kind, bool clamped,
			    const uint8_t *bytes, size_t n, size_t size,
			    const struct loss_steps *steps, size_t ahead, struct squares *squares)
{
	const struct shape shape = { kind, clamped, false, false };
	size_t per = per_step(size, squares->n);

	if (size == 1)
		add_shape(rule, (struct shape){ kind, clamped, false, true }, 1, bytes, n, 1, steps,
			  ahead, squares);
	else if (per == 4)
		add_shape(rule, shape, 4, bytes, n, size, steps, ahead, squares);
	else if (per == 2)
		add_shape(rule, shape, 2, bytes, n, size, steps, ahead, squares);
	else
		add_shape(rule, shape, 0, bytes, n, size, steps, ahead, squares);
}

static ALWAYS void add_wide(const struct loss_rule *rule, enum loss_kind kind, const uint8_t *bytes,
			    size_t n, size_t size, const struct loss_steps *steps,
			    struct squares *squares)
{
	if (size == 1)
		add_shape(rule, (struct shape){ kind, true, true, true }, 0, bytes, n, 1, steps, 0,
			  squares);
	else
		add_shape(rule, (struct shape){ kind, true, true, false }, 0, bytes, n, size, steps,
			  0, squares);
}

static void add(const struct loss_rule *rule, const uint8_t *bytes, size_t n, size_t size,
		const struct loss_steps *steps, size_t ahead, bool wide, struct squares *squares)
{
	enum loss_kind kind = rule->kind;

	if (wide && kind == LOSS_INTEGERS)
		add_wide(rule, LOSS_INTEGERS, bytes, n, size, steps, squares);
	else if (wide && kind == LOSS_FLOATS)
		add_wide(rule, LOSS_FLOATS, bytes, n, size, steps, squares);
	else if (wide)
		add_wide(rule, LOSS_LEVELS, bytes, n, size, steps, squares);
	else if (kind == LOSS_INTEGERS && rule->clamped)
		add_kind(rule, LOSS_INTEGERS, true, bytes, n, size, steps, ahead, squares);
	else if (kind == LOSS_INTEGERS)
		add_kind(rule, LOSS_INTEGERS, false, bytes, n, size, steps, ahead, squares);
	else if (kind == LOSS_FLOATS && rule->clamped)
		add_kind(rule, LOSS_FLOATS, true, bytes, n, size, steps, ahead, squares);
	else if (kind == LOSS_FLOATS)
		add_kind(rule, LOSS_FLOATS, false, bytes, n, size, steps, ahead, squares);
	else if (rule->clamped)
		add_kind(rule, LOSS_LEVELS, true, bytes, n, size, steps, ahead, squares);
	else
		add_kind(rule, LOSS_LEVELS, false, bytes, n, size, steps, ahead, squares);
}

#endif
