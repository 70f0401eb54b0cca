#include "export/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <mtui/gate.h>

#include "export/export.h"

#define PROGRESS_DELAY	  200
#define PROGRESS_INTERVAL 100

static int64_t progress_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, bool wanted, struct output *output)
{
	*progress = (struct progress){ .wanted = wanted && isatty(STDERR_FILENO),
				       .watched = output_is_watched(output) ? output : NULL };
	if (progress->wanted || progress->watched)
		progress->begin = progress_now();
}

bool progress_update(struct progress *progress, uint64_t done, uint64_t total, struct text name)
{
	char shown[256];
	int64_t now;

	if (!progress->wanted && !progress->watched)
		return false;
	now = progress_now();
	if (now - progress->begin < PROGRESS_DELAY || now - progress->last < PROGRESS_INTERVAL)
		return progress->watched && output_failed(progress->watched);
	progress->last = now;
	if (progress->watched)
		return output_ask_watch(progress->watched, done, total);
	progress->shown = true;
	gate_text(GATE_ASCII, shown, sizeof shown, 50, name);
	fprintf(stderr, "\r\033[K%3" PRIu64 " %%  %s", total ? done * UINT64_C(100) / total : 0,
		shown);
	fflush(stderr);
	return false;
}

void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->shown = false;
}
