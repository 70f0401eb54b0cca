/*
 * JSON documents: Hugging Face's trainer_state.json, arrays of objects, objects of arrays (Keras'
 * History.history), and the single values of W&B's wandb-summary.json and wandb-metadata.json.
 *
 *   1. An array of objects is a row of rows: each object has its step and its values.
 *   2. An array of numbers is the series of its key. Its steps are the numbers of an array beside
 *      it that is called step or epoch and is as long, else 0, 1, 2 ...
 *   3. Other values are the run's summary; keys of nested objects are joined with dots.
 *
 * A document that is not complete waits: its writer is at it.
 */
#ifndef RUNS_JSON_DOCUMENT_H
#define RUNS_JSON_DOCUMENT_H

#include "core/runs/log_reader.h"

extern const struct log_reader json_document_reader, trainer_state_reader;
extern const struct log_reader wandb_summary_reader, wandb_metadata_reader;

#endif
