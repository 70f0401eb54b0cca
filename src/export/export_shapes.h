/* The view "shapes": type and shape of every value, and who says so. */
#ifndef EXPORT_EXPORT_SHAPES_H
#define EXPORT_EXPORT_SHAPES_H

#include "export/export.h"

struct library_answer;

/* What there is to be told of shapes, after asking; NULL where the session may not ask. */
const struct library_answer *export_ask_shapes(const struct export_subject *subject);

/* As cells, on a new canvas of that width; asks libonnx and waits. */
bool export_shapes_table(const struct export_subject *subject, int width,
			 const struct glyphs *glyphs, struct canvas *canvas, struct error *err);

#endif
