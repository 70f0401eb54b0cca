/* What is judged from the means of equal parts of a series; for the files of this room only. */
#ifndef ANALYSIS_INCIDENTS_LEVELS_H
#define ANALYSIS_INCIDENTS_LEVELS_H

#include <mtui/incidents.h>

/* False: out of memory. */
bool incidents_add(struct incidents *incidents, const struct incident *incident);

/* Adds divergence and plateau. */
bool levels_judge(struct incidents *incidents, const struct series *series);

#endif
