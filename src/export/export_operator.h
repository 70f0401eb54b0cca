/* The documentation of one operator, without a model. */
#ifndef EXPORT_EXPORT_OPERATOR_H
#define EXPORT_EXPORT_OPERATOR_H

#include <mtui/op_doc.h>

#include "export/export.h"

/* In any format but CSV. */
bool export_operator(struct output *output, enum export_format format, const struct op_doc *doc,
		     int width, const struct glyphs *glyphs, const struct export_looks *looks,
		     struct error *err);

#endif
