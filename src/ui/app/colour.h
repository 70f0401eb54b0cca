/* From 0xRRGGBB to the colours that a terminal has. */
#ifndef APP_COLOUR_H
#define APP_COLOUR_H

#include <stdint.h>

/* Nearest of the xterm palette's fixed part: the 6x6x6 cube (16..231) and the greys (232..255). */
uint8_t colour_256(uint32_t rgb);

/* Nearest of the 16 ANSI colours, as xterm shows them: 0..7 and the bright 8..15. */
uint8_t colour_16(uint32_t rgb);

#endif
