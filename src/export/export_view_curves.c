/* Training runs: in JSON all that their logs say, in CSV a row a point. */
#include <math.h>

#include <mtui/run.h>

#include "export/export_view.h"

/* Whether a tag is asked for. */
static bool is_wanted(const struct export_subject *subject, struct text tag)
{
	if (!subject->tags)
		return true;
	for (size_t i = 0; i < subject->n_tags; i++)
		if (text_glob(text_from(subject->tags[i]), tag))
			return true;
	return false;
}

static void put_wall(struct json_out *list, const char *key, double wall)
{
	if (isnan(wall))
		json_out_null(list, key);
	else
		json_out_number(list, key, wall);
}

/* --- CSV: a row a point ---------------------------------------------------------------------- */

static void put_points(struct records *out, const struct run *run, const struct series *series)
{
	int64_t steps[SERIES_CHUNK];
	double walls[SERIES_CHUNK], values[SERIES_CHUNK];

	for (size_t i = 0; i < series->chunk_count; i++) {
		const struct series_chunk *chunk = series->chunks[i];
		series_steps(chunk, steps);
		series_walls(chunk, walls);
		series_values(chunk, values);
		for (uint32_t j = 0; j < chunk->count; j++) {
			records_row(out);
			records_text(out, "run", run->name);
			records_text(out, "tag", series->tag);
			records_integer(out, "step", steps[j]);
			records_defined(out, "wall_time", walls[j]);
			records_number(out, "value", values[j]);
			records_row_end(out);
		}
	}
}

static void put_table(struct records *out, const struct runs *runs,
		      const struct export_subject *subject)
{
	static const char *const columns[] = { "run", "tag", "step", "wall_time", "value", NULL };

	records_table(out, "points", columns);
	for (size_t i = 0; i < runs->count; i++)
		for (size_t j = 0; j < runs->items[i]->series_count; j++)
			if (is_wanted(subject, runs->items[i]->series[j]->tag))
				put_points(out, runs->items[i], runs->items[i]->series[j]);
	records_table_end(out);
}

/* --- JSON ------------------------------------------------------------------------------------ */

enum column { COLUMN_STEPS, COLUMN_WALLS, COLUMN_VALUES };

static void put_column(struct json_out *json, const struct series *series, enum column column,
		       const char *key)
{
	int64_t steps[SERIES_CHUNK];
	double numbers[SERIES_CHUNK];

	json_out_array(json, key);
	for (size_t i = 0; i < series->chunk_count; i++) {
		const struct series_chunk *chunk = series->chunks[i];
		if (column == COLUMN_STEPS)
			series_steps(chunk, steps);
		else if (column == COLUMN_WALLS)
			series_walls(chunk, numbers);
		else
			series_values(chunk, numbers);
		for (uint32_t j = 0; j < chunk->count; j++) {
			if (column == COLUMN_STEPS)
				json_out_integer(json, NULL, steps[j]);
			else if (column == COLUMN_WALLS)
				put_wall(json, NULL, numbers[j]);
			else
				json_out_number(json, NULL, numbers[j]);
		}
	}
	json_out_end(json);
}

static void put_tags(struct records *out, const struct run *run,
		     const struct export_subject *subject)
{
	static const char *const roles[] = {
		[SERIES_METRIC] = "metric", [SERIES_AXIS] = "axis", [SERIES_SYSTEM] = "system",
	};
	struct json_out *json = records_list(out, "tags");

	for (size_t i = 0; i < run->series_count; i++) {
		const struct series *series = run->series[i];
		if (!is_wanted(subject, series->tag))
			continue;
		json_out_object(json, NULL);
		json_out_text(json, "tag", series->tag);
		json_out_string(json, "kind", "scalar");
		json_out_string(json, "role", roles[series->role]);
		put_column(json, series, COLUMN_STEPS, "steps");
		put_column(json, series, COLUMN_WALLS, "wall_times");
		put_column(json, series, COLUMN_VALUES, "values");
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_doubles(struct json_out *json, const char *key, const double *numbers, size_t count)
{
	json_out_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_out_number(json, NULL, numbers[i]);
	json_out_end(json);
}

static void put_floats(struct json_out *json, const char *key, const float *numbers, size_t count)
{
	json_out_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_out_number(json, NULL, (double)numbers[i]);
	json_out_end(json);
}

static void put_histogram(struct json_out *json, const struct run_histogram_step *step)
{
	json_out_object(json, NULL);
	json_out_integer(json, "step", step->step);
	put_wall(json, "wall_time", step->wall_time);
	if (!isnan(step->num)) {
		json_out_number(json, "min", step->min);
		json_out_number(json, "max", step->max);
		json_out_number(json, "num", step->num);
		json_out_number(json, "sum", step->sum);
		json_out_number(json, "sum_squares", step->sum_squares);
	}
	put_doubles(json, "left", step->left, step->buckets);
	put_doubles(json, "right", step->right, step->buckets);
	put_doubles(json, "counts", step->counts, step->buckets);
	json_out_end(json);
}

static void put_histograms(struct records *out, const struct run *run,
		     const struct export_subject *subject)
{
	struct json_out *json = records_list(out, "histograms");

	for (size_t i = 0; i < run->histogram_count; i++) {
		if (!is_wanted(subject, run->histograms[i].tag))
			continue;
		json_out_object(json, NULL);
		json_out_text(json, "tag", run->histograms[i].tag);
		json_out_array(json, "steps");
		for (size_t j = 0; j < run->histograms[i].count; j++)
			put_histogram(json, run->histograms[i].steps[j]);
		json_out_end(json);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_pr_curve(struct json_out *json, const struct run_pr_step *step)
{
	json_out_object(json, NULL);
	json_out_integer(json, "step", step->step);
	put_wall(json, "wall_time", step->wall_time);
	put_floats(json, "true_positives", step->true_positives, step->thresholds);
	put_floats(json, "false_positives", step->false_positives, step->thresholds);
	put_floats(json, "true_negatives", step->true_negatives, step->thresholds);
	put_floats(json, "false_negatives", step->false_negatives, step->thresholds);
	put_floats(json, "precision", step->precision, step->thresholds);
	put_floats(json, "recall", step->recall, step->thresholds);
	json_out_end(json);
}

static void put_pr_curves(struct records *out, const struct run *run,
		     const struct export_subject *subject)
{
	struct json_out *json = records_list(out, "pr_curves");

	for (size_t i = 0; i < run->pr_curve_count; i++) {
		if (!is_wanted(subject, run->pr_curves[i].tag))
			continue;
		json_out_object(json, NULL);
		json_out_text(json, "tag", run->pr_curves[i].tag);
		json_out_array(json, "steps");
		for (size_t j = 0; j < run->pr_curves[i].count; j++)
			put_pr_curve(json, run->pr_curves[i].steps[j]);
		json_out_end(json);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_value(struct json_out *json, const char *key, const struct run_value *value)
{
	if (value->is_number)
		json_out_number(json, key, value->number);
	else
		json_out_text(json, key, value->value);
}

static void put_values(struct records *out, const char *key, const struct run_values *values)
{
	struct json_out *json = records_map(out, key);

	for (size_t i = 0; i < values->count; i++) {
		json_out_map_key(json, values->items[i].key);
		put_value(json, NULL, &values->items[i]);
	}
	records_close(out, json);
}

static void put_hparams(struct records *out, const struct run *run)
{
	struct json_out *json = records_list(out, "hparams");

	for (size_t i = 0; i < run->hparams.count; i++) {
		json_out_object(json, NULL);
		json_out_text(json, "name", run->hparams.items[i].key);
		put_value(json, "value", &run->hparams.items[i]);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_metrics(struct records *out, const struct run *run)
{
	struct json_out *json = records_list(out, "hparam_metrics");

	for (size_t i = 0; i < run->metrics.count; i++)
		json_out_text(json, NULL, run->metrics.items[i].key);
	records_close(out, json);
}

static void put_texts(struct records *out, const struct run *run)
{
	struct json_out *json = records_list(out, "texts");

	for (size_t i = 0; i < run->text_count; i++) {
		json_out_object(json, NULL);
		json_out_text(json, "tag", run->texts[i].tag);
		json_out_integer(json, "step", run->texts[i].step);
		put_wall(json, "wall_time", run->texts[i].wall_time);
		json_out_text(json, "text", run->texts[i].value);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_media(struct records *out, const struct run *run)
{
	static const char *const kinds[] = {
		[RUN_IMAGE] = "image", [RUN_AUDIO] = "audio", [RUN_GRAPH] = "graph",
		[RUN_MESH] = "mesh", [RUN_OTHER] = "other",
	};
	struct json_out *json = records_list(out, "media");

	for (size_t i = 0; i < run->media_count; i++) {
		const struct run_media *media = &run->media[i];
		json_out_object(json, NULL);
		json_out_text(json, "tag", media->tag);
		json_out_string(json, "kind", kinds[media->kind]);
		json_out_integer(json, "step", media->step);
		put_wall(json, "wall_time", media->wall_time);
		json_out_count(json, "bytes", media->bytes);
		if (media->width || media->height) {
			json_out_count(json, "width", media->width);
			json_out_count(json, "height", media->height);
		}
		if (media->detail.len)
			json_out_text(json, "detail", media->detail);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_lines(struct records *out, const char *key, const struct text *lines, size_t count)
{
	struct json_out *json = records_list(out, key);

	for (size_t i = 0; i < count; i++)
		json_out_text(json, NULL, lines[i]);
	records_close(out, json);
}

static void put_files(struct records *out, const struct run *run)
{
	struct json_out *json = records_list(out, "files");

	for (size_t i = 0; i < run->file_count; i++) {
		const struct run_file *file = &run->files[i];
		json_out_object(json, NULL);
		json_out_text(json, "path", file->path);
		json_out_count(json, "bytes", file->size);
		json_out_count(json, "read", file->read);
		json_out_count(json, "records", file->records);
		json_out_count(json, "damaged", file->damaged);
		if (file->state.len)
			json_out_text(json, "state", file->state);
		json_out_end(json);
	}
	records_close(out, json);
}

static void put_run(struct records *out, const struct run *run,
		    const struct export_subject *subject)
{
	records_row(out);
	records_text(out, "name", run->name);
	records_text(out, "path", run->path);
	records_string(out, "source", run_source_name(run->source));
	if (run->exit_code >= 0)
		records_integer(out, "exit_code", run->exit_code);
	put_tags(out, run, subject);
	put_histograms(out, run, subject);
	put_pr_curves(out, run, subject);
	put_hparams(out, run);
	put_metrics(out, run);
	put_values(out, "config", &run->config);
	put_values(out, "summary", &run->summary);
	put_values(out, "info", &run->info);
	put_texts(out, run);
	put_media(out, run);
	put_lines(out, "console", run->console, run->console_count);
	put_lines(out, "notices", run->notices, run->notice_count);
	put_files(out, run);
	records_row_end(out);
}

bool export_view_curves(struct export_run *run, struct error *err)
{
	const struct runs *runs = session_runs(run->subject->session);
	static const char *const columns[] = { NULL };

	if (!runs)
		return error_set(err, ERROR_USAGE, -1, "no training runs are open: give --run=PATH");
	if (records_is_csv(&run->records)) {
		put_table(&run->records, runs, run->subject);
		return true;
	}
	records_table(&run->records, "runs", columns);
	for (size_t i = 0; i < runs->count; i++)
		put_run(&run->records, runs->items[i], run->subject);
	records_table_end(&run->records);
	return true;
}
