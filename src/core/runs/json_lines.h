/*
 * JSON lines: an object a line, empty lines between them or not (Stable-Baselines' progress.json,
 * many a training script; the wandb-history.jsonl and wandb-events.jsonl of W&B's format of 2020).
 * A line that is no JSON is damaged and skipped, the last one waits for its end.
 */
#ifndef RUNS_JSON_LINES_H
#define RUNS_JSON_LINES_H

#include "core/runs/log_reader.h"

extern const struct log_reader json_lines_reader;
extern const struct log_reader wandb_history_reader, wandb_events_reader;

#endif
