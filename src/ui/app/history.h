/* Where the user was: places to go back and forth between. */
#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define HISTORY_PLACES 128

struct place {
	uint32_t document, row;
};

struct history {
	struct place places[HISTORY_PLACES]; /* oldest first */
	unsigned count, at;		     /* at: the place one is in now */
};

/* A step moves the place one is in; a jump leaves it behind and makes a new one, forgetting what
 * was ahead. */
void history_step(struct history *history, struct place place);
void history_jump(struct history *history, struct place place);

/* NULL when there is nothing further that way. */
const struct place *history_back(struct history *history);
const struct place *history_forward(struct history *history);

#endif
