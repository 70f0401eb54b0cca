#include <mtui/patterns.h>

#include <stdlib.h>

#include "core/structure/pattern_match.h"

static const struct {
	const char *name, *words, *becomes;
} kinds[PATTERN_COUNT] = {
#define X(id, name, words, becomes) [id] = { name, words, becomes },
	PATTERNS(X)
#undef X
};

const char *pattern_name(enum pattern_kind kind)
{
	return kinds[kind].name;
}

const char *pattern_words(enum pattern_kind kind)
{
	return kinds[kind].words;
}

const char *pattern_becomes(enum pattern_kind kind)
{
	return kinds[kind].becomes;
}

/* The larger patterns are looked for in the whole model before the smaller ones. */
static const struct {
	match_function *function;
	const char *type; /* of the operator it hangs on */
	const char *other;
} matchers[] = {
	{ match_norm, "Sqrt", NULL },
	{ match_attention, "Softmax", NULL },
	{ match_gelu_tanh, "Tanh", NULL },
	{ match_gelu, "Erf", NULL },
	{ match_silu, "Sigmoid", NULL },
	{ match_convolution, "Conv", "ConvTranspose" },
	{ match_linear, "MatMul", "Gemm" },
};

static int by_first_node(const void *left, const void *right)
{
	const struct pattern *a = left, *b = right;

	return a->nodes[0] < b->nodes[0] ? -1 : a->nodes[0] > b->nodes[0];
}

static bool look_everywhere(struct match *match, size_t which, struct error *err)
{
	const struct model *model = match->model;

	for (uint32_t node = 0; node < model->n_nodes; node++) {
		if (match->taken[node] || !(match_is(match, node, matchers[which].type) ||
					    (matchers[which].other &&
					     match_is(match, node, matchers[which].other))))
			continue;
		match_begin(match);
		if (!matchers[which].function(match, node, err))
			return false;
	}
	return true;
}

bool patterns_find(const struct model *model, struct arena *arena, struct patterns *patterns,
		   struct error *err)
{
	struct match match = { .model = model, .arena = arena };
	struct pattern *items;

	*patterns = (struct patterns){ .n = 0 };
	match.taken = calloc(model->n_nodes + 1, 1);
	if (!match.taken)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (size_t i = 0; i < sizeof matchers / sizeof *matchers; i++) {
		if (!look_everywhere(&match, i, err)) {
			free(match.taken);
			vector_free(&match.found);
			return false;
		}
	}
	free(match.taken);
	items = arena_array(arena, match.found.count, sizeof *items);
	if (!items) {
		vector_free(&match.found);
		return arena_exhausted(arena, err);
	}
	for (size_t i = 0; i < match.found.count; i++) {
		items[i] = match.found.items[i];
		patterns->counts[items[i].kind]++;
	}
	patterns->items = items;
	patterns->n = match.found.count;
	vector_free(&match.found);
	qsort(items, patterns->n, sizeof *items, by_first_node);
	return true;
}

static bool value_bytes(const struct shapes *shapes, uint32_t value, uint64_t *bytes)
{
	const struct type *type = shapes->values[value].type;
	uint64_t count = 1;

	if (!type || type->kind != TYPE_TENSOR || !type->has_shape)
		return false;
	for (uint32_t i = 0; i < type->n_dims; i++)
		if (type->dims[i].value < 0 ||
		    __builtin_mul_overflow(count, (uint64_t)type->dims[i].value, &count))
			return false;
	return dtype_traits[type->dtype].bits > 0 && dtype_bytes(type->dtype, count, bytes);
}

bool pattern_saved_bytes(const struct shapes *shapes, const struct pattern *pattern,
			 uint64_t *bytes)
{
	const struct model *model = shapes->model;

	*bytes = 0;
	for (uint32_t i = 0; i + 1 < pattern->n_nodes; i++) {
		const struct node *node = &model->nodes[pattern->nodes[i]];

		for (uint32_t j = 0; j < node->n_outputs; j++) {
			uint32_t value = model->refs[node->first_output + j];
			uint64_t more;

			if (value == NO_INDEX)
				continue;
			if (!value_bytes(shapes, value, &more) ||
			    __builtin_add_overflow(*bytes, more, bytes))
				return false;
		}
	}
	return true;
}

uint32_t pattern_row(const struct layers *layers, const struct pattern *pattern)
{
	uint32_t row = layers->row_of_node[pattern->nodes[0]];

	for (uint32_t i = 1; i < pattern->n_nodes; i++) {
		uint32_t other = layers->row_of_node[pattern->nodes[i]];

		while (row != 0 && (other < row || other >= layers->rows[row].end))
			row = layers->rows[row].parent;
	}
	return row;
}
