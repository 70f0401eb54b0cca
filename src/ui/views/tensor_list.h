/*
 * The tensors below a scope as a table, worst quantization error first.
 *
 * In a very large scope only the largest tensors are ranked; the sums are over all.
 */
#ifndef VIEWS_TENSOR_LIST_H
#define VIEWS_TENSOR_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "ui/views/scroll.h"
#include "ui/views/view.h"

struct tensor_entry {
	uint32_t tensor;
	uint8_t state;	/* enum report_state of the summary */
	float sqnr_db;	/* NaN where it does not apply or is not known yet */
	uint64_t count; /* elements */
};

struct tensor_list {
	const struct model *model; /* what the list is of */
	uint32_t row;
	struct tensor_entry *items;
	size_t count; /* ranked */
	struct scroll scroll;

	uint64_t tensors; /* sums over all of the scope */
	uint64_t elements, bytes;
	uint64_t quant_tensors, quant_bytes; /* those that a scheme applies to */
	uint64_t quant_elements;
	uint64_t channels; /* of those, for one scale each */
};

/* Follows the focus and asks for the summaries of the listed tensors. */
void tensor_list_update(struct tensor_list *list, const struct view_context *context);
void tensor_list_free(struct tensor_list *list);

/* Bytes of the scope's tensors after quantization with the scheme, scales counted in. */
uint64_t tensor_list_bytes_after(const struct tensor_list *list, const struct quant_scheme *scheme);

/* The table's header and rows fill the canvas; measure gives the rows to show all. */
int tensor_list_rows(const struct tensor_list *list);
void tensor_list_draw(const struct tensor_list *list, const struct view_context *context,
		      struct canvas *canvas);

/* Scrolling, and Enter to the selected tensor. height is that of the canvas drawn on. */
unsigned tensor_list_command(struct tensor_list *list, const struct view_context *context,
			     enum command command, int height, struct view_answer *answer);

/* A click on row y of the table's canvas. */
unsigned tensor_list_click(struct tensor_list *list, const struct view_context *context, int y,
			   int height, int clicks, struct view_answer *answer);

#endif
