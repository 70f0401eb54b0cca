/*
 * Types and shapes of all values of a model: as the file declares them, or as somebody inferred
 * them.
 *
 * shapes_new starts with what the file itself says: declared types, and those of initializers and
 * constants. Whoever infers then puts in what the file leaves open (shapes_put) and publishes the
 * whole; from then on it never changes, any thread may read it, and it is counted.
 *
 * A dimension is a number (value >= 0), or has a name or an expression of names ("batch",
 * "batch*12"; symbol.len > 0, value < 0), or is unknown (value < 0, no symbol). A tensor type with
 * has_shape false has an unknown rank. A value nobody knows anything of has no type.
 */
#ifndef MTUI_SHAPES_H
#define MTUI_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/error.h>
#include <mtui/model.h>

/* id, name in exports, words on the screen */
#define SHAPE_ORIGINS(X)                                                                           \
	X(SHAPE_UNKNOWN, "unknown", "not known")                                                   \
	X(SHAPE_DECLARED, "declared", "declared")                                                  \
	X(SHAPE_FROM_LIBONNX, "libonnx", "inferred by libonnx")                                    \
	X(SHAPE_FROM_MTUI, "mtui", "inferred")

enum shape_origin {
#define X(id, name, words) id,
	SHAPE_ORIGINS(X)
#undef X
	SHAPE_ORIGIN_COUNT
};

const char *shape_origin_name(enum shape_origin origin);
const char *shape_origin_words(enum shape_origin origin);

struct value_shape {
	const struct type *type; /* NULL: unknown. type->inner: see shapes_inner */
	uint8_t origin;		 /* enum shape_origin */
};

struct shapes {
	struct model *model;		  /* a reference */
	const struct value_shape *values; /* model->n_values */
	uint64_t n_declared, n_inferred, n_unknown; /* values by origin; counted by shapes_publish */
	VECTOR(struct type) inner_types;  /* of inferred sequences, maps and optionals */
	struct arena arena;
	_Atomic unsigned references;
};

/* What the file says; not yet published. NULL when memory is exhausted. */
struct shapes *shapes_new(struct model *model, struct error *err);

/*
 * Puts in what was inferred for a value, unless what is there says as much already: a type wins
 * over none, a shape over none, then the one with fewer unknown dimensions, then the one with
 * more numbers. A type that contradicts a declared one (kind, element type, rank, or a number
 * against another) is refused: the file's word stands, and *contradicts (may be NULL) is set.
 * The dims are copied; the symbols must live in shapes->arena or in the model. False when memory
 * is exhausted.
 */
bool shapes_put(struct shapes *shapes, uint32_t value, const struct type *type,
		enum shape_origin origin, bool *contradicts);

/* An element type of an inferred one; its index for type->inner. False when memory is exhausted. */
bool shapes_add_inner(struct shapes *shapes, const struct type *type, uint32_t *index);

/* Counts; afterwards nothing may be put in. */
void shapes_publish(struct shapes *shapes);

struct shapes *shapes_ref(struct shapes *shapes);
void shapes_unref(struct shapes *shapes); /* NULL is fine */

/* The type inside a sequence, map or optional of that value's origin; NULL if none. */
const struct type *shapes_inner(const struct shapes *shapes, const struct value_shape *shape,
				const struct type *type);

#endif
