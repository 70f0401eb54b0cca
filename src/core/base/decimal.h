/* Decimal numbers as files write them: exact, quick, and the same in every locale. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads [+-]digits[.digits][(e|E)[+-]digits], at least one digit before or behind the point, at
 * bytes[0..len), and nothing else: no blanks, no hexadecimal, no words. `point` is the byte that
 * stands for the decimal point. The result is the double nearest to the number (ties to even);
 * beyond the range of doubles it is infinite or 0. Returns the bytes taken; 0: no number, or one of
 * more than 700 characters.
 */
size_t decimal_read(const char *bytes, size_t len, char point, double *value);

/* The words for what is no number: nan, inf, infinity, with a sign and in any case. Returns the
 * bytes taken, which are all of len, or 0. */
size_t decimal_word(const char *bytes, size_t len, double *value);

enum { DECIMAL_SIZE = 32 };

/* Writes the fewest digits that read back as the same double (of 15 to 17), NUL-terminated. Returns
 * the length; 0 when memory is exhausted. */
size_t decimal_write(char out[DECIMAL_SIZE], double value);

#endif
