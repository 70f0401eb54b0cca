/* What the names of columns and keys say that they count. */
#ifndef RUNS_COLUMN_ROLE_H
#define RUNS_COLUMN_ROLE_H

#include <mtui/series.h>
#include <mtui/text.h>

/* How well a name fits a column of steps: 0 not at all, else the smaller the better. */
int column_step_rank(struct text name);

/* A column of points in time. */
bool column_is_wall(struct text name);

enum series_role column_role(struct text name);

/* Seconds since 1970 from a number of such a column (seconds, milliseconds or nanoseconds); NaN
 * where it is too small to be a date. */
double column_wall_time(double number);

/* The same from a date, "2024-01-31T12:00:00.5Z" or "2024-01-31 12:00:00+01:00"; UTC where no zone
 * is given; NaN where it is none. */
double column_date(struct text text);

#endif
