/*
 * Prints the type of every value of the main graphs of models, one JSON object a model: for the
 * comparison with libonnx. With --time, how long the inference took instead.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mtui/reader.h>
#include <mtui/shape_inference.h>

static void print_text(struct text text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\' || c < ' ')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_type(const struct shapes *shapes, const struct value_shape *shape,
		       const struct type *type)
{
	printf("{\"kind\":%d,\"dtype\":%d,\"dims\":", type->kind, dtype_traits[type->dtype].onnx);
	if (type->has_shape) {
		putchar('[');
		for (uint32_t i = 0; i < type->n_dims; i++) {
			if (i)
				putchar(',');
			if (type->dims[i].value >= 0)
				printf("%lld", (long long)type->dims[i].value);
			else
				print_text(type->dims[i].symbol);
		}
		putchar(']');
	} else {
		printf("null");
	}
	type = shapes_inner(shapes, shape, type);
	printf(",\"inner\":%d}", type ? dtype_traits[type->dtype].onnx : -1);
}

static void print_model(const char *path, struct model *model, struct shapes *shapes,
			const struct shape_inference *result)
{
	bool first = true;

	printf("{\"path\":");
	print_text(text_from(path));
	printf(",\"conflicts\":%llu,\"nodes\":%llu,\"without_rule\":%llu,\"values\":{",
	       (unsigned long long)result->n_conflicts, (unsigned long long)result->n_nodes,
	       (unsigned long long)result->n_without_rule);
	for (size_t i = 0; i < model->n_values; i++) {
		if (model->values[i].graph != 0 || !shapes->values[i].type)
			continue;
		printf(first ? "" : ",");
		print_text(model->values[i].name);
		putchar(':');
		print_type(shapes, &shapes->values[i], shapes->values[i].type);
		first = false;
	}
	printf("}}\n");
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	bool timed = argc > 1 && strcmp(argv[1], "--time") == 0;

	for (int i = timed ? 2 : 1; i < argc; i++) {
		struct error err = { 0 };
		struct model *model = model_open(argv[i], &err);
		struct shape_inference result;
		struct shapes *shapes;
		double start = milliseconds();

		if (!model)
			continue;
		shapes = shapes_new(model, &err);
		if (!shapes || !shape_inference_run(shapes, NULL, 0, &result, &err)) {
			fprintf(stderr, "%s\n", err.message);
			return 1;
		}
		shapes_publish(shapes);
		if (timed)
			printf("%.3f ms, %llu inferred, %llu unknown\n", milliseconds() - start,
			       (unsigned long long)shapes->n_inferred,
			       (unsigned long long)shapes->n_unknown);
		else
			print_model(argv[i], model, shapes, &result);
		shapes_unref(shapes);
		model_unref(model);
	}
	return 0;
}
