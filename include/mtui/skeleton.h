/*
 * A copy of an ONNX model's file without its weights, for who wants to look at the graph alone.
 *
 * Everything that says what the graph is stands in it as it stands in the file, good or bad: nodes,
 * attributes, types, operator sets, functions. Of initializers and constants the integers that fit
 * SKELETON_INTEGERS bytes are kept (those that shapes are made of, external ones too), other
 * elements where they fit SKELETON_OTHERS bytes; larger data is cut to its first element, its
 * dims stay. Prose, training graphs and everything mtui does not know are left out. A graph's
 * doc_string says its number in the model; those of functions and below have none.
 */
#ifndef MTUI_SKELETON_H
#define MTUI_SKELETON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/model.h>

#define SKELETON_INTEGERS 4096
#define SKELETON_OTHERS	  64

struct skeleton {
	uint8_t *bytes;
	size_t len;
};

/* Reads the model's file once more. ERROR_REFUSED for what is better not handed to a library: more
 * than LIMIT_LIBRARY_NODES nodes or LIMIT_LIBRARY_BYTES bytes, graphs nested deeper than
 * LIMIT_LIBRARY_DEPTH, functions that call themselves. */
bool model_skeleton(const struct model *model, struct skeleton *skeleton, struct error *err);
void skeleton_free(struct skeleton *skeleton);

#endif
