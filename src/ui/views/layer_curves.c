#include "ui/views/layer_curves.h"

#include <math.h>
#include <string.h>

#include <mtui/curve.h>
#include <mtui/metric.h>

#define NAME_LEAST 3 /* bytes; shorter names belong to everything */

static bool is_separator(char c)
{
	return c == '/' || c == '.' || c == ':' || c == '_';
}

static bool same_character(char a, char b)
{
	return a == b || (is_separator(a) && is_separator(b));
}

static bool holds(struct text tag, struct text name)
{
	for (size_t i = 0; i + name.len <= tag.len; i++) {
		size_t k = 0;

		if (i > 0 && !is_separator(tag.data[i - 1]))
			continue;
		while (k < name.len && same_character(tag.data[i + k], name.data[k]))
			k++;
		if (k == name.len && (i + k == tag.len || is_separator(tag.data[i + k])))
			return true;
	}
	return false;
}

size_t layer_curves_find(const struct runs *runs, struct text name, struct layer_curve *found,
			 size_t most)
{
	size_t n = 0;

	while (name.len && is_separator(name.data[0])) {
		name.data++;
		name.len--;
	}
	if (name.len < NAME_LEAST)
		return 0;
	for (size_t r = 0; r < runs->count; r++) {
		const struct run *run = runs->items[r];

		for (size_t i = 0; i < run->series_count; i++) {
			if (run->series[i]->role != SERIES_METRIC ||
			    !holds(run->series[i]->tag, name))
				continue;
			if (n < most)
				found[n] = (struct layer_curve){ run, run->series[i] };
			n++;
		}
	}
	return n;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

void layer_curve_bars(const struct series *series, const struct glyphs *glyphs, unsigned columns,
		      char *out, size_t size)
{
	double x[CURVE_SKETCH], mean[CURVE_SKETCH], low = INFINITY, high = -INFINITY;
	size_t n = curve_sketch(series, columns, x, mean), used = 0;

	for (size_t i = 0; i < n; i++) {
		low = fmin(low, mean[i]);
		high = fmax(high, mean[i]);
	}
	for (size_t i = 0; i < n && used + 4 < size; i++) {
		double share = high > low ? (mean[i] - low) / (high - low) : 0.5;

		used += put_utf8(out + used, glyphs->bars[1 + (int)lround(share * 7)]);
	}
	out[used] = '\0';
}

static bool has_loss(struct text tag)
{
	return text_find(tag, TEXT("loss"), 0) != SIZE_MAX;
}

const struct series *layer_curves_loss(const struct run *run)
{
	const struct series *any = NULL, *loss = NULL;

	for (size_t i = 0; i < run->series_count; i++) {
		const struct series *series = run->series[i];

		if (series->role != SERIES_METRIC)
			continue;
		any = any ? any : series;
		if (!has_loss(series->tag))
			continue;
		if (metric_validation(run, series->tag) || text_is(series->tag, "loss"))
			return series;
		loss = loss ? loss : series;
	}
	return loss ? loss : any;
}
