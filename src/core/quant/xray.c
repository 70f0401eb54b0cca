#include <mtui/xray.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/quant/xray_codes.h"

#define USAGE_LEVELS 65536

struct tally {
	uint64_t *usage; /* by level; NULL for wide codes */
	uint32_t levels;
	int32_t lowest; /* code of level 0 */
	double sum, squares, shift;
	bool shifted;
};

static bool stopped(const struct analysis_watch *watch, uint64_t done, uint64_t total,
		    struct error *err)
{
	if (!watch || !watch->progress || !watch->progress(watch->context, done, total))
		return false;
	error_set(err, ERROR_CANCELLED, -1, "stopped");
	return true;
}

static bool is_signed(const struct xray_codes *c)
{
	return c->weight->form != XRAY_N_BITS &&
	       dtype_traits[c->tensor->dtype].class == CLASS_SIGNED;
}

static bool is_float(const struct xray_codes *c)
{
	return dtype_traits[c->tensor->dtype].class == CLASS_FLOAT;
}

/* Sums around the first value, so that a mean far from 0 takes no digits from the deviation. */
static void count(struct tally *tally, const struct xray_codes *c, size_t n,
		  struct xray_report *report)
{
	for (size_t i = 0; i < n; i++) {
		double x = c->values[i];
		uint32_t level = (uint32_t)(c->codes[i] - tally->lowest);

		if (tally->usage && level < tally->levels)
			tally->usage[level]++;
		if (!isfinite(x))
			continue;
		if (!tally->shifted) {
			tally->shift = report->min = report->max = x;
			tally->shifted = true;
		}
		report->min = fmin(report->min, x);
		report->max = fmax(report->max, x);
		report->zero_values += x == 0;
		tally->sum += x - tally->shift;
		tally->squares += (x - tally->shift) * (x - tally->shift);
	}
}

static void describe_usage(const struct tally *tally, struct xray_report *report)
{
	report->levels = tally->usage ? tally->levels : 0;
	report->lowest = tally->lowest;
	for (uint32_t i = 0; i < report->levels; i++) {
		report->levels_used += tally->usage[i] > 0;
		report->histogram[(uint64_t)i * HISTOGRAM_BINS / tally->levels] += tally->usage[i];
	}
	if (!tally->usage || report->count == 0)
		return;
	report->low_share = (double)tally->usage[0] / (double)report->count;
	report->high_share = (double)tally->usage[tally->levels - 1] / (double)report->count;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static bool describe_scales(struct xray_codes *c, struct xray_report *report, struct error *err)
{
	float *good;
	size_t n = 0;

	report->n_scales = c->n_scales;
	report->scale_min = report->scale_max = report->scale_median = NAN;
	if (!c->scales)
		return true;
	good = malloc((size_t)c->n_scales * sizeof *good);
	if (!good)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	report->n_strip = (uint32_t)(c->n_scales < XRAY_STRIP ? c->n_scales : XRAY_STRIP);
	for (uint64_t i = 0; i < c->n_scales; i++) {
		float *strip = &report->scale_strip[i * report->n_strip / c->n_scales];

		if (!isfinite(c->scales[i]) || c->scales[i] <= 0) {
			report->bad_scales++;
			continue;
		}
		*strip = fmaxf(*strip, c->scales[i]);
		good[n++] = c->scales[i];
	}
	qsort(good, n, sizeof *good, by_value);
	if (n > 0) {
		report->scale_min = (double)good[0];
		report->scale_max = (double)good[n - 1];
		report->scale_median = (double)good[(n - 1) / 2];
	}
	free(good);
	return true;
}

static void describe_zeros(const struct xray_codes *c, struct xray_report *report)
{
	float centre = is_signed(c) || is_float(c) ? 0 : (float)(1u << (c->weight->bits - 1));

	report->n_zeros = c->n_zeros;
	for (uint64_t i = 0; i < c->n_zeros; i++) {
		float z = c->zeros[i];
		int64_t zero = isfinite(z) ? (int64_t)fmaxf(fminf(z, 4e9f), -4e9f) : 0;

		report->zero_min = i && report->zero_min < zero ? report->zero_min : zero;
		report->zero_max = i && report->zero_max > zero ? report->zero_max : zero;
		report->off_centre += z != centre;
	}
}

/* What the dial would call it. Codes that never reach the lowest one are symmetric. */
static void name_scheme(const struct xray_codes *c, struct xray_report *report)
{
	const struct xray_weight *w = c->weight;
	bool centred = c->zeros ? report->off_centre == 0 : is_signed(c) || w->form == XRAY_N_BITS;
	enum scheme_id id = SCHEME_NONE;

	for (int i = 0; i < SCHEME_COUNT; i++) {
		if (is_float(c) ? text_is(text_from(dtype_name(c->tensor->dtype)),
					  scheme_traits[i].name)
				: scheme_traits[i].family == FAMILY_INTEGER &&
					  scheme_traits[i].bits == w->bits)
			id = (enum scheme_id)i;
	}
	report->scheme = quant_scheme_default(id);
	if (id == SCHEME_NONE)
		return;
	report->scheme.granularity = w->granularity;
	report->scheme.axis = w->granularity == QUANT_PER_CHANNEL ? w->axis : -1;
	report->scheme.group = (uint16_t)(w->granularity == QUANT_PER_GROUP ? w->group : 0);
	if (!is_float(c))
		report->scheme.range = !centred		       ? RANGE_AFFINE
				       : report->low_share > 0 ? RANGE_FULL
							       : RANGE_SYMMETRIC;
	quant_scheme_settle(&report->scheme);
}

static bool walk(struct xray_codes *c, struct tally *tally, const struct analysis_watch *watch,
		 struct xray_report *report, struct error *err)
{
	for (uint64_t first = 0; first < c->count; first += XRAY_STRETCH) {
		size_t n =
			c->count - first < XRAY_STRETCH ? (size_t)(c->count - first) : XRAY_STRETCH;

		if (stopped(watch, first, c->count, err) || !xray_codes_read(c, first, n, err))
			return false;
		count(tally, c, n, report);
		report->count += n;
	}
	return true;
}

bool xray_compute(const struct model *model, const struct xray_weight *weight,
		  const struct analysis_watch *watch, struct xray_report *report, struct error *err)
{
	struct xray_codes *c = xray_codes_new(model, weight, err);
	struct tally tally = { .levels = weight->bits <= 16 ? 1u << weight->bits : 0 };
	bool ok;

	if (!c)
		return false;
	*report = (struct xray_report){ .min = NAN, .max = NAN, .mean = NAN, .std = NAN };
	if (tally.levels) {
		tally.usage = calloc(tally.levels, sizeof *tally.usage);
		if (!tally.usage) {
			xray_codes_free(c);
			return error_set(err, ERROR_MEMORY, -1, "out of memory");
		}
		tally.lowest = is_signed(c) ? -(int32_t)(tally.levels / 2) : 0;
	}
	ok = describe_scales(c, report, err) && walk(c, &tally, watch, report, err);
	if (ok) {
		double n = (double)report->count, mean = tally.sum / n;

		report->mean = tally.shift + mean;
		report->std = sqrt(fmax(tally.squares / n - mean * mean, 0));
		report->max_abs = fmax(fabs(report->min), fabs(report->max));
		describe_usage(&tally, report);
		describe_zeros(c, report);
		name_scheme(c, report);
	}
	free(tally.usage);
	xray_codes_free(c);
	return ok;
}
