/* Shapes and types as words: "[16, 3, 7, 7]", "f32 [batch, 3, ?]". */
#ifndef VIEWS_SHAPE_H
#define VIEWS_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include <mtui/gate.h>
#include <mtui/model.h>
#include <mtui/shapes.h>

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

/* The same of a type outside the model: one of `types` or not, with its inner ones among them. */
void type_words_in(const struct type *types, size_t n_types, const struct type *type,
		   enum gate_mode mode, char *buffer, size_t size);

/* What is known of a value: "f32 [1, N]" as the file has it, "~f32 [1, N]" where it was inferred;
 * false, and a dash, where nobody knows. shapes may be NULL. */
bool value_words(const struct model *model, const struct shapes *shapes, uint32_t value,
		 enum gate_mode mode, char *buffer, size_t size);

/* "f32", or "type 99" for a number that mtui does not know. */
void dtype_words(const struct tensor *tensor, char *buffer, size_t size);

#endif
