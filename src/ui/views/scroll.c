#include "ui/views/scroll.h"

/* A window of no rows still has a first one. */
static uint64_t last_top(uint64_t count, uint64_t page)
{
	page = page ? page : 1;
	return count > page ? count - page : 0;
}

static uint64_t up(uint64_t position, uint64_t rows)
{
	return position > rows ? position - rows : 0;
}

static uint64_t down(uint64_t position, uint64_t rows, uint64_t last)
{
	return position >= last || rows > last - position ? last : position + rows;
}

void scroll_clamp(struct scroll *scroll, uint64_t count, uint64_t page, bool select)
{
	uint64_t last = last_top(count, page);

	if (!select) {
		if (scroll->top > last)
			scroll->top = last;
		scroll->cursor = scroll->top;
		return;
	}
	if (scroll->cursor >= count)
		scroll->cursor = count ? count - 1 : 0;
	if (page && scroll->cursor >= page && scroll->top <= scroll->cursor - page)
		scroll->top = scroll->cursor - page + 1;
	if (scroll->top > scroll->cursor)
		scroll->top = scroll->cursor;
	if (page && scroll->top > last)
		scroll->top = last;
}

bool scroll_command(struct scroll *scroll, enum command command, uint64_t count, uint64_t page,
		    bool select)
{
	/* A page keeps one line of what was there. */
	uint64_t leap = page > 2 ? page - 1 : 1;
	uint64_t last = select ? (count ? count - 1 : 0) : last_top(count, page);
	uint64_t *position = select ? &scroll->cursor : &scroll->top;

	switch (command) {
	case COMMAND_UP:
		*position = up(*position, 1);
		break;
	case COMMAND_DOWN:
		*position = down(*position, 1, last);
		break;
	case COMMAND_PAGE_UP:
		*position = up(*position, leap);
		scroll->top = select ? up(scroll->top, leap) : scroll->top;
		break;
	case COMMAND_PAGE_DOWN:
		*position = down(*position, leap, last);
		scroll->top = select ? down(scroll->top, leap, last_top(count, page)) : scroll->top;
		break;
	case COMMAND_FIRST:
		*position = 0;
		break;
	case COMMAND_LAST:
		*position = last;
		break;
	default:
		return false;
	}
	scroll_clamp(scroll, count, page, select);
	return true;
}

void scroll_marks(struct canvas *canvas, uint64_t top, uint64_t count)
{
	if (canvas->width < 1 || canvas->height < 2)
		return;
	if (top > 0)
		canvas_put(canvas, canvas->width - 1, 0, ROLE_ACCENT, canvas->glyphs->arrow_up);
	if (count > top + (uint64_t)canvas->height)
		canvas_put(canvas, canvas->width - 1, canvas->height - 1, ROLE_ACCENT,
			   canvas->glyphs->arrow_down);
}
