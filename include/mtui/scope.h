/*
 * Which tensors are taken together, and what a whole subtree of the layers holds.
 *
 * The numbers of a scope, an operator type or a model are about its weights: floating-point and
 * complex tensors, and integers of up to 8 bits. Shapes and indices, as wider integers mostly are,
 * would drown them; they count where there are no weights, and in the parts by dtype.
 */
#ifndef MTUI_SCOPE_H
#define MTUI_SCOPE_H

#include <mtui/group.h>
#include <mtui/layer.h>

/* It has elements that are numbers. */
bool scope_has_numbers(const struct tensor *tensor);

/* It has, and they may be weights. */
bool scope_is_weight(const struct tensor *tensor);

/* The operator that a tensor is for: of the first node that uses it, else of the node that holds
 * it; NULL where there is neither. */
const struct op *scope_op(const struct model *model, uint32_t tensor);

/* Of n tensors those that the numbers are about, in place; returns how many. */
size_t scope_weights(const struct model *model, uint32_t *tensors, size_t n);

/* The tensors with numbers below a row, the row included, in the order of the rows; to room for
 * end - row of them. Returns how many. */
size_t scope_tensors(const struct model *model, const struct layers *layers, uint32_t row,
		     uint32_t *tensors);

enum scope_split { SCOPE_BY_DTYPE, SCOPE_BY_OP };

struct scope_part {
	enum dtype dtype;    /* of SCOPE_BY_DTYPE */
	const struct op *op; /* of SCOPE_BY_OP; NULL: of no operator */
	uint32_t first, n;   /* its tensors, within those of the parts */
	uint64_t elements;
	struct group group;
};

struct scope_parts {
	struct scope_part *items; /* those with most elements first */
	size_t n;
	uint32_t *tensors;
	uint32_t *part_of; /* by tensor of the model; NO_INDEX: in none */
};

/* Splits n tensors that have numbers; the groups are empty. On success the caller frees. */
bool scope_parts_init(struct scope_parts *parts, const struct model *model,
		      const uint32_t *tensors, size_t n, enum scope_split split, struct error *err);
void scope_parts_free(struct scope_parts *parts);
void scope_parts_add(struct scope_parts *parts, const struct model *model, uint32_t tensor,
		     const struct statistics *statistics);

struct scope_statistics {
	struct group group;
	struct statistics statistics; /* of the group, finished */
	struct scope_parts dtypes, ops; /* groups alone */
	uint32_t failed;      /* tensors that could not be read, in no number */
	struct error failure; /* of the first of them */
};

/* All below a row. ERROR_REFUSED where no tensor has numbers. On success the caller frees. */
bool scope_compute(const struct model *model, const struct layers *layers, uint32_t row,
		   const struct analysis_watch *watch, struct scope_statistics *result,
		   struct error *err);
void scope_statistics_free(struct scope_statistics *statistics);

/* Bytes that hang on it. */
size_t scope_statistics_bytes(const struct scope_statistics *statistics);

#endif
