#include <mtui/text.h>

#include <stdint.h>

int text_compare(struct text a, struct text b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The end of the run of digits that begins at from. */
static size_t digits_end(struct text text, size_t from)
{
	while (from < text.len && is_digit(text.data[from]))
		from++;
	return from;
}

static size_t skip_zeros(struct text text, size_t from, size_t end)
{
	while (from + 1 < end && text.data[from] == '0')
		from++;
	return from;
}

int text_compare_natural(struct text a, struct text b)
{
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len) {
		if (is_digit(a.data[i]) && is_digit(b.data[j])) {
			size_t a_end = digits_end(a, i), b_end = digits_end(b, j);

			i = skip_zeros(a, i, a_end);
			j = skip_zeros(b, j, b_end);
			if (a_end - i != b_end - j)
				return a_end - i < b_end - j ? -1 : 1;

			int order = memcmp(a.data + i, b.data + j, a_end - i);

			if (order != 0)
				return order;
			i = a_end;
			j = b_end;
			continue;
		}
		unsigned char x = (unsigned char)a.data[i++], y = (unsigned char)b.data[j++];

		if (x != y)
			return x < y ? -1 : 1;
	}
	if (i < a.len || j < b.len)
		return i < a.len ? 1 : -1;
	/* Equal by value ("01" and "1"): the bytes decide, so that the order is total. */
	return text_compare(a, b);
}

size_t text_find(struct text haystack, struct text needle, size_t from)
{
	if (from > haystack.len)
		return SIZE_MAX;
	if (needle.len == 0)
		return from;
	if (haystack.len - from < needle.len)
		return SIZE_MAX;

	const char *hit =
		memmem(haystack.data + from, haystack.len - from, needle.data, needle.len);

	return hit != NULL ? (size_t)(hit - haystack.data) : SIZE_MAX;
}

/* Matches the set after '[' at *at against c and moves *at behind ']'. Without a ']' the bracket
 * is an ordinary character. */
static bool match_set(struct text pattern, size_t *at, unsigned char c)
{
	size_t i = *at;
	bool negated = i < pattern.len && (pattern.data[i] == '!' || pattern.data[i] == '^');
	bool found = false;

	if (negated)
		i++;
	for (bool first = true; i < pattern.len && (first || pattern.data[i] != ']');
	     first = false) {
		unsigned char low = (unsigned char)pattern.data[i], high = low;

		if (i + 2 < pattern.len && pattern.data[i + 1] == '-' &&
		    pattern.data[i + 2] != ']') {
			high = (unsigned char)pattern.data[i + 2];
			i += 2;
		}
		i++;
		if (c >= low && c <= high)
			found = true;
	}
	if (i >= pattern.len)
		return c == '[';
	*at = i + 1;
	return found != negated;
}

/* Matches one pattern element at *at against c and moves *at behind it. */
static bool match_one(struct text pattern, size_t *at, unsigned char c)
{
	char element = pattern.data[(*at)++];

	if (element == '?')
		return true;
	if (element == '[')
		return match_set(pattern, at, c);
	if (element == '\\' && *at < pattern.len)
		element = pattern.data[(*at)++];
	return (unsigned char)element == c;
}

bool text_glob(struct text pattern, struct text subject)
{
	size_t p = 0, s = 0;
	size_t star = SIZE_MAX, star_subject = 0;

	/* Only the last star is ever tried again: an earlier one can gain nothing from it. */
	while (s < subject.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = ++p;
			star_subject = s;
			continue;
		}
		if (p < pattern.len && match_one(pattern, &p, (unsigned char)subject.data[s])) {
			s++;
			continue;
		}
		if (star == SIZE_MAX)
			return false;
		p = star;
		s = ++star_subject;
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}
