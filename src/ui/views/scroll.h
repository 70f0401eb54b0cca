/* Position in a long list or text: which row is first, which is selected. */
#ifndef VIEWS_SCROLL_H
#define VIEWS_SCROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/canvas/canvas.h"
#include "ui/views/command.h"

struct scroll {
	uint64_t top;	 /* first row shown */
	uint64_t cursor; /* selected row; equal to top where there is no selection */
};

/* Moves for UP DOWN PAGE_UP PAGE_DOWN FIRST LAST over count rows, page of them visible; true when
 * the command was one of these. With select the cursor moves and top follows, else top moves. */
bool scroll_command(struct scroll *scroll, enum command command, uint64_t count, uint64_t page,
		    bool select);

/* Keeps top and cursor inside, and the cursor visible. */
void scroll_clamp(struct scroll *scroll, uint64_t count, uint64_t page, bool select);

/* Arrows in the corners on the right, where there is more above or below. */
void scroll_marks(struct canvas *canvas, uint64_t top, uint64_t count);

#endif
