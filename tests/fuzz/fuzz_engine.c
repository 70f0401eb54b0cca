/* The client's side of the protocol of mtui-engine: whatever comes is an answer or an error, and
 * what was taken in lies within the model. Byte 0 is the question, byte 1 the size of the pieces
 * that the rest comes in. */
#include <stdint.h>
#include <stdlib.h>

#include <mtui/limits.h>
#include <mtui/reader.h>

#include "core/engine/engine_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* x -> Relu -> y -> Split -> z, w */
static const char small_model[] = "\x08\x08\x3a\x2d"
				  "\x0a\x0c\x0a\x01x\x12\x01y\x22\x04Relu"
				  "\x0a\x10\x0a\x01y\x12\x01z\x12\x01w\x22\x05Split"
				  "\x12\x01g\x5a\x03\x0a\x01x\x62\x03\x0a\x01z"
				  "\x42\x02\x10\x0d";

static void check_type(const struct shapes *shapes, const struct type *type)
{
	if (type->n_dims > LIMIT_DIMS || type->dtype >= DTYPE_COUNT ||
	    (type->inner != NO_INDEX && type->inner >= shapes->inner_types.count))
		abort();
	for (uint32_t i = 0; i < type->n_dims; i++)
		if (type->dims[i].value < -1 || (type->dims[i].value >= 0 && type->dims[i].symbol.len))
			abort();
}

static void check_shapes(struct shapes *shapes)
{
	shapes_publish(shapes);
	for (size_t i = 0; i < shapes->model->n_values; i++)
		if (shapes->values[i].type)
			check_type(shapes, shapes->values[i].type);
	for (size_t i = 0; i < shapes->inner_types.count; i++)
		check_type(shapes, &shapes->inner_types.items[i]);
}

static void check_doc(const struct op_doc *doc)
{
	uint64_t types = 0;

	for (size_t i = 0; i < doc->constraints.count; i++) {
		const struct op_doc_constraint *constraint = &doc->constraints.items[i];

		if (constraint->first_type + (uint64_t)constraint->n_types > doc->types.count)
			abort();
		types += constraint->n_types;
	}
	if (types != doc->types.count)
		abort();
}

static void hear(struct engine_answer *answer, const uint8_t *data, size_t size, size_t piece)
{
	struct error err = { 0 };
	char line[64];

	while (size > 0) {
		size_t n = piece && piece < size ? piece : size;

		if (!engine_answer_take(answer, data, n, &err)) {
			if (err.code != ERROR_MALFORMED && err.code != ERROR_MEMORY)
				abort();
			return;
		}
		data += n;
		size -= n;
	}
	engine_line(line, sizeof line, answer->text, answer->text_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model *model;
	static struct engine_answer answer;

	if (!model)
		model = model_read(file_wrap(small_model, sizeof small_model - 1, "m"), NULL);
	if (size < 2 || !model)
		return model ? 0 : (abort(), 0);
	enum engine_request request = data[0] % 4;
	struct shapes *shapes = request == ENGINE_ASK_SHAPES ? shapes_new(model, NULL) : NULL;

	engine_answer_init(&answer, request, shapes);
	if (request == ENGINE_ASK_OPERATOR)
		answer.doc = op_doc_new();
	hear(&answer, data + 2, size - 2, data[1]);
	if (shapes)
		check_shapes(shapes);
	if (answer.doc)
		check_doc(answer.doc);
	engine_answer_free(&answer);
	shapes_unref(shapes);
	return 0;
}
