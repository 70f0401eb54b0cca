/* `mtui --op=[DOMAIN.]NAME[:OPSET]`: what an operator means, without a model. */
#ifndef OPERATOR_H
#define OPERATOR_H

#include "batch.h"

/* Returns the exit status; a message is on standard error then. */
int operator_run(const struct batch *batch);

#endif
