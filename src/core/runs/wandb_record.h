/* One record of a .wandb file. */
#ifndef RUNS_WANDB_RECORD_H
#define RUNS_WANDB_RECORD_H

#include "core/base/pbwire.h"
#include "core/runs/log.h"
#include "core/runs/row.h"

struct wandb_records {
	struct row history, stats;
	char *line; /* of the console, without its end so far */
	size_t line_len, line_room;
	char *scratch;
	size_t scratch_room;
};

void wandb_records_free(struct wandb_records *records);

/* False when the record is not what the format allows; then nothing of it was taken. */
bool wandb_record_take(struct wandb_records *records, struct run_log *log, const uint8_t *bytes,
		       size_t len);

#endif
