/*
 * config.yaml and hparams.yaml beside a log, as far as trainers write them: keys with single values,
 * nested by indentation, lists of single values. W&B's config.yaml wraps each value as "value:"
 * below its key. What is more than that is kept as the text it is.
 */
#ifndef RUNS_YAML_CONFIG_H
#define RUNS_YAML_CONFIG_H

#include "core/runs/log_reader.h"

extern const struct log_reader yaml_config_reader;

/* output.log of W&B: what the program printed, line by line. */
extern const struct log_reader console_reader;

#endif
