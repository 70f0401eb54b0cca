/* The view "plan": a scheme for each tensor under a budget, for people and for other tools. */
#ifndef EXPORT_EXPORT_PLAN_H
#define EXPORT_EXPORT_PLAN_H

#include "export/export.h"

/* As cells, on a new canvas of that width. */
bool export_plan_table(const struct export_subject *subject, int width,
		       const struct glyphs *glyphs, struct canvas *canvas, struct error *err);

/*
 * For onnxruntime.quantization, as JSON: nodes_to_exclude, and TensorQuantOverrides of its
 * extra_options ({"tensor": [{"quant_type": "QInt8", "symmetric": true, "axis": 0}]}). For
 * llama-quantize: a --tensor-type NAME=TYPE a line. What the tool has no type for is listed as such.
 */
bool export_plan_tool(struct output *output, const struct export_subject *subject,
		      struct error *err);

#endif
