#include "ui/views/channel_strip.h"

#include <math.h>
#include <string.h>

#include "ui/canvas/number.h"

#define AXIS	    10 /* columns left of the bars, the line included */
#define WIDEST_BAR  4
#define ROWS_BELOW  2 /* marks and axis */

struct strip {
	const struct channels *channels;
	uint64_t group; /* channels of a bar */
	int bars, bar_width, rows;
	double low, high;
};

/* What a bar shows of its channels; NaN where nothing is finite. */
struct bar {
	double low, high;	      /* of the values */
	double inner_low, inner_high; /* of mean - std and mean + std */
};

static bool strip_init(struct strip *strip, int width, int height, const struct channels *channels)
{
	uint64_t room = width > AXIS ? (uint64_t)(width - AXIS) : 0;
	uint64_t fit;

	*strip = (struct strip){ .channels = channels, .rows = height - ROWS_BELOW };
	if (room == 0 || channels->n == 0)
		return false;
	strip->group = (channels->n + room - 1) / room;
	strip->bars = (int)((channels->n + strip->group - 1) / strip->group);
	fit = room / channels->n;
	strip->bar_width = fit > WIDEST_BAR ? WIDEST_BAR : fit > 0 ? (int)fit : 1;
	strip->low = channels->min;
	strip->high = channels->max;
	if (!(strip->low < strip->high)) {
		strip->low -= 0.5;
		strip->high += 0.5;
	}
	return true;
}

static struct bar bar_of(const struct strip *strip, int index)
{
	const struct channels *channels = strip->channels;
	uint64_t first = (uint64_t)index * strip->group, end = first + strip->group;
	struct bar bar = { NAN, NAN, NAN, NAN };

	for (uint64_t i = first; i < end && i < channels->n; i++) {
		const struct channel *item = &channels->items[i];

		bar.low = fmin(bar.low, item->min);
		bar.high = fmax(bar.high, item->max);
		bar.inner_low = fmin(bar.inner_low, fmax(item->mean - item->std, item->min));
		bar.inner_high = fmax(bar.inner_high, fmin(item->mean + item->std, item->max));
	}
	return bar;
}

/* Halves first: the range itself may be too wide for a double. */
static int row_of(const struct strip *strip, double value)
{
	double span = strip->high / 2 - strip->low / 2;
	int row = (int)((strip->high / 2 - value / 2) / span * strip->rows);

	return row < 0 ? 0 : row >= strip->rows ? strip->rows - 1 : row;
}

static void draw_bar(const struct strip *strip, struct canvas *canvas, int index)
{
	struct bar bar = bar_of(strip, index);
	const uint32_t *shades = canvas->glyphs->shades;
	int x = AXIS + index * strip->bar_width;
	int width = strip->bar_width > 2 ? strip->bar_width - 1 : strip->bar_width;

	if (isnan(bar.low))
		return;
	for (int y = row_of(strip, bar.high); y <= row_of(strip, bar.low); y++)
		for (int k = 0; k < width; k++)
			canvas_put(canvas, x + k, y, ROLE_CHART_OTHER, shades[1]);
	for (int y = row_of(strip, bar.inner_high); y <= row_of(strip, bar.inner_low); y++)
		for (int k = 0; k < width; k++)
			canvas_put(canvas, x + k, y, ROLE_CHART, shades[4]);
}

/* The worst that stands out among a bar's channels. */
static uint32_t mark_of(const struct strip *strip, int index, enum role *role)
{
	const struct channels *channels = strip->channels;
	uint64_t first = (uint64_t)index * strip->group, end = first + strip->group;
	bool outlier = false, dead = false, constant = false, equal = false;

	for (uint64_t i = first; i < end && i < channels->n; i++) {
		const struct channel *item = &channels->items[i];

		*role = ROLE_BAD;
		if (item->nan || item->inf)
			return 'N';
		outlier |= fabs(item->score) > CHANNELS_OUTLIER;
		dead |= item->dead;
		constant |= item->constant;
		equal |= item->same_as != NO_INDEX;
	}
	*role = outlier ? ROLE_BAD : ROLE_WARNING;
	return outlier ? '!' : dead ? '0' : equal ? '=' : constant ? 'c' : ' ';
}

static void draw_marks(const struct strip *strip, struct canvas *canvas, uint64_t cursor)
{
	enum role role;

	for (int i = 0; i < strip->bars; i++) {
		int x = AXIS + i * strip->bar_width;
		uint32_t mark = mark_of(strip, i, &role);

		if (cursor / strip->group == (uint64_t)i && cursor != UINT64_MAX)
			canvas_put(canvas, x, strip->rows, ROLE_ACCENT, canvas->glyphs->arrow_up);
		else if (mark != ' ')
			canvas_put(canvas, x, strip->rows, role, mark);
	}
}

static void draw_value_axis(const struct strip *strip, struct canvas *canvas)
{
	char number[NUMBER_SIZE];

	for (int y = 0; y < strip->rows; y++)
		canvas_put(canvas, AXIS - 1, y, ROLE_BORDER, canvas->glyphs->vertical);
	if (isnan(strip->low))
		return;
	if (strip->low < 0 && strip->high > 0) {
		int zero = row_of(strip, 0);

		canvas_put(canvas, AXIS - 1, zero, ROLE_BORDER, canvas->glyphs->axis_tick);
		if (zero > 0 && zero < strip->rows - 1)
			canvas_print_right(canvas, AXIS - 2, zero, ROLE_DIM, "0");
	}
	canvas_print_right(canvas, AXIS - 2, 0, ROLE_DIM, "%s",
			   number_value(number, strip->high, 3));
	canvas_print_right(canvas, AXIS - 2, strip->rows - 1, ROLE_DIM, "%s",
			   number_value(number, strip->low, 3));
}

static void draw_channel_axis(const struct strip *strip, struct canvas *canvas)
{
	static const char *const legends[GLYPHS_COUNT] = {
		[GLYPHS_ASCII] = ". min to max  # mean+-std",
		[GLYPHS_BLOCKS] = "░ min to max  █ mean±std",
		[GLYPHS_BRAILLE] = "░ min to max  █ mean±std",
	};
	char number[NUMBER_SIZE];
	int y = strip->rows + 1, end = AXIS + strip->bars * strip->bar_width, legend;

	canvas_string(canvas, AXIS, y, ROLE_DIM, "0");
	if (strip->channels->n < 2)
		end = AXIS + 1;
	else if (end - AXIS > 2 + (int)strlen(number_count(number, strip->channels->n - 1)))
		canvas_print_right(canvas, end, y, ROLE_DIM, "%s",
				   number_count(number, strip->channels->n - 1));
	legend = canvas->width - 24;
	if (legend >= end + 2)
		canvas_string(canvas, legend, y, ROLE_DIM, legends[canvas->glyphs->level]);
	else if (end - 10 >= AXIS + 2 + 24 + 2)
		canvas_string(canvas, AXIS + (end - AXIS - 24) / 2, y, ROLE_DIM,
			      legends[canvas->glyphs->level]);
}

void channel_strip_draw(struct canvas *canvas, const struct channels *channels, uint64_t cursor)
{
	struct strip strip;

	if (canvas->height < CHANNEL_STRIP_MIN ||
	    !strip_init(&strip, canvas->width, canvas->height, channels))
		return;
	draw_value_axis(&strip, canvas);
	for (int i = 0; i < strip.bars && !isnan(strip.low); i++)
		draw_bar(&strip, canvas, i);
	draw_marks(&strip, canvas, cursor);
	draw_channel_axis(&strip, canvas);
}

uint64_t channel_strip_at(int width, const struct channels *channels, int x)
{
	struct strip strip;

	if (x < AXIS || !strip_init(&strip, width, CHANNEL_STRIP_MIN, channels) ||
	    (x - AXIS) / strip.bar_width >= strip.bars)
		return UINT64_MAX;
	return (uint64_t)((x - AXIS) / strip.bar_width) * strip.group;
}
