/*
 * What errors weigh, by channel, from a file: NumPy's .npy of float32 or float64, little-endian, of
 * any shape, or text: numbers between commas, semicolons, blanks or line ends.
 */
#ifndef MTUI_IMPORTANCE_H
#define MTUI_IMPORTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/error.h>

struct importance {
	double *weights; /* finite, >= 0, not all 0 */
	size_t n;
};

/* At most IMPORTANCE_MAX_BYTES; offsets of errors are those in the file. */
#define IMPORTANCE_MAX_BYTES (64 << 20)

bool importance_load(struct importance *importance, const char *path, struct error *err);
void importance_free(struct importance *importance);

#endif
