#include <mtui/op_doc.h>

#include <stdlib.h>

#define OP_DOC_BYTES ((size_t)8 << 20)

const char *op_doc_option_word(enum op_doc_option option)
{
	switch (option) {
#define X(id, number, word)                                                                        \
	case id:                                                                                   \
		return word;
		OP_DOC_OPTIONS(X)
#undef X
	}
	return "";
}

struct op_doc *op_doc_new(void)
{
	struct op_doc *doc = calloc(1, sizeof *doc);

	if (doc)
		arena_init(&doc->arena, OP_DOC_BYTES);
	return doc;
}

void op_doc_free(struct op_doc *doc)
{
	if (!doc)
		return;
	vector_free(&doc->versions);
	vector_free(&doc->attributes);
	vector_free(&doc->inputs);
	vector_free(&doc->outputs);
	vector_free(&doc->constraints);
	vector_free(&doc->types);
	arena_free(&doc->arena);
	free(doc);
}
