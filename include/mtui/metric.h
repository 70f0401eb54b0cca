/* What the name of a tag says about its numbers. Names are guesses: a view that acts on one says so. */
#ifndef MTUI_METRIC_H
#define MTUI_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/run.h>
#include <mtui/text.h>

/* More is better: accuracy, AUC, F1, reward and their like. For all others less is. */
bool metric_rises(struct text tag);

/* A learning rate: "lr", "learning_rate", "lr-Adam/pg1". */
bool metric_is_rate(struct text tag);

/* The part before the last '/', by which tags are grouped; empty where there is none. */
struct text metric_group(struct text tag);

/* The series that measures the same on validation data as this one does on training data:
 * val_loss for loss, test_accuracy for train_accuracy, eval/loss for train/loss. NULL if none. */
const struct series *metric_validation(const struct run *run, struct text tag);

#endif
