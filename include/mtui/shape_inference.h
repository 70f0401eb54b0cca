/*
 * Types and shapes of values worked out from the operators, without running anything.
 *
 * The rules are those of the ONNX operator specification (github.com/onnx/onnx, docs/Operators.md)
 * for every operator set, and of ONNX Runtime's own operators (docs/ContribOperators.md of
 * onnxruntime). Names of dimensions are computed with: "batch*12", "floor((height + 1)/2)".
 * Small integer tensors that shapes are computed from (Shape, Gather, Concat, ...) are followed
 * through the graph. What no rule knows stays unknown.
 */
#ifndef MTUI_SHAPE_INFERENCE_H
#define MTUI_SHAPE_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/shapes.h>
#include <mtui/text.h>

/* "batch=1": the size a named dimension has. */
struct dim_binding {
	struct text name;
	int64_t size; /* at least 0 */
};

/* A shape that the operators give and the file contradicts; the file's word stands. */
struct shape_conflict {
	uint32_t node;
	uint32_t value;
	struct text inferred; /* what the operators give: "f32 [batch, 64, ?]", raw bytes; in the
				 arena of the shapes, empty without memory */
};

#define SHAPE_CONFLICTS_KEPT 64

struct shape_inference {
	uint64_t n_conflicts; /* all of them; the first SHAPE_CONFLICTS_KEPT are below */
	struct shape_conflict conflicts[SHAPE_CONFLICTS_KEPT];
	uint64_t n_nodes;	 /* visited, calls of functions not counted */
	uint64_t n_without_rule; /* nodes of operators no rule is there for */
	bool complete;		 /* false: the work was cut at its budget */
};

/*
 * Fills in what shapes_new left open, with origin SHAPE_FROM_MTUI; call before shapes_publish. With
 * bindings (may be none) named dimensions become numbers wherever they occur. Takes time by nodes,
 * reads at most 1,024 elements of each small tensor. False only when memory is exhausted.
 */
bool shape_inference_run(struct shapes *shapes, const struct dim_binding *bindings,
			 size_t n_bindings, struct shape_inference *result, struct error *err);

/* True where a rule exists for the operator; domain "" or "ai.onnx" is ONNX's own. */
bool shape_inference_knows(struct text domain, struct text op_type);

#endif
