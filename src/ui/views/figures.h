/* Labelled numbers in as many aligned columns as the width allows. */
#ifndef VIEWS_FIGURES_H
#define VIEWS_FIGURES_H

#include "ui/canvas/canvas.h"

#define FIGURES_MAX 24

struct figure {
	const char *label;
	char value[44];
	enum role role;
};

struct figures {
	struct figure items[FIGURES_MAX];
	unsigned count;
};

/* Those beyond FIGURES_MAX are dropped. An empty value is shown as a dash: not known. */
void figures_add(struct figures *figures, const char *label, enum role role, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

int figures_rows(const struct figures *figures, int width);

/* From row y on, in rows first, numbers with their decimal points below each other. Returns the
 * row after the last. */
int figures_draw(const struct figures *figures, struct canvas *canvas, int y);

#endif
