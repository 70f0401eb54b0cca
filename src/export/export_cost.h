/* The view "cost": what running a model costs, for JSON and CSV and for people. */
#ifndef EXPORT_EXPORT_COST_H
#define EXPORT_EXPORT_COST_H

#include <mtui/cost.h>

#include "export/export_view.h"

/* A row of the table by operator type. */
struct export_cost_op {
	const struct op *op;
	uint64_t nodes;
	struct cost cost;
};

struct export_cost {
	struct arena arena;
	struct shapes *shapes;
	const struct dim_binding *bindings; /* given and assumed */
	size_t n_bindings;
	struct cost_report report;
	struct export_cost_op *ops; /* most multiply-accumulates first, then most operations */
	size_t n_ops;
};

/* Of the run's model, with the dimensions of its subject. export_cost_free always. */
bool export_cost_compute(struct export_cost *cost, const struct export_subject *subject,
			 struct error *err);
void export_cost_free(struct export_cost *cost);

/* Totals and the table by operator type as cells, on a new canvas of that width. */
bool export_cost_table(const struct export_subject *subject, int width, const struct glyphs *glyphs,
		       struct canvas *canvas, struct error *err);

#endif
