#include "ui/app/layout.h"

/* Inside of a frame with a border of one cell. */
static struct rect inside(struct rect frame)
{
	return (struct rect){ frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2 };
}

static int between(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct layout layout_compute(int width, int height, bool detail_focus)
{
	struct layout layout = { 0 };
	struct rect body = { 0, 1, width, height - 2 };

	if (width < LAYOUT_MIN_WIDTH || height < LAYOUT_MIN_HEIGHT) {
		layout.too_small = true;
		return layout;
	}
	layout.top = (struct rect){ 0, 0, width, 1 };
	layout.bottom = (struct rect){ 0, height - 1, width, 1 };
	layout.both = width >= LAYOUT_BOTH_PANES;
	if (layout.both) {
		int tree_width = between(width * 9 / 20, 46, 92);

		layout.tree_frame = (struct rect){ 0, 1, tree_width, body.height };
		layout.detail_frame =
			(struct rect){ tree_width, 1, width - tree_width, body.height };
	} else if (detail_focus) {
		layout.detail_frame = body;
	} else {
		layout.tree_frame = body;
	}
	if (layout.tree_frame.width)
		layout.tree = inside(layout.tree_frame);
	if (layout.detail_frame.width)
		layout.detail = inside(layout.detail_frame);
	return layout;
}
