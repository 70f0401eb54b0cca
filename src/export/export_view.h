/* The reports that can be exported: one function a view, and what they share. */
#ifndef EXPORT_EXPORT_VIEW_H
#define EXPORT_EXPORT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/frontier.h>
#include <mtui/model.h>
#include <mtui/model_plan.h>
#include <mtui/quant_error.h>
#include <mtui/statistics.h>

#include "export/export.h"
#include "export/records.h"

/* One export on its way. */
struct export_run {
	const struct export_subject *subject;
	const struct model *model;
	struct output *output; /* NULL where cells are drawn */
	struct records records;
	struct arena path_arena; /* of the path below */
	struct text path;
	uint32_t path_graph; /* whose path it is, or NO_INDEX */
	void *context;	     /* of whoever takes results */
};

/* Each writes its facts and its table; false with err when that is not possible. */
typedef bool export_view(struct export_run *run, struct error *err);

export_view export_view_model, export_view_tensors, export_view_nodes, export_view_weights,
	export_view_quant, export_view_values, export_view_check, export_view_tree,
	export_view_channels, export_view_stats,
	export_view_shapes, export_view_histogram, export_view_picture, export_view_pca,
	export_view_svd, export_view_plan, export_view_frontier, export_view_fusion, export_view_xray, export_view_curves,
	export_view_graph, export_view_structure, export_view_cost;

/* Path of a graph as a field; the last path is kept, because neighbours share it. */
void export_graph_path(struct export_run *run, const char *key, uint32_t graph);

/* The tensors that an export is about, in order: the selected ones, or all but the indices of
 * sparse tensors. Advances *at (begin with 0); NO_INDEX at the end. */
uint32_t export_next_tensor(const struct export_run *run, size_t *at);

/* A tensor's name as a field; of a nameless constant its label. */
void export_tensor_name(struct export_run *run, const char *key, uint32_t tensor);

/* Pieces of a tensor's row: name and graph_path; dtype and shape; present and problem, where they
 * are not as usual. */
struct export_result;
void export_tensor_place(struct export_run *run, uint32_t tensor);
void export_tensor_type(struct export_run *run, uint32_t tensor);
void export_tensor_problem(struct export_run *run, const struct export_result *result);

/* Its name, graph_path, kind, dtype and shape as fields of a row. */
void export_tensor_identity(struct export_run *run, uint32_t tensor);

/* dtype, or its number in the file where it is not known: "99". In the buffer or static. */
const char *export_dtype(const struct tensor *tensor, char buffer[16]);

/* NULL where all is well. */
const char *export_problem(const struct tensor *tensor);

/* The type of a value: "sequence(tensor(f32))". In the arena. */
struct text export_type_text(const struct model *model, uint32_t type, struct arena *arena);

/* What was computed for one tensor. */
struct export_result {
	uint32_t tensor;
	bool good;	    /* else there are no numbers */
	struct error error; /* why, where that is a failure; else ERROR_NONE */
	union {
		struct statistics statistics;
		struct quant_error quant_error;
		struct ladder_costs ladder;
		struct frontier_sums frontier[FRONTIER_MAX]; /* count NaN: refused */
	};
	double more[EXPORT_MAX_PERCENTS]; /* quantiles of the view "stats" that were asked for */
};

/* Called on several threads at once; leaves the error alone where there simply are no numbers. */
typedef bool export_compute(const struct export_run *run, const struct analysis_watch *watch,
			    struct export_result *result);
typedef void export_each(struct export_run *run, const struct export_result *result);

/* Computes for every tensor of the export, some at a time, and hands the results to each in the
 * order of the tensors. */
bool export_batches(struct export_run *run, export_compute *compute, export_each *each,
		    struct error *err);

/* An export_compute for statistics. */
bool export_statistics(const struct export_run *run, const struct analysis_watch *watch,
		       struct export_result *result);

#endif
