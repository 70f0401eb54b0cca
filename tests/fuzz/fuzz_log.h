/*
 * What holds for every reader of logs: read in two appends (or three) a file gives what it gives
 * when it is read at once, and its version can be walked to the end.
 */
#ifndef FUZZ_LOG_H
#define FUZZ_LOG_H

#include "../unit/run_digest.h"

static inline void fuzz_log(const char *name, const uint8_t *bytes, size_t len, size_t cut)
{
	struct grown_log grown;
	uint64_t whole;

	cut = len ? cut % (len + 1) : 0;
	/* Exactly as long as they are, so that a sanitizer sees a read beyond the end. */
	uint8_t *first = malloc(cut ? cut : 1), *all = malloc(len ? len : 1);
	if (!first || !all)
		abort();
	if (len)
		memcpy(all, bytes, len);
	if (cut)
		memcpy(first, bytes, cut);
	whole = digest_at_once(name, all, len);
	grown_log_begin(&grown, name);
	grown_log_look(&grown, first, cut / 2, false);
	grown.look.now = 60; /* what was waited for is not any more */
	grown_log_look(&grown, first, cut, false);
	grown_log_look(&grown, all, len, true);
	/* Of what is read as a whole and is not good any more the last good state stays. */
	bool kept = grown.file->reader && (grown.file->reader->document || grown.file->zipped) &&
		    grown.file->offset != grown.file->size;
	if (!kept && run_digest(grown_log_run(&grown)) != whole)
		abort();
	grown_log_end(&grown);
	free(first);
	free(all);
}

#endif
