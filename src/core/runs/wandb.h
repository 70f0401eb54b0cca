/*
 * Weights & Biases: the log that a run leaves in its folder, run-ID.wandb (wandb/sdk/internal/
 * datastore.py, wandb_internal.proto).
 *
 *   1. Header, 7 bytes: ":W&B", the magic number 0xBEE1, the version 0; little-endian.
 *   2. Blocks of 32,768 bytes, counted from the file's first byte. A block's last bytes are left
 *      empty where no chunk header fits.
 *   3. A chunk: CRC-32 (zlib's, over type and data; 4 bytes), length (2), type (1), data. The type
 *      says whether it is a whole record (1) or its first (2), a middle (3) or its last part (4).
 *   4. A record is a protobuf Record: run, history, summary, config, stats, output, exit.
 *
 * Behind a chunk whose sum is wrong reading goes on at its end where a good one follows there, else
 * at the next block.
 */
#ifndef RUNS_WANDB_H
#define RUNS_WANDB_H

#include "core/runs/log_reader.h"

extern const struct log_reader wandb_reader;

#endif
