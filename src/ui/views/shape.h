/* Shapes and types as words: "[16, 3, 7, 7]", "f32 [batch, 3, ?]". */
#ifndef VIEWS_SHAPE_H
#define VIEWS_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/gate.h>
#include <mtui/model.h>

enum shape_style {
	SHAPE_LIST,  /* "[16, 3, 7, 7]" */
	SHAPE_TIMES, /* "16×3×7×7", "scalar": for narrow columns */
};

/* All write a NUL-terminated string, symbols already through the gate, cut at size with "...". */
void shape_of_tensor(const struct tensor *tensor, enum shape_style style, char *buffer,
		     size_t size);

/* Of a declared type: numbers, symbols, "?" where the file says nothing. False where the type has
 * no shape (another kind, or rank unknown): the buffer is empty then. */
bool shape_of_type(const struct type *type, enum gate_mode mode, enum shape_style style,
		   char *buffer, size_t size);

/* The whole type: "f32 [1, N]", "sequence of i64 [?]", "map from string to f32 []". */
void type_words(const struct model *model, uint32_t type, enum gate_mode mode, char *buffer,
		size_t size);

/* "f32", or "type 99" for a number that mtui does not know. */
void dtype_words(const struct tensor *tensor, char *buffer, size_t size);

#endif
