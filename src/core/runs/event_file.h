/*
 * TensorBoard's event files (tensorflow/core/util/event.proto, lib/io/record_writer).
 *
 *   1. The file is a row of records; nothing stands before, between or behind them.
 *   2. A record: length (8 bytes), masked CRC-32C of those, data, masked CRC-32C of the data; all
 *      little-endian.
 *   3. The data is a protobuf Event: wall time, step, and one of file version, graph, summary.
 *   4. A Summary holds values: a tag and a number (TensorFlow 1, PyTorch), a histogram, an image,
 *      a sound, or a tensor whose plugin says what it is (TensorFlow 2: scalars, histograms, text,
 *      images, pr_curves, hparams). The plugin may be named in a tag's first value alone.
 *
 * Where a length's sum is wrong there is no telling where the record ends: reading goes on at the
 * next place that has a good one. Until there is one the place is looked at again, for the writer
 * may be in the middle of it, or a file system have left zeros that are filled later.
 */
#ifndef RUNS_EVENT_FILE_H
#define RUNS_EVENT_FILE_H

#include "core/runs/log_reader.h"

extern const struct log_reader event_reader;

#endif
