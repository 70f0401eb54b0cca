#include "core/analysis/lapack.h"

#include <dlfcn.h>
#include <string.h>

static const char *const libraries[] = { "liblapack.so.3", "libopenblas.so.0" };

static const struct routine {
	const char *name;
	size_t offset; /* of its pointer */
} routines[] = {
	{ "dsyevd_", offsetof(struct lapack, dsyevd) },
	{ "dgemm_", offsetof(struct lapack, dgemm) },	{ "dtpqrt_", offsetof(struct lapack, dtpqrt) },
	{ "dgeqrf_", offsetof(struct lapack, dgeqrf) }, { "dorgqr_", offsetof(struct lapack, dorgqr) },
	{ "dlabrd_", offsetof(struct lapack, dlabrd) }, { "dgebd2_", offsetof(struct lapack, dgebd2) },
	{ "dlasq1_", offsetof(struct lapack, dlasq1) }, { "dstev_", offsetof(struct lapack, dstev) },
};

static bool find_all(struct lapack *lapack)
{
	for (size_t i = 0; i < sizeof routines / sizeof routines[0]; i++) {
		/* ISO C knows no cast from void * to a function. */
		void *found = dlsym(lapack->library, routines[i].name);

		if (!found)
			return false;
		memcpy((char *)lapack + routines[i].offset, &found, sizeof found);
	}
	return true;
}

/* OpenBLAS adds in another order with another number of threads. */
static void ask_for_one_thread(const struct lapack *lapack)
{
	void (*set)(int) = NULL;
	void *found = dlsym(lapack->library, "openblas_set_num_threads");

	memcpy(&set, &found, sizeof found);
	if (set)
		set(1);
}

bool lapack_open(struct lapack *lapack, struct error *err)
{
	for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
		*lapack = (struct lapack){
			.library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
		};
		if (lapack->library && find_all(lapack)) {
			ask_for_one_thread(lapack);
			return true;
		}
		lapack_close(lapack);
	}
	return error_set(err, ERROR_REFUSED, -1,
			 "this needs LAPACK, which is not installed; Debian has it as liblapack3");
}

void lapack_close(struct lapack *lapack)
{
	if (lapack->library)
		dlclose(lapack->library);
	lapack->library = NULL;
}
