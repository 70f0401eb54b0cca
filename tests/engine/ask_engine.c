/*
 * What libonnx alone infers of a model, for the tests: mtui asks it only for what it cannot infer
 * itself.
 *
 *	ask_engine ENGINE FILE
 *
 * Prints "told MESSAGE" where there are no answers, and for each value that libonnx inferred a line
 * "GRAPH NAME DIM...": the name in hexadecimal, each dimension a number, a name in hexadecimal
 * after a colon, or "?"; "-" where the rank is not known.
 */
#include <inttypes.h>
#include <stdio.h>

#include <mtui/engine.h>
#include <mtui/reader.h>
#include <mtui/skeleton.h>

static void print_hex(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		printf("%02x", (unsigned char)text.data[i]);
}

static void print_value(const struct value *value, const struct type *type)
{
	printf("%" PRIu32 " ", value->graph);
	print_hex(value->name);
	for (uint32_t i = 0; type->has_shape && i < type->n_dims; i++) {
		const struct dim *dim = &type->dims[i];

		if (dim->value >= 0)
			printf(" %" PRId64, dim->value);
		else
			printf(dim->symbol.len ? " :" : " ?");
		if (dim->value < 0)
			print_hex(dim->symbol);
	}
	puts(type->has_shape ? "" : " -");
}

static bool ask(const char *program, struct model *model, struct shapes *shapes, struct error *err)
{
	struct skeleton skeleton;
	bool good = model_skeleton(model, &skeleton, err) &&
		    engine_ask_shapes(program,
				      (struct engine_model){ skeleton.bytes, skeleton.len },
				      shapes, NULL, err);

	skeleton_free(&skeleton);
	return good;
}

int main(int argc, char **argv)
{
	struct error err;
	struct model *model = argc == 3 ? model_open(argv[2], &err) : NULL;
	struct shapes *shapes = model ? shapes_new(model, &err) : NULL;

	if (!shapes)
		return 1;
	if (!ask(argv[1], model, shapes, &err))
		printf("told %s\n", err.message);
	for (size_t i = 0; i < model->n_values; i++)
		if (shapes->values[i].origin == SHAPE_FROM_LIBONNX)
			print_value(&model->values[i], shapes->values[i].type);
	shapes_unref(shapes);
	model_unref(model);
	return 0;
}
