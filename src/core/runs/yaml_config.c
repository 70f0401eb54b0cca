#include "core/runs/yaml_config.h"

#include <stdio.h>
#include <string.h>

#include <mtui/limits.h>

#include "core/base/decimal.h"
#include "core/runs/json_pull.h"

enum { LEVELS = 8, PATH = 512 };

struct yaml {
	struct run_log *log;
	char path[PATH];
	struct level {
		size_t indent, len; /* of the keys below, and of the path up to them */
	} levels[LEVELS];
	unsigned depth;
	char list[PATH]; /* items of the list that is being read */
	size_t list_len, list_path;
};

static struct text trim(struct text text)
{
	while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\r'))
		text.len--;
	while (text.len && *text.data == ' ') {
		text.data++;
		text.len--;
	}
	return text;
}

/* Without the quotes, and without a comment behind it. */
static struct text plain(struct text value)
{
	size_t comment = text_find(value, TEXT(" #"), 0);

	if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
	    value.data[value.len - 1] == value.data[0])
		return (struct text){ value.data + 1, value.len - 2 };
	return comment == SIZE_MAX ? value : trim((struct text){ value.data, comment });
}

static void set(struct yaml *yaml, struct text key, struct text value)
{
	double number;

	value = plain(value);
	if (value.len == 0 || text_is(value, "null") || text_is(value, "~"))
		return;
	if (decimal_read(value.data, value.len, '.', &number) == value.len ||
	    (*value.data == '.' &&
	     decimal_word(value.data + 1, value.len - 1, &number) == value.len - 1))
		log_set_number(yaml->log, LOG_CONFIG, key, value, number);
	else
		log_set_text(yaml->log, LOG_CONFIG, key, value);
}

static void end_list(struct yaml *yaml)
{
	if (yaml->list_len == 0)
		return;
	if (yaml->list_len + 1 < sizeof yaml->list)
		yaml->list[yaml->list_len++] = ']';
	log_set_text(yaml->log, LOG_CONFIG, (struct text){ yaml->path, yaml->list_path },
		     (struct text){ yaml->list, yaml->list_len });
	yaml->list_len = 0;
}

static void add_item(struct yaml *yaml, struct text item)
{
	item = plain(trim(item));
	if (yaml->list_len == 0)
		yaml->list_path = yaml->depth ? yaml->levels[yaml->depth - 1].len : 0;
	if (yaml->list_len + item.len + 4 > sizeof yaml->list)
		return;
	memcpy(yaml->list + yaml->list_len, yaml->list_len ? ", " : "[", yaml->list_len ? 2 : 1);
	yaml->list_len += yaml->list_len ? 2 : 1;
	memcpy(yaml->list + yaml->list_len, item.data, item.len);
	yaml->list_len += item.len;
}

/* A line "key: value" or "key:" at this indentation. */
static void take_key(struct yaml *yaml, size_t indent, struct text key, struct text value)
{
	size_t len;

	while (yaml->depth && yaml->levels[yaml->depth - 1].indent >= indent)
		yaml->depth--;
	len = yaml->depth ? yaml->levels[yaml->depth - 1].len : 0;
	key = plain(trim(key));
	/* W&B: the value of a key stands below it as "value", beside "desc". */
	bool wrapped = yaml->depth == 1 && text_is(key, "value");
	if (yaml->depth == 1 && text_is(key, "desc"))
		return;
	if (!wrapped) {
		if (len + key.len + 1 > sizeof yaml->path || yaml->depth == LEVELS)
			return;
		if (len)
			yaml->path[len++] = '.';
		memcpy(yaml->path + len, key.data, key.len);
		len += key.len;
	}
	if (value.len && *value.data != '#') {
		set(yaml, (struct text){ yaml->path, len }, value);
	} else if (yaml->depth < LEVELS) {
		yaml->levels[yaml->depth].indent = indent;
		yaml->levels[yaml->depth++].len = len;
	}
}

static void take_line(struct yaml *yaml, struct text line)
{
	size_t indent = 0, colon;

	while (indent < line.len && line.data[indent] == ' ')
		indent++;
	struct text rest = trim((struct text){ line.data + indent, line.len - indent });
	if (rest.len == 0 || *rest.data == '#' || text_is(rest, "---"))
		return;
	if (*rest.data == '-' && (rest.len == 1 || rest.data[1] == ' ')) {
		add_item(yaml, (struct text){ rest.data + 1, rest.len - 1 });
		return;
	}
	end_list(yaml);
	colon = text_find(rest, TEXT(": "), 0);
	if (colon == SIZE_MAX && rest.data[rest.len - 1] == ':')
		colon = rest.len - 1;
	if (colon != SIZE_MAX)
		take_key(yaml, indent, (struct text){ rest.data, colon },
			 trim((struct text){ rest.data + colon + 1, rest.len - colon - 1 }));
}

static void yaml_feed(void *state, struct run_log *log, const struct log_input *input,
		      struct log_feed *feed, struct error *err)
{
	struct yaml yaml = { .log = log };
	const char *p = (const char *)input->bytes, *end = p + input->len;

	(void)state;
	(void)err;
	while (p < end && !log->exhausted) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		take_line(&yaml, (struct text){ p, (size_t)((newline ? newline : end) - p) });
		p = newline ? newline + 1 : end;
	}
	end_list(&yaml);
	feed->done = input->len;
}

static void console_feed(void *state, struct run_log *log, const struct log_input *input,
			 struct log_feed *feed, struct error *err)
{
	const char *begin = (const char *)input->bytes, *end = begin + input->len, *p = begin;

	(void)state;
	(void)err;
	while (p < end && !log->exhausted) {
		const char *newline = memchr(p, '\n', (size_t)(end - p)), *last;
		/* A line of many MiB is not waited for. */
		if (!newline && end - p < LIMIT_LOG_LINE && !(input->end && input->settled))
			break;
		newline = newline ? newline : end;
		struct text line = { p, (size_t)(newline - p) };
		if (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		/* A carriage return writes the line anew, as progress bars do. */
		last = line.len ? memrchr(line.data, '\r', line.len) : NULL;
		if (last)
			line = (struct text){ last + 1, (size_t)(line.data + line.len - last - 1) };
		log_console_line(log, line);
		p = newline < end ? newline + 1 : end;
	}
	feed->done = (size_t)(p - begin);
}

static int yaml_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)head;
	(void)whole;
	return n && (text_is(name, "config.yaml") || text_is(name, "hparams.yaml")) ? 3 : 0;
}

static int console_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	(void)head;
	(void)whole;
	return n && text_is(name, "output.log") ? 3 : 0;
}

const struct log_reader yaml_config_reader = {
	.source = RUN_WANDB, .document = true, .beside = true, .order = 2, .probe = yaml_probe, .feed = yaml_feed,
};

const struct log_reader console_reader = {
	.source = RUN_WANDB, .last_line = true, .beside = true, .order = 2, .probe = console_probe,
	.feed = console_feed,
};
