/* Objects with "_type" in W&B's histories: histograms, images, sounds, tables. */
#ifndef RUNS_JSON_MEDIA_H
#define RUNS_JSON_MEDIA_H

#include "core/runs/log.h"

/* Adds what the object is to the log; one that says nothing mtui knows is media of another kind. */
void json_media_take(struct run_log *log, struct text tag, struct text json, int64_t step,
		     double wall);

#endif
