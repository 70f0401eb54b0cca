#include "ui/app/history.h"

#include <string.h>

static bool same_place(struct place a, struct place b)
{
	return a.document == b.document && a.row == b.row;
}

void history_step(struct history *history, struct place place)
{
	if (!history->count)
		history->count = 1;
	history->places[history->at] = place;
}

void history_jump(struct history *history, struct place place)
{
	if (!history->count) {
		history_step(history, place);
		return;
	}
	if (same_place(history->places[history->at], place))
		return;
	if (history->at + 1 == HISTORY_PLACES) {
		memmove(history->places, history->places + 1,
			(HISTORY_PLACES - 1) * sizeof history->places[0]);
		history->at--;
	}
	history->places[++history->at] = place;
	history->count = history->at + 1;
}

const struct place *history_back(struct history *history)
{
	return history->at > 0 ? &history->places[--history->at] : NULL;
}

const struct place *history_forward(struct history *history)
{
	return history->at + 1 < history->count ? &history->places[++history->at] : NULL;
}
