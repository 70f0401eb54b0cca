#include "about.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/engine.h>

static void print_layer(const char *name, int version, const char *meaning)
{
	if (version < 0)
		printf("  %-20s not on this system: %s\n", name, strerror(-version));
	else
		printf("  %-20s %s\n", name, meaning);
}

static void print_about(const struct engine_about *about)
{
	char landlock[32];

	printf("libonnx %s in a process of its own, mtui-engine; it knows\n", about->library);
	printf("  %-20" PRId64 " IR version\n", about->ir);
	for (unsigned i = 0; i < about->n_domains; i++)
		printf("  %-20" PRId64 " operator set of %s\n", about->domains[i].opset,
		       about->domains[i].name[0] ? about->domains[i].name : "ai.onnx");
	puts("confinement of mtui-engine:");
	print_layer("resource limits", about->rlimits,
		    "5 s, 1 GiB, no file written, no process started");
	snprintf(landlock, sizeof landlock, "Landlock %d", about->landlock < 0 ? 0 : about->landlock);
	print_layer(about->landlock < 0 ? "Landlock" : landlock, about->landlock,
		    about->landlock >= 4 ? "no file opened, no TCP" : "no file opened");
	print_layer("seccomp", about->seccomp, "only the system calls that computing needs");
}

void about_print_engine(void)
{
	struct engine_about about;
	struct error err;
	char *program = engine_find(&err);

	if (program && engine_ask_about(program, &about, &err))
		print_about(&about);
	else
		puts(err.message);
	free(program);
}
