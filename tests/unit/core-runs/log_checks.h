/* Reading a log in a test, and looking at its series. Include behind cmocka.h. */
#ifndef LOG_CHECKS_H
#define LOG_CHECKS_H

#include "run_digest.h"

static struct grown_log grown;

static inline const struct run *read_grown(const char *name, const void *bytes, size_t len)
{
	grown_log_begin(&grown, name);
	grown_log_look(&grown, bytes, len, true);
	return grown_log_run(&grown);
}

static inline const struct run *read_grown_text(const char *name, const char *text)
{
	return read_grown(name, text, strlen(text));
}

static inline const struct series *find(const struct run *run, const char *tag)
{
	assert_non_null(run);
	for (size_t i = 0; i < run->series_count; i++)
		if (text_is(run->series[i]->tag, tag))
			return run->series[i];
	fail_msg("no series \"%s\"", tag);
	return NULL;
}

static inline double value(const struct series *series, uint64_t index)
{
	assert_true(index < series->count);
	return series_point(series, index).value;
}

#endif
