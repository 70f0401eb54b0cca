/* Pages of the overview, one file a kind of row; for the overview's files only. */
#ifndef VIEWS_OVERVIEW_H
#define VIEWS_OVERVIEW_H

#include "session/library.h"
#include "ui/views/page.h"
#include "ui/views/view.h"

#define OVERVIEW_LIST 1000 /* entries of one list; more are counted */

struct overview_page {
	struct page *page;
	const struct view_context *context;
	const struct model *model;
	const struct shapes *shapes;		/* inferred ones; NULL while there are none */
	const struct library_answer *inference; /* what became of it; NULL: not asked for */
	const struct library_answer *op_doc;	/* of the node's operator; NULL: not asked for */
	enum gate_mode gate;
	int width;
	int type_column; /* of lists of values: name, type, origin */
	int other_column;
};

/* "… and 1,234 more" where a list of count entries was cut. */
void overview_more(struct overview_page *o, uint64_t count);

/* Version of the operator set that a node's operator is of; -1: not imported. */
int64_t overview_opset(const struct model *model, const struct node *node);

/* Columns for two lists of values, model->refs[first, first + n), after what is in them. */
void overview_fit(struct overview_page *o, uint32_t first_input, uint32_t n_inputs,
		  uint32_t first_output, uint32_t n_outputs);

/* One line: name, declared type, and where the value comes from or goes to. */
void overview_value(struct overview_page *o, uint32_t value, bool as_input);

/* One line: label, dtype, shape, elements, share of `of` elements (0: without). */
void overview_tensor_line(struct overview_page *o, uint32_t tensor, uint64_t of);

/* The largest tensors of rows [row, end), largest first. */
void overview_largest(struct overview_page *o, uint32_t row);

/* Operators with their counts, most frequent first, in as many columns as fit. */
struct overview_op {
	const struct op *op;
	uint64_t count;
};
void overview_ops(struct overview_page *o, const struct overview_op *ops, size_t n, uint64_t total);

/* "1,235,496 · 4.7 MiB", or a dash where there are none. */
void overview_parameters(struct overview_page *o, uint64_t parameters, uint64_t bytes);

/* Notices about one thing. */
void overview_notices(struct overview_page *o, enum subject_kind kind, uint32_t subject);

void overview_of_model(struct overview_page *o);
void overview_of_scope(struct overview_page *o, uint32_t row);
void overview_of_node(struct overview_page *o, uint32_t node);
void overview_of_tensor(struct overview_page *o, uint32_t tensor);

#endif
