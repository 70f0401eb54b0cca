/* Whole numbers in messages, with commas: 4,000,000. */
#ifndef BASE_GROUPED_H
#define BASE_GROUPED_H

#include <stdint.h>

#define GROUPED_SIZE 28

/* Writes to buffer and returns it. */
char *grouped(char buffer[GROUPED_SIZE], uint64_t number);

#endif
