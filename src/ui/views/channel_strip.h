/* The ranges of all channels side by side: a picture of a struct channels. */
#ifndef VIEWS_CHANNEL_STRIP_H
#define VIEWS_CHANNEL_STRIP_H

#include <mtui/channels.h>

#include "ui/canvas/canvas.h"

#define CHANNEL_STRIP_MIN 5 /* rows below which nothing is drawn */

/* Fills the canvas: from min to max, and darker mean - std to mean + std; below the marks of what
 * stands out, then the axis. Channels share a column where there are more than columns. A cursor
 * of UINT64_MAX is not shown. */
void channel_strip_draw(struct canvas *canvas, const struct channels *channels, uint64_t cursor);

/* The first channel at column x of such a canvas, or UINT64_MAX. */
uint64_t channel_strip_at(int width, const struct channels *channels, int x);

#endif
