/* mtui --check: what is wrong with the files, and an exit status for those who wait for it. */
#ifndef CHECKUP_H
#define CHECKUP_H

#include "batch.h"

/* The exit status: of the first file that could not be read; else 1 where a file has errors (with
 * --strict: or warnings); else 0. */
int checkup_run(const struct batch *batch);

/* The values of --check (NULL: without one) and --rules. */
bool checkup_parse_format(struct arguments *arguments, const char *value, struct error *err);
bool checkup_parse_rules(struct arguments *arguments, const char *value, struct error *err);

/* What --check=help prints. */
void checkup_print_help(void);

#endif
