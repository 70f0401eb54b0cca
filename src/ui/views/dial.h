/* The dial: what its keys make of a setting. Every row of the tree shows the error of the result. */
#ifndef VIEWS_DIAL_H
#define VIEWS_DIAL_H

#include <mtui/scheme.h>
#include <mtui/text.h>

#include "ui/views/view.h"

/*
 * Turns answer->dial by a command of the dial, from context->dial. EFFECT_PASS for other commands;
 * a setting that the scheme does not have is a message and leaves the dial.
 */
unsigned dial_command(const struct view_context *context, enum command command,
		      struct text argument, struct view_answer *answer);

/* "int4, per group of 32, affine, least MSE": the setting in words. In the buffer. */
#define DIAL_WORDS 256
char *dial_words(char words[DIAL_WORDS], const struct quant_scheme *scheme);

/* "per tensor", "per channel", "per group of 32", "blocks of 32"; "" where there are none. */
#define DIAL_GRANULARITY 32
char *dial_granularity(char words[DIAL_GRANULARITY], const struct quant_scheme *scheme);

/* "int4/g32", "int8/c": at most 10 columns. */
#define DIAL_SHORT 16
char *dial_short(char words[DIAL_SHORT], const struct quant_scheme *scheme);

#endif
