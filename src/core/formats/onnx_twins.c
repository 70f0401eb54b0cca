/*
 * Nodes of one graph that bear the same name: legal to ignore, but tools that address nodes by
 * name go wrong. The names' hashes are sorted, which costs no table; equal ones are compared.
 */
#include "core/formats/onnx.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 3, VALUES = 1 << DIGIT_BITS, FEW = 32 };

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

static bool check_graph(struct onnx *onnx, uint32_t graph, uint64_t *keys, uint64_t *other,
			uint32_t counts[VALUES])
{
	const struct graph *it = &onnx->graphs.items[graph];
	size_t n = 0;
	for (uint32_t k = it->first_node; k < it->first_node + it->n_nodes; k++) {
		struct text name = onnx->nodes.items[k].name;
		if (name.len)
			keys[n++] =
				hash_bytes(name.data, name.len, onnx->names.seed) >> 32 << 32 | k;
	}
	if (n <= FEW)
		return check_few(onnx, graph, keys, n);
	keys = sort(keys, other, counts, n);
	for (size_t i = 1; i < n; i++) {
		uint32_t a = (uint32_t)keys[i - 1], b = (uint32_t)keys[i];
		if (keys[i - 1] >> 32 == keys[i] >> 32 &&
		    text_equal(onnx->nodes.items[a].name, onnx->nodes.items[b].name) &&
		    !report(onnx, graph, a, b))
			return false;
	}
	return true;
}

bool onnx_check_twins(struct onnx *onnx)
{
	size_t most = 0;
	for (size_t g = 0; g < onnx->graphs.count; g++)
		if (onnx->graphs.items[g].n_nodes > most)
			most = onnx->graphs.items[g].n_nodes;
	if (most < 2)
		return true;
	uint64_t *keys = calloc(2 * most, sizeof *keys);
	uint32_t *counts = calloc(VALUES, sizeof *counts);
	bool ok = keys && counts;
	if (!ok)
		pbwire_fail(&onnx->wire, ERROR_MEMORY, 0, "out of memory");
	for (uint32_t g = 0; ok && g < onnx->graphs.count; g++)
		ok = check_graph(onnx, g, keys, keys + most, counts);
	free(keys);
	free(counts);
	return ok;
}
