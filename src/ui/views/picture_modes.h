/*
 * The parts of the view "picture": four ways to draw a tensor as a matrix.
 *
 * Each part says what it wants to know, draws it below the head, and takes the keys that move in it.
 */
#ifndef VIEWS_PICTURE_MODES_H
#define VIEWS_PICTURE_MODES_H

#include <mtui/matrix.h>

#include "ui/views/tensor_list.h"
#include "ui/views/view.h"

/* PICTURE_AUTO: filters where there are such, else the map. */
enum picture_mode { PICTURE_AUTO, PICTURE_MAP, PICTURE_FILTERS, PICTURE_PCA, PICTURE_SVD };

struct picture_state {
	struct tensor_list list;
	const struct model *model; /* of what is below */
	uint32_t tensor;
	enum picture_mode mode;	   /* as chosen: stays from tensor to tensor */
	bool extreme, whole_scale, pixels;
	struct matrix_view view;
	struct matrix_window window; /* of the map; n_rows 0: all */
	uint64_t row, column;	     /* the map's cursor: an element of the matrix */
	uint64_t line;		     /* first line of filters shown */
	uint64_t outlier;	     /* chosen, of the PCA's */
	uint64_t rank;		     /* chosen, from 0 on, of the singular values */
};

#define PICTURE_ROWS 30 /* of a part in an export */

/* The request of a part without its parameters. */
struct request picture_request(const struct picture_state *state,
			       const struct view_context *context, enum report_kind kind);

/* The size of a part's canvas. */
int picture_width(const struct view_context *context);
int picture_height(const struct view_context *context);

/* Rows that pixels share are only where there are halves of cells. */
bool picture_pixels(const struct picture_state *state, const struct view_context *context);

/* "0-31", "31" */
#define PICTURE_RANGE 72
char *picture_range(char buffer[PICTURE_RANGE], uint64_t first, uint64_t n);

/* False where the tensor has no kernels of more than one value, or they do not fit. */
bool filters_apply(const struct picture_state *state, const struct view_context *context);

struct request map_request(const struct picture_state *state, const struct view_context *context);
struct request filters_request(const struct picture_state *state,
			       const struct view_context *context);

/* Fill the canvas from a report that is done. */
void map_draw(const struct picture_state *state, const struct view_context *context,
	      const struct picture *picture, struct canvas *canvas);
void filters_draw(const struct picture_state *state, const struct view_context *context,
		  const struct picture *picture, struct canvas *canvas);
void pca_draw(const struct picture_state *state, const struct view_context *context,
	      const struct pca *pca, struct canvas *canvas);
void svd_draw(const struct picture_state *state, const struct view_context *context,
	      const struct singular_values *values, struct canvas *canvas);

/* Rows that they take of a canvas as high as a part may be. */
int map_rows(const struct picture_state *state, const struct view_context *context,
	     const struct picture *picture);
int filters_rows(const struct picture_state *state, const struct view_context *context);

/* True when the command was one that moves in the part. */
bool map_command(struct picture_state *state, const struct view_context *context,
		 const struct picture *picture, enum command command);
bool filters_command(struct picture_state *state, const struct view_context *context,
		     enum command command);
bool pca_command(struct picture_state *state, const struct pca *pca, enum command command);
bool svd_command(struct picture_state *state, const struct singular_values *values,
		 enum command command);

#endif
