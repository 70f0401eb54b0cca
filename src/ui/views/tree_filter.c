#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/views/tree.h"

/* Takes the value of "key=value" at the beginning of a word; a longer one matches nothing. */
static bool take(struct text word, const char *key, char *value, size_t size)
{
	size_t len = strlen(key);

	if (word.len < len || strncasecmp(word.data, key, len) != 0)
		return false;
	snprintf(value, size, "%.*s", (int)(word.len - len < size ? word.len - len : size - 1),
		 word.data + len);
	return true;
}

bool tree_filter_parse(struct tree_filter *filter, struct text source, struct error *err)
{
	char name[PATTERN_MAX + 1];
	size_t name_len = 0;

	*filter = (struct tree_filter){ .name = NULL };
	if (source.len > PATTERN_MAX)
		return error_set(err, ERROR_USAGE, -1, "pattern: longer than %d bytes",
				 PATTERN_MAX);
	for (size_t at = 0; at < source.len;) {
		const char *start = source.data + at;
		const char *blank = memchr(start, ' ', source.len - at);
		struct text word = { start, blank ? (size_t)(blank - start) : source.len - at };
		at += word.len + 1;
		if (take(word, "op=", filter->op, sizeof filter->op) ||
		    take(word, "dtype=", filter->dtype, sizeof filter->dtype) || word.len == 0)
			continue;
		if (name_len > 0)
			name[name_len++] = ' ';
		memcpy(name + name_len, word.data, word.len);
		name_len += word.len;
	}
	if (name_len == 0)
		return true;
	filter->name = pattern_new((struct text){ name, name_len }, err);
	return filter->name != NULL;
}

void tree_filter_free(struct tree_filter *filter)
{
	if (filter->name)
		pattern_free(filter->name);
	filter->name = NULL;
}

static bool same_ignoring_case(struct text text, const char *string)
{
	size_t len = strlen(string);

	return text.len == len && (len == 0 || strncasecmp(text.data, string, len) == 0);
}

static bool match_op(const struct tree_filter *filter, const struct model *model, uint32_t node)
{
	char buffer[256];
	const struct op *op = model->nodes[node].op;

	if (same_ignoring_case(op->type, filter->op))
		return true;
	struct text label = model_op_label(op, buffer);
	return same_ignoring_case(label, filter->op) || text_glob(text_from(filter->op), label);
}

static bool match_dtype(const struct tree_filter *filter, const struct tensor *tensor)
{
	return strcasecmp(dtype_name(tensor->dtype), filter->dtype) == 0;
}

static bool has_dtype(const struct tree_filter *filter, const struct tree_rows *rows, uint32_t node)
{
	const struct layer *layers = rows->layers->rows;

	for (uint32_t child = node + 1; child < layers[node].end; child = layers[child].end) {
		if (layers[child].kind == LAYER_TENSOR &&
		    match_dtype(filter, &rows->model->tensors[layers[child].item]))
			return true;
	}
	return false;
}

bool tree_filter_match(const struct tree_filter *filter, const struct tree_rows *rows, uint32_t row)
{
	const struct layer *layer = &rows->layers->rows[row];
	const struct model *model = rows->model;
	char buffer[64];

	if (row == 0)
		return false;
	if (filter->op[0]) {
		/* A node's parameters come with it; they are hits where more is asked for. */
		if (layer->kind == LAYER_TENSOR && !filter->dtype[0] && !filter->name)
			return false;
		uint32_t node = layer->kind == LAYER_TENSOR ? layer->parent : row;
		if (rows->layers->rows[node].kind != LAYER_NODE ||
		    !match_op(filter, model, rows->layers->rows[node].item))
			return false;
	}
	if (filter->dtype[0]) {
		if (layer->kind == LAYER_TENSOR
			    ? !match_dtype(filter, &model->tensors[layer->item])
			    : layer->kind != LAYER_NODE || !has_dtype(filter, rows, row))
			return false;
	}
	return !filter->name ||
	       pattern_match(filter->name, layer_label(rows->layers, row, buffer), NULL, NULL);
}

bool tree_search_set(struct tree_search *search, struct text source, struct error *err)
{
	if (text_is(source, search->source))
		return search->pattern || source.len == 0;
	if (search->pattern)
		pattern_free(search->pattern);
	search->pattern = NULL;
	search->source[0] = '\0';
	if (source.len == 0)
		return true;
	search->pattern = pattern_new(source, err);
	if (!search->pattern)
		return false;
	memcpy(search->source, source.data, source.len);
	search->source[source.len] = '\0';
	/* A dot means something else in a regular expression. */
	search->whole_names = memchr(source.data, '/', source.len) ||
			      (source.data[0] != '~' && memchr(source.data, '.', source.len));
	return true;
}

bool tree_search_match(const struct tree_search *search, const struct tree_rows *rows, uint32_t row)
{
	const struct layer *layer = &rows->layers->rows[row];
	struct text name = { NULL, 0 };
	char buffer[64];

	if (row == 0 || !search->pattern)
		return false;
	struct text label = layer_label(rows->layers, row, buffer);
	if (pattern_match(search->pattern, label, NULL, NULL))
		return true;
	if (layer->kind == LAYER_NODE)
		name = rows->model->nodes[layer->item].name;
	else if (layer->kind == LAYER_TENSOR)
		name = rows->model->tensors[layer->item].name;
	if (name.len == 0 || name.len == label.len)
		return false;
	/* A node that stands under its scope's label is still found by its own short name. */
	if (!search->whole_names && (layer->kind != LAYER_NODE || memchr(name.data, '/', name.len)))
		return false;
	return pattern_match(search->pattern, name, NULL, NULL);
}
