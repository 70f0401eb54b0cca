/*
 * What went wrong, said once where the fact is known.
 *
 * A function that can fail returns bool and takes a struct error; it leaves the error alone on
 * success. The caller adds the file's name when it prints: `mtui: NAME: byte 0xOFF: message`.
 */
#ifndef MTUI_ERROR_H
#define MTUI_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* One row a code: name, the exit status of the program when this ends it. */
#define ERROR_CODES(X)                                                                             \
	X(ERROR_NONE, 0)                                                                           \
	X(ERROR_USAGE, 2)     /* the command line, a key script, a pattern */                      \
	X(ERROR_READ, 3)      /* open, read or map failed; the message carries errno's text */     \
	X(ERROR_CHANGED, 3)   /* the file shrank or was rewritten while open */                    \
	X(ERROR_FORMAT, 4)    /* not a format mtui knows */                                        \
	X(ERROR_MALFORMED, 5) /* a known format, broken at the offset */                           \
	X(ERROR_REFUSED, 6)   /* a limit or a policy; the message names the limit */               \
	X(ERROR_MEMORY, 6)    /* out of memory */                                                  \
	X(ERROR_TERMINAL, 7)  /* no usable terminal */                                             \
	X(ERROR_EXPORT, 8)    /* the output could not be written */                                \
	X(ERROR_CANCELLED, 8) /* the user stopped it */                                            \
	X(ERROR_INTERNAL, 70) /* a bug in mtui; never the answer to a bad input */

enum error_code {
#define X(name, status) name,
	ERROR_CODES(X)
#undef X
};

struct error {
	enum error_code code;
	int64_t offset;	   /* byte in the file the message is about, or -1 */
	char message[360]; /* one line, already through the text gate, NUL-terminated */
};

/* Fills err (which may be NULL) and returns false, so that callers can `return error_set(...)`.
 * The result of the format is cut to the message's size; bytes from a file must have passed the
 * text gate before they get here. */
bool error_set(struct error *err, enum error_code code, int64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same with ": strerror(number)" appended. */
bool error_set_errno(struct error *err, enum error_code code, int64_t offset, int number,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Exit status of the program for a code (see ERROR_CODES). */
int error_exit_status(enum error_code code);

#endif
