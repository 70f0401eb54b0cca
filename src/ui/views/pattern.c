#include "ui/views/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/limits.h>

#include "ui/views/regex.h"

enum pattern_kind { PATTERN_NOTHING, PATTERN_SUBSTRING, PATTERN_GLOB, PATTERN_REGEX };

struct pattern {
	enum pattern_kind kind;
	struct regex *regex;
	size_t len;
	char source[PATTERN_MAX]; /* in lower case but for a regular expression */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

struct pattern *pattern_new(struct text source, struct error *err)
{
	struct pattern *pattern;

	if (source.len > PATTERN_MAX) {
		error_set(err, ERROR_USAGE, -1, "pattern: longer than %d bytes", PATTERN_MAX);
		return NULL;
	}
	pattern = calloc(1, sizeof *pattern);
	if (!pattern) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	pattern->len = source.len;
	for (size_t i = 0; i < source.len; i++)
		pattern->source[i] = lower(source.data[i]);
	if (source.len && source.data[0] == '~') {
		pattern->kind = source.len > 1 ? PATTERN_REGEX : PATTERN_NOTHING;
		pattern->regex = regex_new((struct text){ source.data + 1, source.len - 1 }, err);
		if (!pattern->regex) {
			free(pattern);
			return NULL;
		}
	} else if (source.len) {
		bool glob = memchr(source.data, '*', source.len) ||
			    memchr(source.data, '?', source.len);

		pattern->kind = glob ? PATTERN_GLOB : PATTERN_SUBSTRING;
	}
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	regex_free(pattern->regex);
	free(pattern);
}

static bool match_substring(const struct pattern *pattern, struct text subject, size_t *start)
{
	char first = pattern->source[0];

	for (size_t i = 0; i + pattern->len <= subject.len; i++) {
		size_t j = 1;

		if (lower(subject.data[i]) != first)
			continue;
		while (j < pattern->len && lower(subject.data[i + j]) == pattern->source[j])
			j++;
		if (j == pattern->len) {
			*start = i;
			return true;
		}
	}
	return false;
}

static bool match_glob(const struct pattern *pattern, struct text subject)
{
	char folded[LIMIT_NAME_SHOWN];

	for (size_t i = 0; i < subject.len; i++)
		folded[i] = lower(subject.data[i]);
	return text_glob((struct text){ pattern->source, pattern->len },
			 (struct text){ folded, subject.len });
}

bool pattern_match(const struct pattern *pattern, struct text subject, size_t *start, size_t *len)
{
	size_t at = 0, matched = pattern->len;
	bool hit = false;

	if (subject.len > LIMIT_NAME_SHOWN)
		subject.len = LIMIT_NAME_SHOWN;
	switch (pattern->kind) {
	case PATTERN_NOTHING:
		break;
	case PATTERN_SUBSTRING:
		hit = match_substring(pattern, subject, &at);
		break;
	case PATTERN_GLOB:
		matched = subject.len;
		hit = subject.len && match_glob(pattern, subject);
		break;
	case PATTERN_REGEX:
		hit = regex_match(pattern->regex, subject, &at, &matched);
		break;
	}
	if (hit && start)
		*start = at;
	if (hit && len)
		*len = matched;
	return hit;
}
