#include "core/runs/json_lines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mtui/limits.h>

#include "core/runs/row.h"
#include "core/runs/text_kind.h"

enum { DAMAGED_SAID = 3 };

struct json_lines {
	struct row row;
	uint64_t line;
	unsigned damaged;
	bool begun;
};

struct kind {
	const char *prefix;
	enum series_role role;
};

static const struct kind plain = { "", SERIES_METRIC };
static const struct kind events = { "system/", SERIES_SYSTEM };

static bool is_blank(struct text line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
			return false;
	return true;
}

static void say_damaged(struct json_lines *lines, struct run_log *log)
{
	log->damaged++;
	if (lines->damaged++ < DAMAGED_SAID)
		log_notice(log, "line %llu is not a JSON object", (unsigned long long)lines->line);
}

/* A line is looked at as a whole before any of it is taken. */
static void take_line(struct json_lines *lines, struct run_log *log, struct text line,
		      const struct kind *kind)
{
	struct json_pull pull;

	if (is_blank(line))
		return;
	json_pull_init(&pull, line.data, line.len);
	if (json_pull_next(&pull) != JSON_OBJECT || !json_is_good(line)) {
		say_damaged(lines, log);
		return;
	}
	json_pull_init(&pull, line.data, line.len);
	row_begin(&lines->row);
	row_take_object(&lines->row, &pull);
	row_end(&lines->row, log, false, 0, NAN, kind->prefix, kind->role);
	log->records++;
}

static bool too_long(const struct json_lines *lines, const struct log_input *input,
		     struct log_feed *feed, struct error *err)
{
	feed->stop = true;
	return error_set(err, ERROR_REFUSED, (int64_t)(input->position + feed->done),
			 "line %llu is longer than %d MiB", (unsigned long long)lines->line + 1,
			 LIMIT_LOG_LINE >> 20);
}

static void feed_lines(struct json_lines *lines, struct run_log *log, const struct log_input *input,
		       struct log_feed *feed, struct error *err, const struct kind *kind)
{
	const char *begin = (const char *)input->bytes, *end = begin + input->len, *p, *newline;

	if (!lines->begun) {
		if (!text_kind_begin(input, feed, err))
			return;
		lines->begun = true;
	}
	for (p = begin + feed->done; p < end && !log->exhausted; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			break;
		lines->line++;
		take_line(lines, log, (struct text){ p, (size_t)(newline - p) }, kind);
	}
	/* The last line may lack its end, but not its bracket. */
	struct text rest = { p, (size_t)(end - p) };
	if (p < end && input->end && input->settled && json_is_good(rest)) {
		lines->line++;
		take_line(lines, log, rest, kind);
		p = end;
	}
	feed->done = (size_t)(p - begin);
	if (end - p > LIMIT_LOG_LINE)
		too_long(lines, input, feed, err);
	else if (p < end && input->end && !is_blank(rest))
		snprintf(feed->state, sizeof feed->state, "waiting for the rest of line %llu",
			 (unsigned long long)lines->line + 1);
}

static void feed_plain(void *state, struct run_log *log, const struct log_input *input,
		       struct log_feed *feed, struct error *err)
{
	feed_lines(state, log, input, feed, err, &plain);
}

static void feed_events(void *state, struct run_log *log, const struct log_input *input,
			struct log_feed *feed, struct error *err)
{
	feed_lines(state, log, input, feed, err, &events);
}

static void json_lines_close(void *state)
{
	row_free(&((struct json_lines *)state)->row);
}

/* Whether the first line is an object of its own. */
static bool first_is_object(const uint8_t *head, size_t n, bool whole)
{
	const char *p = (const char *)head, *end = p + n, *newline;
	struct json_pull pull;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end && (*p == '\n' || *p == '\r' || *p == ' '))
		p++;
	newline = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	if (p == end || *p != '{')
		return false;
	json_pull_init(&pull, p, (size_t)((newline ? newline : end) - p));
	pull.many = true;
	json_pull_next(&pull);
	enum json_token token = json_pull_skip(&pull);
	return token == JSON_OBJECT_END || (token == JSON_TORN && !newline && !whole);
}

static int json_lines_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	bool named = log_name_ends(name, ".jsonl") || log_name_ends(name, ".ndjson");
	const uint8_t *newline = n ? memchr(head, '\n', n) : NULL;

	if (!first_is_object(head, n, whole))
		return named && n > 0 && text_kind_is_text(head, n) ? 1 : 0;
	if (named)
		return 4;
	/* Two lines at least, or it is a document that stands in one line. */
	size_t second = newline ? (size_t)(newline - head) + 1 : n;
	if (second >= n || head[second] != '{')
		return 0;
	return log_name_ends(name, ".json") || log_name_ends(name, ".log") ? 3 : 1;
}

static int history_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)head;
	(void)whole;
	return n && text_is(name, "wandb-history.jsonl") ? 7 : 0;
}

static int events_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)head;
	(void)whole;
	return n && text_is(name, "wandb-events.jsonl") ? 7 : 0;
}

const struct log_reader json_lines_reader = {
	.source = RUN_JSON_LINES,
	.last_line = true,
	.probe = json_lines_probe,
	.state_size = sizeof(struct json_lines),
	.feed = feed_plain,
	.close = json_lines_close,
};

const struct log_reader wandb_history_reader = {
	.source = RUN_WANDB,
	.last_line = true,
	.probe = history_probe,
	.state_size = sizeof(struct json_lines),
	.feed = feed_plain,
	.close = json_lines_close,
};

const struct log_reader wandb_events_reader = {
	.source = RUN_WANDB,
	.order = 1,
	.last_line = true,
	.probe = events_probe,
	.state_size = sizeof(struct json_lines),
	.feed = feed_events,
	.close = json_lines_close,
};
