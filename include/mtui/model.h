/*
 * A model file, read: everything but the weights themselves.
 *
 * A reader fills a model and publishes it; from then on it never changes and any thread may read
 * it. It is counted: model_ref and model_unref. All pointers inside live as long as the model.
 */
#ifndef MTUI_MODEL_H
#define MTUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/file.h>
#include <mtui/graph.h>
#include <mtui/tensor.h>
#include <mtui/text.h>

struct metadata {
	struct text key, value;
};

/* TensorAnnotation: names of the tensors that carry scale, zero point and so on. */
struct quant_annotation {
	struct text tensor;
	const struct metadata *entries; /* SCALE_TENSOR, ZERO_POINT_TENSOR, ... */
	uint32_t n_entries;
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_PROBLEM };

enum subject_kind { SUBJECT_MODEL, SUBJECT_GRAPH, SUBJECT_NODE, SUBJECT_VALUE, SUBJECT_TENSOR };

/* An oddity that did not stop reading. */
struct notice {
	const char *rule;   /* short stable word, "raw-data-length"; static */
	struct text message; /* one sentence, through the text gate already */
	int64_t offset;	    /* in the model's file, or -1 */
	uint32_t subject;   /* index of the kind below */
	uint8_t subject_kind;
	uint8_t severity;
};

/* A file with external data, opened at most once. */
struct model_file {
	struct text location;	   /* as the model names it; "" for the model itself */
	struct file *file;	   /* NULL where it could not be opened */
	struct error error;	   /* why not */
};

struct model {
	const char *format;	   /* "onnx" */
	int64_t ir_version;
	struct text producer_name, producer_version, domain;
	int64_t model_version;
	uint64_t doc_offset, doc_len;

	const struct opset *opsets;
	const struct metadata *metadata;
	const struct quant_annotation *annotations;
	const struct op *const *ops;	   /* distinct operators, most frequent first */
	const struct graph *graphs;	   /* [0] is the main graph, always there */
	const struct node *nodes;
	const struct value *values;
	const struct type *types;
	const struct attribute *attributes;
	const struct tensor *tensors;	   /* graph by graph, in file order within each */
	const uint32_t *refs;		   /* value indices of node and graph inputs and outputs */
	const uint32_t *consumers;	   /* node indices */
	const struct model_file *files;	   /* [0] is the model itself */
	const struct notice *notices;	   /* problems first, then in file order */

	size_t n_opsets, n_metadata, n_annotations, n_ops, n_graphs, n_nodes, n_values, n_types;
	size_t n_attributes, n_tensors, n_refs, n_consumers, n_files, n_notices;
	size_t n_notices_dropped;	   /* beyond LIMIT_NOTICES */

	/* Sums over the main graph and its subgraphs. */
	uint64_t n_top_nodes;		   /* main graph alone */
	uint64_t n_all_nodes;		   /* with subgraphs, without functions */
	uint64_t n_subgraphs;
	uint64_t n_functions;
	uint64_t n_function_nodes;
	uint64_t n_initializers;	   /* with subgraphs; sparse ones not counted */
	uint64_t n_sparse;		   /* sparse initializers */
	uint64_t n_parameters;		   /* elements of float and integer tensors */
	uint64_t weight_bytes;		   /* of the same */

	struct layers *layers;		   /* built on first use: see layer.h */
	void *blocks[16];		   /* heap blocks under the arrays; freed with the model */
	size_t n_blocks;
	struct arena arena;
	_Atomic unsigned references;
};

struct model *model_ref(struct model *model);
void model_unref(struct model *model);

/* The file that holds a tensor's data; NULL where it is not there. */
const struct file *model_tensor_file(const struct model *model, const struct tensor *tensor);

/* A name for every node, tensor and graph, also the nameless: "Conv#12", "Constant#3.value",
 * "If_5.then_branch". Through the caller's buffer, raw bytes, not through the gate; returns the
 * text in the buffer or in the model. */
struct text model_node_label(const struct model *model, uint32_t node, char buffer[64]);
struct text model_tensor_label(const struct model *model, uint32_t tensor, char buffer[64]);

/* Path of a graph: "" for the main graph, "If_5.then_branch/Loop_2.body" below it, "domain::name"
 * for a function. In the caller's arena. */
struct text model_graph_path(const struct model *model, uint32_t graph, struct arena *arena);

/* The name, label or path of what a notice is about; empty for the model and for what does not
 * exist. Without data where the arena is full. */
struct text model_subject(const struct model *model, enum subject_kind kind, uint32_t subject,
			  char buffer[64], struct arena *arena);

/* Op type as people write it: "Conv", or "com.microsoft::MatMulNBits". In the caller's buffer. */
struct text model_op_label(const struct op *op, char buffer[256]);

/* Finds a value by name, looking outwards from a graph through its parents. NO_INDEX if none. */
uint32_t model_find_value(const struct model *model, uint32_t graph, struct text name);

#endif
