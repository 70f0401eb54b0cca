/* The ONNX reader's frame: read everything, resolve, check, then hand the arrays to the model. */
#include "core/formats/onnx.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Sums over the main graph and its subgraphs; functions apart; training graphs not at all. */
static void add_sums(struct onnx *onnx)
{
	struct model *model = onnx->model;
	for (size_t g = 0; g < onnx->graphs.count; g++) {
		const struct graph *graph = &onnx->graphs.items[g];
		if (onnx->scopes.items[g].counted) {
			model->n_all_nodes += graph->n_nodes;
			model->n_subgraphs += graph->kind == GRAPH_SUBGRAPH;
		} else if (graph->kind == GRAPH_FUNCTION) {
			model->n_function_nodes += graph->n_nodes;
		}
	}
	model->n_top_nodes = onnx->graphs.items[0].n_nodes;
	for (size_t i = 0; i < onnx->tensors.count; i++) {
		const struct tensor *tensor = &onnx->tensors.items[i];
		bool sparse = tensor->kind == TENSOR_SPARSE;
		if (!onnx->scopes.items[tensor->graph].counted || tensor->kind == TENSOR_INDICES)
			continue;
		if (tensor->node == NO_INDEX) {
			model->n_initializers += !sparse;
			model->n_sparse += sparse;
		}
		if (dtype_is_parameter(tensor->dtype)) {
			model->n_parameters += sparse ? tensor->present : tensor->count;
			model->weight_bytes += tensor->nbytes;
		}
	}
}

static int by_count(const void *left, const void *right)
{
	const struct op *a = *(const struct op *const *)left, *b = *(const struct op *const *)right;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	int order = text_compare(a->domain, b->domain);
	return order ? order : text_compare(a->type, b->type);
}

/* Operators that are model-local functions; the most frequent operator first. */
static bool finish_ops(struct onnx *onnx)
{
	for (uint32_t g = 0; g < onnx->graphs.count; g++) {
		const struct graph *graph = &onnx->graphs.items[g];
		struct op *op;
		if (graph->kind != GRAPH_FUNCTION)
			continue;
		if (!onnx_find_op(onnx, graph->domain, graph->name, &op))
			return false;
		if (op && op->function == NO_INDEX)
			op->function = g;
	}
	if (onnx->ops.count)
		qsort(onnx->ops.items, onnx->ops.count, sizeof *onnx->ops.items, by_count);
	return true;
}

#define GIVE(model, onnx, field)                                                                   \
	((model)->field = (onnx)->field.items, (model)->n_##field = (onnx)->field.count,           \
	 (model)->blocks[(model)->n_blocks++] = onnx_own((onnx), (onnx)->field.items),             \
	 (onnx)->field.items = NULL)

static void give_arrays(struct onnx *onnx)
{
	struct model *model = onnx->model;
	GIVE(model, onnx, graphs);
	GIVE(model, onnx, nodes);
	GIVE(model, onnx, values);
	GIVE(model, onnx, types);
	GIVE(model, onnx, attributes);
	GIVE(model, onnx, tensors);
	GIVE(model, onnx, refs);
	GIVE(model, onnx, consumers);
	GIVE(model, onnx, files);
	GIVE(model, onnx, notices);
	GIVE(model, onnx, opsets);
	GIVE(model, onnx, metadata);
	GIVE(model, onnx, annotations);
	model->blocks[model->n_blocks++] = onnx_own(onnx, onnx->ops.items);
	model->ops = (const struct op *const *)onnx->ops.items;
	model->n_ops = onnx->ops.count;
	onnx->ops.items = NULL;
}

static void free_scratch(struct onnx *onnx)
{
	for (int i = 0; i < DRAFT_COUNT; i++)
		ONNX_FREE(onnx, onnx->drafts[i].runs);
	ONNX_FREE(onnx, onnx->scopes);
	ONNX_FREE(onnx, onnx->extents);
	ONNX_FREE(onnx, onnx->infos);
	ONNX_FREE(onnx, onnx->quants);
	ONNX_FREE(onnx, onnx->tensor_offsets);
	ONNX_FREE(onnx, onnx->node_hashes);
	ONNX_FREE(onnx, onnx->op_slots);
	ONNX_FREE(onnx, onnx->op_keys);
	ONNX_FREE(onnx, onnx->outputs);
	ONNX_FREE(onnx, onnx->floats);
	ONNX_FREE(onnx, onnx->ints);
	ONNX_FREE(onnx, onnx->strings);
	ONNX_FREE(onnx, onnx->parts);
	ONNX_FREE(onnx, onnx->type_parts);
	ONNX_FREE(onnx, onnx->next_type_parts);
	ONNX_FREE(onnx, onnx->sparse_parts);
	ONNX_FREE(onnx, onnx->dims);
	ONNX_FREE(onnx, onnx->attribute_runs);
	ONNX_FREE(onnx, onnx->literal_runs);
	ONNX_FREE(onnx, onnx->literals);
	ONNX_FREE(onnx, onnx->entries);
	ONNX_FREE(onnx, onnx->twin_bits);
	onnx_names_free(onnx);
	pbwire_free(&onnx->wire);
}

static bool read_all(struct onnx *onnx)
{
	if (!onnx_names_init(onnx) || !onnx_read_model(onnx) || !onnx_read_graphs(onnx) ||
	    !finish_ops(onnx) || !onnx_resolve(onnx) || !onnx_check_order(onnx) ||
	    !onnx_check_twins(onnx) || !onnx_check_external(onnx) || !onnx_check_model(onnx))
		return false;
	onnx_sort_notices(onnx);
	add_sums(onnx);
	return true;
}

/* Bytes that fail before anything of a model was seen are rather not a model at all; what fails
 * while somebody writes it may be whole in a minute. */
static void judge_failure(const struct onnx *onnx)
{
	struct error *err = onnx->err;
	char message[sizeof err->message];
	if (!err || err->code != ERROR_MALFORMED)
		return;
	memcpy(message, err->message, sizeof message);
	if (onnx->known_fields == 0 && err->offset <= 1)
		error_set(err, ERROR_FORMAT, err->offset, "not an ONNX model: %s", message);
	else if (onnx->files.count && file_is_growing(onnx->files.items[0].file))
		error_set(err, ERROR_MALFORMED, err->offset, "%s (still growing)", message);
}

/* Takes the file, also on failure: it becomes the model's first one. */
struct model *onnx_open(struct file *file, struct error *err)
{
	struct onnx *onnx = calloc(1, sizeof *onnx);
	struct model *model = calloc(1, sizeof *model);
	bool ok;
	if (!onnx || !model) {
		free(onnx);
		free(model);
		file_close(file);
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	arena_init(&model->arena, limit_index_memory());
	atomic_init(&model->references, 1);
	model->format = "onnx";
	onnx->model = model;
	onnx->arena = &model->arena;
	onnx->err = err;
	ok = pbwire_init(&onnx->wire, file, err);
	if (ok && !ONNX_ROOM(onnx, onnx->files))
		ok = false;
	if (ok)
		onnx->files.items[onnx->files.count++] = (struct model_file){ .file = file };
	else
		file_close(file);
	onnx->ahead_from = ONNX_AHEAD_FROM;
	ok = ok && read_all(onnx);
	onnx_ahead_end(onnx);
	if (!ok)
		judge_failure(onnx);
	give_arrays(onnx);
	free_scratch(onnx);
	free(onnx);
	if (ok)
		return model;
	model_unref(model);
	return NULL;
}
