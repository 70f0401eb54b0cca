#include "ui/views/quant_histograms.h"

#include "ui/canvas/plot.h"

#define FEW_LEVELS 32 /* that have a tick each */

/* With one scale for all of it, what is restored lies on the levels and nowhere else. */
static bool has_few_levels(const struct quant_error *error)
{
	return error->granules <= 1 && error->levels_used > 0 && error->levels_used <= FEW_LEVELS;
}

static void draw_overlay(const struct quant_error *error, struct canvas *canvas)
{
	static const char *const captions[GLYPHS_COUNT] = {
		[GLYPHS_ASCII] = "# original · . and - reconstructed",
		[GLYPHS_BLOCKS] = "█ original · ░ and ─ reconstructed",
		[GLYPHS_BRAILLE] = "⣿ original · ⠒ reconstructed",
	};

	plot_histogram(canvas, &(struct plot_histogram){ .bins = error->original,
							 .other = error->reconstructed,
							 .n_bins = HISTOGRAM_BINS,
							 .low = error->low,
							 .high = error->high,
							 .levels = has_few_levels(error),
							 .caption = captions[canvas->glyphs->level] });
}

static void draw_errors(const struct quant_error *error, struct canvas *canvas)
{
	if (error->error_range > 0)
		plot_histogram(canvas, &(struct plot_histogram){
					       .bins = error->errors,
					       .n_bins = HISTOGRAM_BINS,
					       .low = -error->error_range,
					       .high = error->error_range,
					       .caption = "error: reconstructed − original" });
	else
		canvas_string(canvas, 0, 0, ROLE_DIM, "no errors: every value is restored");
}

void quant_histograms_draw(const struct quant_error *error, struct canvas *canvas, int y)
{
	int width = canvas->width, height = canvas->height - y, half;
	struct canvas left, right;

	if (height <= 0 || error->count == 0)
		return;
	half = width >= QUANT_HISTOGRAMS_BOTH ? (width - 2) / 2 : (height + 1) / 2;
	left = width >= QUANT_HISTOGRAMS_BOTH ? canvas_window(canvas, 0, y, half, height) :
				     canvas_window(canvas, 0, y, width, half);
	right = width >= QUANT_HISTOGRAMS_BOTH ? canvas_window(canvas, half + 2, y, width - half - 2, height) :
				      canvas_window(canvas, 0, y + half, width, height - half);
	draw_overlay(error, &left);
	draw_errors(error, &right);
}
