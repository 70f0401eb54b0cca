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

static bool ends_part(char c)
{
	return c == '/' || c == '.';
}

/* Takes away the first part of a name while at least `parts` are left behind it. */
static bool shorten(struct text *name, unsigned parts)
{
	unsigned left = 0;
	size_t first = 0;

	while (first < name->len && !ends_part(name->data[first]))
		first++;
	for (size_t i = first; i < name->len; i++)
		left += ends_part(name->data[i]) && i + 1 < name->len;
	if (left < parts)
		return false;
	name->data += first + 1;
	name->len -= first + 1;
	return true;
}

static bool is_only(const struct layers *layers, struct text label)
{
	size_t n = 0;

	for (uint32_t row = 0; row < layers->n_rows && n < 2; row++)
		n += text_equal(layers->rows[row].label, label);
	return n == 1;
}

size_t layer_curves_of_row(const struct view_context *context, uint32_t row, struct arena *arena,
			   struct layer_curve *found, size_t most)
{
	const struct layer *layer = &context->layers->rows[row];
	bool tensor = layer->kind == LAYER_TENSOR;
	struct text name;
	size_t n;

	if (!context->runs || row == 0)
		return 0;
	name = tensor ? context->model->tensors[layer->item].name
		      : layer_path(context->layers, row, arena);
	n = layer_curves_find(context->runs, name, found, most);
	while (!n && shorten(&name, 2))
		n = layer_curves_find(context->runs, name, found, most);
	if (n || tensor || !shorten(&name, 1))
		return n;
	/* One part alone, "conv", may be the name of many. */
	n = layer_curves_find(context->runs, name, found, most);
	return n && is_only(context->layers, name) ? n : 0;
}

void layer_curve_shares(const struct series *series, uint8_t *shares, unsigned n)
{
	double x[CURVE_SKETCH], mean[CURVE_SKETCH], low = INFINITY, high = -INFINITY;
	size_t found = curve_sketch(series, n, x, mean);

	for (size_t i = 0; i < found; i++) {
		low = fmin(low, mean[i]);
		high = fmax(high, mean[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		double value = found ? mean[(size_t)i * found / n] : 0;

		shares[i] = !found	 ? 0
			    : high > low ? (uint8_t)(1 + lround((value - low) / (high - low) * 254))
					 : 128;
	}
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
