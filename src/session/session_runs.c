/* The training runs of a session: one set of logs, and the version of it that is shown. */
#include "session/state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool session_open_runs(struct session *session, const char *const *paths, size_t n,
		       const struct run_options *options, double seconds, struct error *err)
{
	session->run_set = run_open(paths, n, options, err);
	if (!session->run_set)
		return false;
	run_refresh(session->run_set, seconds);
	session->runs = run_version(session->run_set);
	return true;
}

bool session_run_failure(const struct session *session, size_t path, struct error *err)
{
	return session->run_set && run_failure(session->run_set, path, err);
}

bool session_runs_hold(const struct session *session)
{
	for (size_t i = 0; session->runs && i < session->runs->count; i++) {
		const struct run *run = session->runs->items[i];

		for (size_t j = 0; j < run->file_count; j++)
			if (run->series_count || run->files[j].records || run->summary.count)
				return true;
	}
	return false;
}

const struct runs *session_runs(const struct session *session)
{
	return session->runs;
}

bool session_refresh_runs(struct session *session, double seconds)
{
	if (!session->run_set || !run_refresh(session->run_set, seconds))
		return false;
	runs_release(session->runs);
	session->runs = run_version(session->run_set);
	return true;
}

int session_runs_fd(const struct session *session)
{
	return session->run_set ? run_wake_fd(session->run_set) : -1;
}

bool session_runs_unread(const struct session *session)
{
	return session->run_set && run_unread(session->run_set);
}

static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

const char *session_checkpoint(struct session *session, const struct run *run, int64_t step,
			       int64_t *saved)
{
	struct checkpoints *checkpoints = &session->checkpoints;
	const struct checkpoint *best = NULL;
	char *folder = strndup(run->path.data, run->path.len), *slash;
	struct stat status;

	if (!folder)
		return NULL;
	slash = strrchr(folder, '/');
	if (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode)) {
		if (slash)
			*slash = '\0';
		else
			strcpy(folder, ".");
	}
	checkpoints_look(checkpoints, folder, job_clock());
	free(folder);
	for (size_t i = 0; i < checkpoints->count; i++)
		if (!best || distance(checkpoints->items[i].step, step) < distance(best->step, step))
			best = checkpoints->items + i;
	if (!best)
		return NULL;
	*saved = best->step;
	return best->name;
}

void runs_close(struct session *session)
{
	checkpoints_free(&session->checkpoints);
	if (session->runs)
		runs_release(session->runs);
	if (session->run_set)
		run_close(session->run_set);
	session->runs = NULL;
	session->run_set = NULL;
}
