/*
 * What an operator means, as libonnx documents it: from ONNX's operator schemas.
 *
 * The texts are raw bytes of the library's answer (Markdown, with line breaks); they go through
 * the gate like a file's. A documentation never changes once it is made, and is counted.
 */
#ifndef MTUI_OP_DOC_H
#define MTUI_OP_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/arena.h>
#include <mtui/text.h>

struct op_doc_attribute {
	struct text name, type, meaning;
	struct text value; /* the default, as text; empty where there is none */
	bool required;
};

/* id, number on the wire, word */
#define OP_DOC_OPTIONS(X)                                                                          \
	X(OP_DOC_SINGLE, 0, "")                                                                    \
	X(OP_DOC_OPTIONAL, 1, "optional")                                                          \
	X(OP_DOC_VARIADIC, 2, "variadic")

enum op_doc_option {
#define X(id, number, word) id = (number),
	OP_DOC_OPTIONS(X)
#undef X
};

const char *op_doc_option_word(enum op_doc_option option);

/* An input or an output. Its type is a type ("tensor(int64)") or a constraint's name ("T"). */
struct op_doc_parameter {
	struct text name, type, meaning;
	uint8_t option; /* enum op_doc_option */
};

struct op_doc_constraint {
	struct text name, meaning;
	uint32_t first_type, n_types; /* into types */
};

struct op_doc {
	struct text domain; /* "" is ai.onnx */
	struct text name, doc;
	int64_t asked;	   /* operator set that was asked for; 0: the newest */
	int64_t since;	   /* operator set that this version came with */
	int64_t newest;	   /* operator set up to which the library knows the domain */
	bool deprecated;
	VECTOR(int64_t) versions; /* operator sets in which it changed, newest first */
	VECTOR(struct op_doc_attribute) attributes;
	VECTOR(struct op_doc_parameter) inputs, outputs;
	VECTOR(struct op_doc_constraint) constraints;
	VECTOR(struct text) types;
	char library[32]; /* version of libonnx, through the gate */
	struct arena arena;
};

/* Asked for an operator set that the library does not know yet: this is the nearest it knows. */
static inline bool op_doc_is_older(const struct op_doc *doc)
{
	return doc->asked > doc->newest;
}

/* Asked for an operator set that the operator came after. */
static inline bool op_doc_is_newer(const struct op_doc *doc)
{
	return doc->asked > 0 && doc->since > doc->asked;
}

struct op_doc *op_doc_new(void); /* NULL when memory is exhausted */
void op_doc_free(struct op_doc *doc);

#endif
