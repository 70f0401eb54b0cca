/* Reading bytes as a log, at once or as they grow, and telling whether two readings agree. */
#ifndef TEST_RUN_DIGEST_H
#define TEST_RUN_DIGEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/file.h>
#include <mtui/run.h>

#include "core/runs/run_version.h"

/* A log in memory that grows: one file, followed. */
struct grown_log {
	struct log_file *file;
	struct log_look look;
	struct run_group group;
	struct log_file *files[1];
};

static inline void grown_log_begin(struct grown_log *grown, const char *name)
{
	*grown = (struct grown_log){ .file = log_file_new(name, true) };
	grown->look.budget = (size_t)1 << 30;
	grown->files[0] = grown->file;
	grown->group = (struct run_group){
		.name = text_from(name), .path = (char *)name, .files = grown->files, .n_files = 1,
	};
}

/* One look at the bytes there are now; `settled` when no more will come. */
static inline void grown_log_look(struct grown_log *grown, const void *bytes, size_t len,
				  bool settled)
{
	struct file *file = file_wrap(bytes, len, grown->file->path);
	bool fresh;

	grown->look.settled = settled;
	do {
		log_file_look_at(grown->file, file, &grown->look);
	} while (grown->file->unread);
	if (run_group_version(&grown->group, 0, &fresh))
		run_group_mark_shown(&grown->group);
	file_close(file);
}

static inline const struct run *grown_log_run(const struct grown_log *grown)
{
	return grown->group.now;
}

static inline void grown_log_end(struct grown_log *grown)
{
	run_release(grown->group.now);
	log_file_free(grown->file);
	free(grown->look.window);
}

struct digest {
	uint64_t sum;
};

static inline void digest_bytes(struct digest *digest, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		digest->sum = (digest->sum ^ p[i]) * 1099511628211u;
	digest->sum = (digest->sum ^ len) * 1099511628211u;
}

static inline void digest_text(struct digest *digest, struct text text)
{
	digest_bytes(digest, text.data, text.len);
}

/* All NaNs are alike. */
static inline void digest_number(struct digest *digest, double number)
{
	double plain = isnan(number) ? NAN : number;

	digest_bytes(digest, &plain, sizeof plain);
}

static inline void digest_values(struct digest *digest, const struct run_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		digest_text(digest, values->items[i].key);
		digest_text(digest, values->items[i].value);
		digest_number(digest, values->items[i].number);
	}
}

static inline void digest_series(struct digest *digest, const struct series *series)
{
	digest_text(digest, series->tag);
	digest_bytes(digest, &series->role, sizeof series->role);
	for (uint64_t i = 0; i < series->count; i++) {
		struct series_point point = series_point(series, i);
		digest_bytes(digest, &point.step, sizeof point.step);
		digest_number(digest, point.wall_time);
		digest_number(digest, point.value);
	}
}

static inline void digest_tables(struct digest *digest, const struct run *run)
{
	for (size_t i = 0; i < run->histogram_count; i++) {
		digest_text(digest, run->histograms[i].tag);
		for (size_t j = 0; j < run->histograms[i].count; j++) {
			const struct run_histogram_step *step = run->histograms[i].steps[j];
			digest_bytes(digest, &step->step, sizeof step->step);
			for (uint32_t k = 0; k < step->buckets; k++) {
				digest_number(digest, step->left[k]);
				digest_number(digest, step->right[k]);
				digest_number(digest, step->counts[k]);
			}
		}
	}
	for (size_t i = 0; i < run->pr_curve_count; i++) {
		digest_text(digest, run->pr_curves[i].tag);
		for (size_t j = 0; j < run->pr_curves[i].count; j++)
			digest_bytes(digest, run->pr_curves[i].steps[j]->precision,
				     run->pr_curves[i].steps[j]->thresholds * sizeof(float));
	}
	for (size_t i = 0; i < run->text_count; i++) {
		digest_text(digest, run->texts[i].tag);
		digest_text(digest, run->texts[i].value);
	}
	for (size_t i = 0; i < run->media_count; i++) {
		digest_text(digest, run->media[i].tag);
		digest_bytes(digest, &run->media[i].bytes, sizeof run->media[i].bytes);
	}
}

/* Of all that a run says, but for how it was read. */
static inline uint64_t run_digest(const struct run *run)
{
	struct digest digest = { 14695981039346656037u };

	if (!run)
		return 0;
	for (size_t i = 0; i < run->series_count; i++)
		digest_series(&digest, run->series[i]);
	digest_tables(&digest, run);
	digest_values(&digest, &run->config);
	digest_values(&digest, &run->summary);
	digest_values(&digest, &run->hparams);
	digest_values(&digest, &run->metrics);
	digest_values(&digest, &run->info);
	for (size_t i = 0; i < run->console_count; i++)
		digest_text(&digest, run->console[i]);
	for (size_t i = 0; i < run->notice_count; i++)
		digest_text(&digest, run->notices[i]);
	for (size_t i = 0; i < run->file_count; i++) {
		digest_bytes(&digest, &run->files[i].damaged, sizeof run->files[i].damaged);
		digest_bytes(&digest, &run->files[i].records, sizeof run->files[i].records);
	}
	return digest.sum;
}

static inline uint64_t digest_at_once(const char *name, const void *bytes, size_t len)
{
	struct grown_log grown;

	grown_log_begin(&grown, name);
	grown_log_look(&grown, bytes, len, true);
	uint64_t sum = run_digest(grown_log_run(&grown));
	grown_log_end(&grown);
	return sum;
}

/* Read in two appends, with a look between, and settled at the end. */
static inline uint64_t digest_in_two(const char *name, const void *bytes, size_t len, size_t cut)
{
	struct grown_log grown;

	grown_log_begin(&grown, name);
	grown_log_look(&grown, bytes, cut, false);
	grown_log_look(&grown, bytes, len, true);
	uint64_t sum = run_digest(grown_log_run(&grown));
	grown_log_end(&grown);
	return sum;
}

#endif
