/*
 * Scopes that are alike. A scope's fingerprint runs over its nodes in order; values are numbered
 * as they are met, so two scopes agree where they are wired in the same way, whatever the names.
 */
#include <mtui/excerpt.h>

#include <stdlib.h>
#include <string.h>

#include <mtui/hash.h>

struct print {
	const struct layers *layers;
	uint32_t first, end; /* rows */
	uint64_t hash;
	uint32_t *slots; /* values met, by hash, open addressing; NO_INDEX: free */
	uint32_t *numbers;
	uint32_t mask, met;
};

static void mix(struct print *print, uint64_t number)
{
	print->hash = (print->hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
	print->hash ^= print->hash >> 29;
}

static uint32_t number_of(struct print *print, uint32_t value)
{
	uint32_t slot = (uint32_t)((value * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & print->mask;

	while (print->slots[slot] != NO_INDEX && print->slots[slot] != value)
		slot = (slot + 1) & print->mask;
	if (print->slots[slot] == NO_INDEX) {
		print->slots[slot] = value;
		print->numbers[slot] = print->met++;
	}
	return print->numbers[slot];
}

static void mix_input(struct print *print, uint32_t value)
{
	const struct model *model = print->layers->model;
	uint32_t tensor = value == NO_INDEX ? NO_INDEX : model->values[value].tensor;

	if (value == NO_INDEX) {
		mix(print, 1);
		return;
	}
	if (tensor == NO_INDEX) {
		mix(print, 2);
		mix(print, number_of(print, value));
		return;
	}
	mix(print, 3);
	mix(print, model->tensors[tensor].dtype);
	for (uint32_t i = 0; i < model->tensors[tensor].n_dims; i++)
		mix(print, (uint64_t)model->tensors[tensor].dims[i]);
}

static void mix_attribute(struct print *print, const struct attribute *attribute)
{
	uint32_t bits;

	mix(print, hash_bytes(attribute->name.data, attribute->name.len, 0));
	mix(print, attribute->kind);
	switch ((enum attribute_kind)attribute->kind) {
	case ATTRIBUTE_FLOAT:
		memcpy(&bits, &attribute->f, sizeof bits);
		mix(print, bits);
		break;
	case ATTRIBUTE_INT:
		mix(print, (uint64_t)attribute->i);
		break;
	case ATTRIBUTE_STRING:
		mix(print, hash_bytes(attribute->s.data, attribute->s.len, 0));
		break;
	case ATTRIBUTE_INTS:
		mix(print, hash_bytes(attribute->ints, attribute->count * sizeof *attribute->ints, 0));
		break;
	case ATTRIBUTE_FLOATS:
		mix(print, hash_bytes(attribute->floats,
				      attribute->count * sizeof *attribute->floats, 0));
		break;
	default:
		mix(print, attribute->count);
	}
}

static void mix_node(struct print *print, const struct node *node)
{
	const struct model *model = print->layers->model;

	mix(print, (uint64_t)(uintptr_t)node->op);
	mix(print, node->n_inputs);
	mix(print, node->n_outputs);
	for (uint32_t i = 0; i < node->n_attributes; i++)
		mix_attribute(print, &model->attributes[node->first_attribute + i]);
	for (uint32_t i = 0; i < node->n_inputs; i++)
		mix_input(print, model->refs[node->first_input + i]);
	for (uint32_t i = 0; i < node->n_outputs; i++)
		if (model->refs[node->first_output + i] != NO_INDEX)
			mix(print, number_of(print, model->refs[node->first_output + i]));
}

/* False where the scope has fewer than two nodes that do something, or memory is exhausted. */
static bool fingerprint(const struct layers *layers, uint32_t row, uint64_t *hash)
{
	const struct model *model = layers->model;
	struct print print = { .layers = layers, .first = row, .end = layers->rows[row].end };
	uint64_t refs = 0;
	uint32_t nodes = 0;
	size_t size = 16;

	for (uint32_t r = row; r < print.end; r++) {
		if (layers->rows[r].kind != LAYER_NODE)
			continue;
		refs += model->nodes[layers->rows[r].item].n_inputs;
		refs += model->nodes[layers->rows[r].item].n_outputs;
	}
	while (size < 2 * refs)
		size *= 2;
	print.mask = (uint32_t)size - 1;
	print.slots = malloc(size * sizeof *print.slots);
	print.numbers = malloc(size * sizeof *print.numbers);
	if (print.slots && print.numbers) {
		memset(print.slots, 0xff, size * sizeof *print.slots);
		for (uint32_t r = row; r < print.end; r++) {
			const struct node *node;

			if (layers->rows[r].kind != LAYER_NODE)
				continue;
			node = &model->nodes[layers->rows[r].item];
			if (text_is(node->op->type, "Constant"))
				continue;
			mix_node(&print, node);
			nodes++;
		}
	}
	free(print.slots);
	free(print.numbers);
	*hash = print.hash;
	return nodes > 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Equal when every run of digits counts as one. */
static bool same_stem(struct text a, struct text b)
{
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len) {
		if (is_digit(a.data[i]) != is_digit(b.data[j]) ||
		    (!is_digit(a.data[i]) && a.data[i] != b.data[j]))
			return false;
		if (!is_digit(a.data[i])) {
			i++;
			j++;
			continue;
		}
		while (i < a.len && is_digit(a.data[i]))
			i++;
		while (j < b.len && is_digit(b.data[j]))
			j++;
	}
	return i == a.len && j == b.len;
}

uint32_t scopes_alike(const struct layers *layers, uint32_t first, uint32_t *end)
{
	const struct layer *rows = layers->rows;
	uint32_t count = 1, next = rows[first].end;
	uint64_t wanted, found;

	*end = next;
	if (rows[first].kind != LAYER_SCOPE || rows[first].parent == NO_INDEX)
		return 1;
	for (; next < rows[rows[first].parent].end; next = rows[next].end) {
		if (rows[next].kind != LAYER_SCOPE || !same_stem(rows[first].label, rows[next].label))
			break;
		if (count == 1 && !fingerprint(layers, first, &wanted))
			break;
		if (!fingerprint(layers, next, &found) || found != wanted)
			break;
		count++;
		*end = rows[next].end;
	}
	return count;
}
