/*
 * The cost of a model, added up for people: by node, by operator type, by row of the tree of
 * layers, and with the weights as a quantization scheme would store them.
 *
 * Names of dimensions that nobody gave a size count as 1; the sheet says which. Once made it never
 * changes, and any thread may read it.
 */
#ifndef MTUI_COST_SHEET_H
#define MTUI_COST_SHEET_H

#include <mtui/cost.h>
#include <mtui/layer.h>
#include <mtui/scheme.h>

/* A row of the table by operator type. */
struct cost_op {
	const struct op *op;
	uint64_t nodes;
	struct cost cost;    /* a tensor used by several nodes counts for each */
	uint64_t bytes_then; /* of the weights, with another scheme: cost_sheet_at */
};

/* A row of the tree of layers: all nodes of the main graph in the subtree, each tensor once. */
struct cost_row {
	struct cost cost;
	uint64_t nodes; /* of the main graph; 0: nothing of the row is counted */
};

/* Work by intensity: class k has the nodes of [2^(k-1), 2^k) operations a byte, the first all
 * below 1, the last all from 2^(COST_CLASSES - 2) on. */
#define COST_CLASSES 12

struct cost_class {
	uint64_t nodes, operations, bytes;
};

struct cost_sheet {
	struct arena arena;
	struct shapes *shapes;		    /* with every name bound */
	const struct dim_binding *bindings; /* given ones, then those assumed to be 1 */
	size_t n_bindings, n_given;
	struct cost_report report;
	const struct layers *layers;
	const struct cost_row *rows; /* by row of the layers */
};

/* The bindings are copied. NULL when memory is exhausted. */
struct cost_sheet *cost_sheet_new(struct model *model, const struct dim_binding *given,
				  size_t n_given, struct error *err);
void cost_sheet_free(struct cost_sheet *sheet); /* NULL is fine */

/* The share of its multiply-accumulates that the model spends there, or, where it has none, of its
 * operations; NaN where it has neither. */
double cost_share(const struct cost_sheet *sheet, const struct cost *cost);

/* bytes[row]: weight bytes below every row with each tensor as the scheme stores it; those that
 * quantization does not apply to stay as they are. bytes has layers->n_rows items. False when
 * memory is exhausted. */
bool cost_sheet_at(const struct cost_sheet *sheet, const struct quant_scheme *scheme,
		   uint64_t *bytes);

/* The operator types of the nodes below a row, most multiply-accumulates first, then most
 * operations. at: of cost_sheet_at, or NULL. In the arena; NULL when memory is exhausted. */
const struct cost_op *cost_sheet_ops(const struct cost_sheet *sheet, uint32_t row,
				     const uint64_t *at, struct arena *arena, size_t *n);

/* The cost with so many bytes of weights instead; for its intensity. */
struct cost cost_with_weights(const struct cost *cost, uint64_t weight_bytes);

/* How the nodes below a row spread over intensity, at: likewise; nodes whose operations are not
 * known or none are left out. */
void cost_sheet_classes(const struct cost_sheet *sheet, uint32_t row, const uint64_t *at,
			struct cost_class classes[COST_CLASSES]);

/* Smallest number of operations a byte in a class. */
static inline double cost_class_begin(unsigned index)
{
	return index ? (double)(1u << (index - 1)) : 0;
}

#endif
