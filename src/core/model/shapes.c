#include <mtui/shapes.h>

#include <stdatomic.h>
#include <stdlib.h>

#include <mtui/limits.h>

static const struct {
	const char *name, *words;
} origins[SHAPE_ORIGIN_COUNT] = {
#define X(id, name, words) [id] = { name, words },
	SHAPE_ORIGINS(X)
#undef X
};

const char *shape_origin_name(enum shape_origin origin)
{
	return origins[origin].name;
}

const char *shape_origin_words(enum shape_origin origin)
{
	return origins[origin].words;
}

/* The type that an initializer or a constant shows by itself. NULL without memory. */
static const struct type *type_of_tensor(struct shapes *shapes, const struct tensor *tensor)
{
	struct type *type = arena_alloc(&shapes->arena, sizeof *type);
	struct dim *dims = arena_array(&shapes->arena, tensor->n_dims, sizeof *dims);

	if (!type || !dims)
		return NULL;
	for (uint32_t i = 0; i < tensor->n_dims; i++)
		dims[i] = (struct dim){ .value = tensor->dims[i], .declared = true };
	*type = (struct type){
		.dims = dims,
		.n_dims = tensor->n_dims,
		.inner = NO_INDEX,
		.kind = tensor->kind == TENSOR_SPARSE ? TYPE_SPARSE_TENSOR : TYPE_TENSOR,
		.dtype = tensor->dtype,
		.has_shape = true,
	};
	return type;
}

static bool fill_from_file(struct shapes *shapes, struct value_shape *values)
{
	const struct model *model = shapes->model;

	for (size_t i = 0; i < model->n_values; i++) {
		const struct value *value = &model->values[i];

		if (value->tensor != NO_INDEX)
			values[i].type = type_of_tensor(shapes, &model->tensors[value->tensor]);
		else if (value->type != NO_INDEX && model->types[value->type].kind != TYPE_NONE)
			values[i].type = &model->types[value->type];
		else
			continue;
		if (!values[i].type)
			return false;
		values[i].origin = SHAPE_DECLARED;
	}
	return true;
}

struct shapes *shapes_new(struct model *model, struct error *err)
{
	struct shapes *shapes = calloc(1, sizeof *shapes);
	struct value_shape *values;

	if (!shapes) {
		error_set(err, ERROR_MEMORY, -1, "out of memory");
		return NULL;
	}
	atomic_init(&shapes->references, 1);
	arena_init(&shapes->arena, limit_index_memory());
	shapes->model = model_ref(model);
	values = arena_array(&shapes->arena, model->n_values, sizeof *values);
	if (!values || !fill_from_file(shapes, values)) {
		arena_exhausted(&shapes->arena, err);
		shapes_unref(shapes);
		return NULL;
	}
	shapes->values = values;
	return shapes;
}

static bool dim_is_number(const struct dim *dim)
{
	return dim->value >= 0;
}

static bool dim_is_known(const struct dim *dim)
{
	return dim->value >= 0 || dim->symbol.len > 0;
}

static bool is_tensor(const struct type *type)
{
	return type->kind == TYPE_TENSOR || type->kind == TYPE_SPARSE_TENSOR;
}

/* How much a type says; compared only between types that do not contradict each other. */
static uint64_t type_weight(const struct type *type)
{
	uint64_t known = 0, numbers = 0;

	if (!type || type->kind == TYPE_NONE)
		return 0;
	if (!is_tensor(type))
		return 1;
	for (uint32_t i = 0; type->has_shape && i < type->n_dims; i++) {
		known += dim_is_known(&type->dims[i]);
		numbers += dim_is_number(&type->dims[i]);
	}
	return 1 + (type->dtype != DTYPE_UNKNOWN) + 2 * (uint64_t)type->has_shape + (known << 32) +
	       (numbers << 2);
}

static bool types_contradict(const struct type *a, const struct type *b)
{
	if (a->kind == TYPE_NONE || b->kind == TYPE_NONE)
		return false;
	if (a->kind != b->kind)
		return true;
	if (!is_tensor(a))
		return false;
	if (a->dtype != DTYPE_UNKNOWN && b->dtype != DTYPE_UNKNOWN && a->dtype != b->dtype)
		return true;
	if (!a->has_shape || !b->has_shape)
		return false;
	if (a->n_dims != b->n_dims)
		return true;
	for (uint32_t i = 0; i < a->n_dims; i++)
		if (dim_is_number(&a->dims[i]) && dim_is_number(&b->dims[i]) &&
		    a->dims[i].value != b->dims[i].value)
			return true;
	return false;
}

static bool copy_type(struct shapes *shapes, const struct type *type, struct type *copy)
{
	struct dim *dims = arena_array(&shapes->arena, type->n_dims, sizeof *dims);

	if (!dims)
		return false;
	for (uint32_t i = 0; i < type->n_dims; i++)
		dims[i] = type->dims[i];
	*copy = *type;
	copy->dims = dims;
	return true;
}

bool shapes_put(struct shapes *shapes, uint32_t value, const struct type *type,
		enum shape_origin origin, bool *contradicts)
{
	/* Not yet published: whoever puts in owns it alone. */
	struct value_shape *shape = (struct value_shape *)&shapes->values[value];
	bool against = shape->type && types_contradict(shape->type, type);
	struct type *copy;

	if (contradicts)
		*contradicts = against;
	if (against || type_weight(type) <= type_weight(shape->type))
		return true;
	copy = arena_alloc(&shapes->arena, sizeof *copy);
	if (!copy || !copy_type(shapes, type, copy))
		return false;
	shape->type = copy;
	shape->origin = (uint8_t)origin;
	return true;
}

bool shapes_add_inner(struct shapes *shapes, const struct type *type, uint32_t *index)
{
	struct type copy;

	if (!copy_type(shapes, type, &copy) ||
	    !vector_reserve(&shapes->arena, &shapes->inner_types, 1))
		return false;
	*index = (uint32_t)shapes->inner_types.count;
	shapes->inner_types.items[shapes->inner_types.count++] = copy;
	return true;
}

void shapes_publish(struct shapes *shapes)
{
	for (size_t i = 0; i < shapes->model->n_values; i++) {
		enum shape_origin origin = shapes->values[i].origin;

		shapes->n_unknown += origin == SHAPE_UNKNOWN;
		shapes->n_declared += origin == SHAPE_DECLARED;
		shapes->n_inferred += origin == SHAPE_FROM_LIBONNX || origin == SHAPE_FROM_MTUI;
	}
}

struct shapes *shapes_ref(struct shapes *shapes)
{
	atomic_fetch_add(&shapes->references, 1);
	return shapes;
}

void shapes_unref(struct shapes *shapes)
{
	if (!shapes || atomic_fetch_sub(&shapes->references, 1) != 1)
		return;
	model_unref(shapes->model);
	vector_free(&shapes->inner_types);
	arena_free(&shapes->arena);
	free(shapes);
}

const struct type *shapes_inner(const struct shapes *shapes, const struct value_shape *shape,
				const struct type *type)
{
	if (shape->origin == SHAPE_DECLARED)
		return type->inner < shapes->model->n_types ? &shapes->model->types[type->inner]
							    : NULL;
	return type->inner < shapes->inner_types.count ? &shapes->inner_types.items[type->inner]
						       : NULL;
}
