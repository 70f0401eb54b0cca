/*
 * Nodes of one graph that bear the same name: legal to ignore, but tools that address nodes by
 * name go wrong. Every name marks a bit that its hash chooses. Only nodes whose bit was marked
 * twice, usually few, are sorted by hash; equal ones are compared.
 */
#include "core/formats/onnx.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 3, VALUES = 1 << DIGIT_BITS, FEW = 32 };
enum { BITS_PER_NODE = 8 };

struct twins {
	const uint32_t *hashes; /* of the names of the nodes of one graph; 0 for no name */
	uint64_t *once, *twice; /* bits */
	uint32_t mask;		/* of the bits' numbers */
};

/* High half: the hash's; low half: the node. */
static uint32_t digit(uint64_t key, int which)
{
	return (uint32_t)(key >> (32 + which * DIGIT_BITS)) & (VALUES - 1);
}

/* By hash, nodes in order within; sorts between the two arrays and returns where it ended. */
static uint64_t *sort(uint64_t *keys, uint64_t *other, uint32_t counts[VALUES], size_t n)
{
	for (int which = 0; which < DIGITS; which++) {
		uint32_t sum = 0;
		memset(counts, 0, VALUES * sizeof *counts);
		for (size_t i = 0; i < n; i++)
			counts[digit(keys[i], which)]++;
		for (size_t v = 0; v < VALUES; v++) {
			uint32_t here = counts[v];
			counts[v] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			other[counts[digit(keys[i], which)]++] = keys[i];
		uint64_t *swap = keys;
		keys = other;
		other = swap;
	}
	return keys;
}

static bool report(struct onnx *onnx, uint32_t graph, uint32_t a, uint32_t b)
{
	const struct node *node = &onnx->nodes.items[b];
	uint32_t first = onnx->graphs.items[graph].first_node;
	char shown[ONNX_SHOWN];
	return onnx_notice(onnx, SEVERITY_WARNING, "duplicate-node-name", (int64_t)node->offset,
			   SUBJECT_NODE, b, "nodes %u and %u have the same name \"%s\"", a - first,
			   b - first, onnx_shown(shown, node->name));
}

static bool check_sorted(struct onnx *onnx, uint32_t graph, const uint64_t *keys, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t a = (uint32_t)keys[i - 1], b = (uint32_t)keys[i];
		if (keys[i - 1] >> 32 == keys[i] >> 32 &&
		    text_equal(onnx->nodes.items[a].name, onnx->nodes.items[b].name) &&
		    !report(onnx, graph, a, b))
			return false;
	}
	return true;
}

/* Small graphs come by the hundred thousand. */
static bool check_few(struct onnx *onnx, uint32_t graph, const uint64_t *keys, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			uint32_t a = (uint32_t)keys[k], b = (uint32_t)keys[i];
			if (keys[k] >> 32 != keys[i] >> 32 ||
			    !text_equal(onnx->nodes.items[a].name, onnx->nodes.items[b].name))
				continue;
			if (!report(onnx, graph, a, b))
				return false;
			break;
		}
	return true;
}

static inline bool is_marked(const uint64_t *bits, uint32_t bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static inline void mark(uint64_t *bits, uint32_t bit)
{
	bits[bit / 64] |= (uint64_t)1 << bit % 64;
}

/* Fills in hashes and bits; returns how many nodes, at most, share their bit with another. */
static size_t mark_names(struct onnx *onnx, uint32_t graph, struct twins *twins)
{
	const struct graph *it = &onnx->graphs.items[graph];
	size_t shared = 0, size = 64;
	twins->hashes = onnx->node_hashes.items + it->first_node;
	while (size / BITS_PER_NODE < it->n_nodes)
		size *= 2;
	twins->mask = (uint32_t)(size - 1);
	memset(twins->once, 0, size / 8);
	memset(twins->twice, 0, size / 8);
	const uint32_t *hashes = twins->hashes;
	uint64_t *once = twins->once, *twice = twins->twice;
	uint32_t mask = twins->mask, n = it->n_nodes;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bit = hashes[i] >> 1 & mask;
		if (!hashes[i])
			continue;
		if (is_marked(once, bit)) {
			shared += 2;
			mark(twice, bit);
		}
		mark(once, bit);
	}
	return shared;
}

/* Looks closer at the nodes that share a bit; `most` is an upper bound of their number. */
static bool check_shared(struct onnx *onnx, uint32_t graph, const struct twins *twins, size_t most)
{
	const struct graph *it = &onnx->graphs.items[graph];
	uint64_t *keys = calloc(2 * most, sizeof *keys);
	uint32_t *counts = calloc(VALUES, sizeof *counts);
	size_t n = 0;
	bool ok = keys && counts;
	for (uint32_t i = 0; ok && i < it->n_nodes; i++) {
		uint32_t hash = twins->hashes[i];
		if (hash && is_marked(twins->twice, hash >> 1 & twins->mask))
			keys[n++] = (uint64_t)hash << 32 | (it->first_node + i);
	}
	if (!ok)
		pbwire_fail(&onnx->wire, ERROR_MEMORY, 0, "out of memory");
	else if (n <= FEW)
		ok = check_few(onnx, graph, keys, n);
	else
		ok = check_sorted(onnx, graph, sort(keys, keys + most, counts, n), n);
	free(keys);
	free(counts);
	return ok;
}

bool onnx_check_twins(struct onnx *onnx)
{
	size_t most = 0;
	for (size_t g = 0; g < onnx->graphs.count; g++)
		if (onnx->graphs.items[g].n_nodes > most)
			most = onnx->graphs.items[g].n_nodes;
	if (most < 2)
		return true;
	size_t words = 2 * most * BITS_PER_NODE / 64 + 1; /* rounded up to a power of two */
	bool ok = onnx_reserve(onnx, onnx->twin_bits, 2 * words);
	struct twins twins = { NULL, onnx->twin_bits.items,
			       ok ? onnx->twin_bits.items + words : NULL, 0 };
	for (uint32_t g = 0; ok && g < onnx->graphs.count; g++) {
		size_t shared = mark_names(onnx, g, &twins);
		ok = shared == 0 || check_shared(onnx, g, &twins, shared);
	}
	return ok;
}
