/* Numbers as people read them; the same in every locale. */
#ifndef CANVAS_NUMBER_H
#define CANVAS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_SIZE 32

/* All write a NUL-terminated string to buffer and return it. Unknown (NaN where it says "not
 * known") is shown as a dash by the caller, never as 0. */
char *number_count(char buffer[NUMBER_SIZE], uint64_t count);	  /* 1,235,496 */
char *number_short(char buffer[NUMBER_SIZE], uint64_t count);	  /* three digits: 999 9.41K 1.24M 310M */
char *number_bytes(char buffer[NUMBER_SIZE], uint64_t bytes);	  /* 812 B, 4.7 MiB */
char *number_value(char buffer[NUMBER_SIZE], double value, int significant); /* -0.8413 1.6e+24 NaN */
char *number_percent(char buffer[NUMBER_SIZE], double share);	  /* 12.3 % */
char *number_decibel(char buffer[NUMBER_SIZE], double decibel);	  /* 38.1, exact for +Inf */
char *number_duration(char buffer[NUMBER_SIZE], double seconds);  /* 0.3 s, 2 min */

/* Shortest decimal that reads back as the same double (or float); for JSON and CSV. NaN, Infinity
 * and -Infinity come out as those words. */
char *number_exact(char buffer[NUMBER_SIZE], double value);
char *number_exact_f32(char buffer[NUMBER_SIZE], float value);

#endif
