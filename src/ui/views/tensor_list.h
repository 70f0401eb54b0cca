/*
 * The tensors below a scope as a table, worst quantization error first, or by a statistic.
 *
 * In a very large scope only the largest tensors are ranked; the sums are over all.
 */
#ifndef VIEWS_TENSOR_LIST_H
#define VIEWS_TENSOR_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "ui/canvas/number.h"
#include "ui/views/scroll.h"
#include "ui/views/view.h"

struct tensor_entry {
	uint32_t tensor;
	uint8_t state;	/* enum report_state of the summary */
	float sqnr_db;	/* NaN where it does not apply or is not known yet */
	float key;	/* what it is ranked by, NaN likewise */
	uint64_t count; /* elements */
};

struct tensor_list {
	const struct model *model; /* what the list is of */
	uint32_t row;
	struct tensor_entry *items;
	size_t count; /* ranked */
	struct scroll scroll;
	size_t tail;	  /* rows behind the tensors, which the owner draws */
	unsigned rank_by; /* 0: the error; else 1 + enum ranking */
	bool reverse;

	uint64_t tensors; /* sums over all of the scope */
	uint64_t elements, bytes;
	uint64_t quant_tensors; /* those that a scheme applies to */
	uint64_t bytes_after;	/* with the scheme on the dial, scales counted in, */
	struct quant_scheme dial; /* which this is */
};

/* Follows the focus and asks for the summaries of the listed tensors. */
void tensor_list_update(struct tensor_list *list, const struct view_context *context);
void tensor_list_free(struct tensor_list *list);

/* The table's header and rows fill the canvas; measure gives the rows to show all. */
int tensor_list_rows(const struct tensor_list *list);
void tensor_list_draw(const struct tensor_list *list, const struct view_context *context,
		      struct canvas *canvas);

/* What a view of one tensor shows for a scope: its name, why there is nothing of the view itself,
 * and the table TENSOR_LIST_HEAD rows below the top. */
#define TENSOR_LIST_HEAD 3
void tensor_list_draw_instead(const struct tensor_list *list, const struct view_context *context,
			      const char *why, struct canvas *canvas);

/* Ranks by the next statistic, by the named one or the error, or the other way round. */
unsigned tensor_list_sort(struct tensor_list *list, enum command command, struct text name,
			  struct view_answer *answer);

/* What it is ranked by: "int8 dB", "kurtosis"; in the buffer or static. */
#define TENSOR_LIST_RANK 24
const char *tensor_list_rank(const struct tensor_list *list, const struct view_context *context,
			     char buffer[TENSOR_LIST_RANK]);

/* One of those numbers, "12.3 %" where it is a share; a dash for NaN. In the buffer. */
const char *tensor_list_number(const struct tensor_list *list, double value,
			       char buffer[NUMBER_SIZE]);

/* Scrolling, and Enter to the selected tensor. height is that of the canvas drawn on. */
unsigned tensor_list_command(struct tensor_list *list, const struct view_context *context,
			     enum command command, int height, struct view_answer *answer);

/* A click on row y of the table's canvas. */
unsigned tensor_list_click(struct tensor_list *list, const struct view_context *context, int y,
			   int height, int clicks, struct view_answer *answer);

#endif
