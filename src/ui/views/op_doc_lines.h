/* The documentation of an operator as lines of a page, wrapped to a width. */
#ifndef VIEWS_OP_DOC_LINES_H
#define VIEWS_OP_DOC_LINES_H

#include <mtui/op_doc.h>

#include "ui/views/page.h"

/* The texts are copied into the page. */
void op_doc_lines(struct page *page, const struct op_doc *doc, int width);

/* "since opset 11 · libonnx 1.12.0", after what is in the line. */
void op_doc_source(struct page *page, const struct op_doc *doc);

/* All of it, with a title: for the operator alone. */
void op_doc_page(struct page *page, const struct op_doc *doc, int width);

#endif
