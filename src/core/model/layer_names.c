#include "core/model/layer_names.h"

#include <string.h>
#include <strings.h>

/* Last words of parameter names that some exporters glue to the layer's name with '_'. */
static const char *const parameter_words[] = {
	"w",	"b",   "weight",   "weights", "bias",	   "biases",  "kernel", "gamma", "beta",
	"mean", "var", "variance", "scale",   "quantized", "running", "moving", "zero",	 "point",
};

static bool is_digits(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	}
	return true;
}

static bool is_parameter_word(struct text word)
{
	for (size_t i = 0; i < sizeof parameter_words / sizeof *parameter_words; i++) {
		const char *known = parameter_words[i];
		if (strlen(known) == word.len && strncasecmp(known, word.data, word.len) == 0)
			return true;
	}
	return false;
}

/* Cuts a name at the separator, skipping empty parts; the last part is the label. */
static void split(struct scope_path *path, struct text name, char separator, unsigned limit)
{
	const char *at = name.data;
	const char *end = name.len ? name.data + name.len : name.data;

	path->count = 0;
	path->label = (struct text){ NULL, 0 };
	while (end > at && end[-1] == separator)
		end--;
	for (;;) {
		while (at < end && *at == separator)
			at++;
		if (at == end)
			return;
		const char *stop = memchr(at, separator, (size_t)(end - at));
		if (!stop || path->count >= limit) {
			path->label = (struct text){ at, (size_t)(end - at) };
			return;
		}
		path->scopes[path->count++] = (struct text){ at, (size_t)(stop - at) };
		at = stop;
	}
}

bool scope_path_of_node(struct scope_path *path, struct text name, unsigned limit)
{
	if (name.len == 0 || !memchr(name.data, '/', name.len))
		return false;
	split(path, name, '/', limit < LIMIT_TREE_DEPTH ? limit : LIMIT_TREE_DEPTH);
	return true;
}

/* "squeeze1x1_w_0" is "squeeze1x1" and "w_0". At least one word must be a parameter's, and what
 * is left must be more than a letter ("x_scale" names no layer). */
static bool cut_stem(struct text name, struct text *stem, struct text *rest)
{
	size_t end = name.len;
	bool known = false;

	while (end > 0) {
		size_t start = end;
		while (start > 0 && name.data[start - 1] != '_')
			start--;
		struct text word = { name.data + start, end - start };
		bool is_word = is_parameter_word(word);
		/* A number before the parameter's word is the layer's: "conv_1_w_0". */
		if (!is_word && (known || !is_digits(word)))
			break;
		known |= is_word;
		if (start == 0)
			return false;
		end = start - 1;
	}
	while (end > 0 && name.data[end - 1] == '_')
		end--;
	if (!known || end < 2)
		return false;
	*stem = (struct text){ name.data, end };
	while (end < name.len && name.data[end] == '_')
		end++;
	*rest = (struct text){ name.data + end, name.len - end };
	return true;
}

/* A dot inside a number ("const_0.5") separates nothing. */
static bool starts_as_word(struct text text)
{
	return text.len > 0 && !(text.data[0] >= '0' && text.data[0] <= '9');
}

bool scope_path_of_parameter(struct scope_path *path, struct text name, unsigned limit)
{
	struct scope_path dotted;
	struct text stem, rest;

	if (name.len == 0)
		return false;
	if (limit > LIMIT_TREE_DEPTH)
		limit = LIMIT_TREE_DEPTH;
	split(path, name, '/', limit);
	split(&dotted, path->label, '.', limit - path->count);
	if (dotted.count > 0 && starts_as_word(dotted.label)) {
		for (unsigned i = 0; i < dotted.count; i++)
			path->scopes[path->count++] = dotted.scopes[i];
		path->label = dotted.label;
	}
	if (path->count < limit && cut_stem(path->label, &stem, &rest)) {
		path->scopes[path->count++] = stem;
		path->label = rest;
	}
	return path->count > 0;
}

static bool is_separator(char c)
{
	return c == '/' || c == '.' || c == '_' || c == ':';
}

bool name_within(struct text name, struct text scope, struct text *rest)
{
	bool found = false;

	if (scope.len == 0 || name.len <= scope.len)
		return false;
	for (size_t at = text_find(name, scope, 0); at != SIZE_MAX;
	     at = text_find(name, scope, at + 1)) {
		size_t after = at + scope.len;
		if (after + 1 >= name.len)
			break;
		if ((at > 0 && !is_separator(name.data[at - 1])) || !is_separator(name.data[after]))
			continue;
		*rest = (struct text){ name.data + after + 1, name.len - after - 1 };
		found = true;
	}
	return found;
}

static size_t without_number(struct text name)
{
	size_t len = name.len;

	while (len > 0 && ((name.data[len - 1] >= '0' && name.data[len - 1] <= '9') ||
			   name.data[len - 1] == '_' || name.data[len - 1] == '-'))
		len--;
	return len;
}

static bool same_word(const char *a, size_t len, struct text b)
{
	return len > 0 && len == b.len && strncasecmp(a, b.data, len) == 0;
}

bool name_repeats_op(struct text name, struct text op_type)
{
	return same_word(name.data, name.len, op_type) ||
	       same_word(name.data, without_number(name), op_type);
}

bool name_is_generic(struct text name, struct text op_type)
{
	size_t len = without_number(name);

	return len <= 2 || same_word(name.data, len, TEXT("node")) ||
	       name_repeats_op(name, op_type);
}
