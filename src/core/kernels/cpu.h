/* Which variant of the kernels runs: the best the CPU has, unless one is asked for. */
#ifndef KERNELS_CPU_H
#define KERNELS_CPU_H

#include <stdbool.h>

/* "plain", "avx2", "avx512", or "auto" for the best there is; false where the CPU or the build
 * does not have it. Call it before the first computation. */
bool kernels_select(const char *name);

/* Name of the variant in use. */
const char *kernels_name(void);

#endif
