/*
 * Scopes that repeat. Every row has a hash of what its subtree is: for a node the operator, for a
 * tensor its type and shape, and of what is below it in order; names do not count. Neighbours in a
 * parent's list of scopes with equal hashes are one repeat.
 */
#include <stdlib.h>

#include <mtui/hash.h>

#include "core/structure/structure_parts.h"

struct row_facts {
	uint64_t hash;
	uint32_t nodes;
};

struct scope {
	uint64_t hash;
	uint32_t row;
};

static uint64_t hash_number(uint64_t number, uint64_t seed)
{
	return hash_bytes(&number, sizeof number, seed);
}

static uint64_t hash_row(const struct layers *layers, uint32_t row, uint64_t seed)
{
	const struct layer *layer = &layers->rows[row];
	const struct model *model = layers->model;
	uint64_t hash = hash_number(layer->kind, seed);

	if (layer->kind == LAYER_NODE) {
		const struct op *op = model->nodes[layer->item].op;

		hash = hash_bytes(op->type.data, op->type.len, hash);
		hash = hash_bytes(op->domain.data, op->domain.len, hash);
	} else if (layer->kind == LAYER_TENSOR) {
		const struct tensor *tensor = &model->tensors[layer->item];

		hash = hash_number(tensor->dtype, hash);
		hash = hash_bytes(tensor->dims, tensor->n_dims * sizeof *tensor->dims, hash);
	}
	return hash;
}

/* From the last row up: what is below a row comes behind it. */
static void fill_facts(const struct layers *layers, struct row_facts *facts, uint64_t seed)
{
	for (uint32_t row = (uint32_t)layers->n_rows; row-- > 0;) {
		facts[row].hash = hash_row(layers, row, seed);
		facts[row].nodes = layers->rows[row].kind == LAYER_NODE;
		for (uint32_t below = row + 1; below < layers->rows[row].end;
		     below = layers->rows[below].end) {
			facts[row].hash = hash_number(facts[below].hash, facts[row].hash);
			facts[row].nodes += facts[below].nodes;
		}
	}
}

static int by_hash(const void *left, const void *right)
{
	const struct scope *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->row < b->row ? -1 : 1;
}

static int by_row(const void *left, const void *right)
{
	const struct repeat *a = left, *b = right;

	return a->first_row < b->first_row ? -1 : 1;
}

struct finder {
	const struct layers *layers;
	struct structure *structure;
	const struct row_facts *facts;
	struct scope *scopes;
	uint8_t *again; /* by row: it is like an earlier one, and not looked into */
	VECTOR(struct repeat) found;
};

/* The scopes right below a row. */
static bool look_below(struct finder *f, uint32_t row)
{
	const struct layer *rows = f->layers->rows;
	size_t n = 0;

	for (uint32_t below = row + 1; below < rows[row].end; below = rows[below].end)
		if (rows[below].kind == LAYER_SCOPE && f->facts[below].nodes > 1)
			f->scopes[n++] = (struct scope){ f->facts[below].hash, below };
	if (n < 2)
		return true;
	qsort(f->scopes, n, sizeof *f->scopes, by_hash);
	for (size_t i = 0, end; i < n; i = end) {
		uint32_t first = f->scopes[i].row;

		for (end = i + 1; end < n && f->scopes[end].hash == f->scopes[i].hash; end++)
			f->again[f->scopes[end].row] = 1;
		if (end - i < 2)
			continue;
		if (!vector_reserve(&f->structure->arena, &f->found, 1))
			return false;
		f->found.items[f->found.count++] = (struct repeat){
			.first_row = first,
			.last_row = f->scopes[end - 1].row,
			.count = (uint32_t)(end - i),
			.n_nodes = f->facts[first].nodes,
			.parameters = rows[first].parameters,
		};
	}
	return true;
}

static bool look_everywhere(struct finder *f)
{
	const struct layer *rows = f->layers->rows;

	for (uint32_t row = 0; row < f->layers->n_rows;) {
		if (f->again[row]) {
			row = rows[row].end;
			continue;
		}
		if (rows[row].kind != LAYER_NODE && rows[row].kind != LAYER_TENSOR &&
		    !look_below(f, row))
			return false;
		row++;
	}
	return true;
}

bool repeats_find(const struct layers *layers, struct structure *structure)
{
	struct row_facts *facts = calloc(layers->n_rows + 1, sizeof *facts);
	struct finder f = { .layers = layers, .structure = structure, .facts = facts };
	struct repeat *repeats = NULL;

	f.scopes = calloc(layers->n_rows + 1, sizeof *f.scopes);
	f.again = calloc(layers->n_rows + 1, 1);
	if (facts && f.scopes && f.again) {
		fill_facts(layers, facts, hash_seed());
		if (look_everywhere(&f))
			repeats = arena_array(&structure->arena, f.found.count, sizeof *repeats);
	}
	for (size_t i = 0; repeats && i < f.found.count; i++)
		repeats[i] = f.found.items[i];
	if (repeats && f.found.count > 0)
		qsort(repeats, f.found.count, sizeof *repeats, by_row);
	structure->repeats = repeats;
	structure->n_repeats = f.found.count;
	vector_free(&f.found);
	free(facts);
	free(f.scopes);
	free(f.again);
	return repeats != NULL;
}
