#include "core/kernels/cpu.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "core/kernels/vector.h"

/* The CPU table is an exception to "no mutable globals": every computation would carry it. */
static _Atomic(const struct kernels *) cpu_kernels;

/* Best first; NULL where this CPU cannot run it. */
static const struct kernels *variant(size_t i)
{
#if defined(__x86_64__)
	if (i == 0)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
				       __builtin_cpu_supports("avx512dq") &&
				       __builtin_cpu_supports("avx512vl") &&
				       __builtin_cpu_supports("avx512cd") ? &kernels_avx512 : NULL;
	if (i == 1)
		return __builtin_cpu_supports("avx2") ? &kernels_avx2 : NULL;
#endif
	return i == 2 ? &kernels_plain : NULL;
}

bool kernels_select(const char *name)
{
	for (size_t i = 0; i < 3; i++) {
		const struct kernels *kernels = variant(i);

		if (!kernels || (strcmp(name, "auto") != 0 && strcmp(name, kernels->name) != 0))
			continue;
		atomic_store(&cpu_kernels, kernels);
		return true;
	}
	return false;
}

const struct kernels *kernels_current(void)
{
	const struct kernels *kernels = atomic_load_explicit(&cpu_kernels, memory_order_acquire);

	if (kernels)
		return kernels;
	kernels_select("auto");
	return atomic_load(&cpu_kernels);
}

const char *kernels_name(void)
{
	return kernels_current()->name;
}
