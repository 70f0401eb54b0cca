/* The tags of training runs that belong to a layer, by name. */
#ifndef VIEWS_LAYER_CURVES_H
#define VIEWS_LAYER_CURVES_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/run.h>

#include <mtui/arena.h>

#include "ui/views/view.h"

struct layer_curve {
	const struct run *run;
	const struct series *series;
};

/* A tag belongs to a layer when it holds the layer's path, or its tensor's name, between
 * separators: "gradients/block1.conv.weight", "block1/conv/weight_0" for "block1.conv.weight". All
 * of / . : _ count as one separator, the ends of the tag too. Returns how many there are, of which
 * the first `most` are written. */
size_t layer_curves_find(const struct runs *runs, struct text name, struct layer_curve *found,
			 size_t most);

/* The same for a row of the layer tree: by its tensor's name or by its path, which is made in the
 * arena. A tag may leave out what the model was wrapped in: the name is shortened from its left
 * until one is found. Nothing belongs to the model as a whole. */
size_t layer_curves_of_row(const struct view_context *context, uint32_t row, struct arena *arena,
			   struct layer_curve *found, size_t most);

/* Its course as shares of its range, 1..255, for plot_spark. */
void layer_curve_shares(const struct series *series, uint8_t *shares, unsigned n);

/* The series as `columns` characters of the glyphs' bars: UTF-8, NUL-terminated. */
void layer_curve_bars(const struct series *series, const struct glyphs *glyphs, unsigned columns,
		      char *out, size_t size);

/* The series that says best how a run goes: a loss of training, else any loss, else the first
 * metric. NULL if there is none. */
const struct series *layer_curves_loss(const struct run *run);

#endif
