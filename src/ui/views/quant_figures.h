/* The figures of a quantization error, a line each: what the table of Quant says. */
#ifndef VIEWS_QUANT_FIGURES_H
#define VIEWS_QUANT_FIGURES_H

#include <mtui/quant_error.h>

#define QUANT_FIGURES 14
#define QUANT_SAMPLED 4 /* the first ones: those that a sample tells */
#define QUANT_FIGURE  64

const char *quant_figure_label(int line);

/* In the buffer; a dash where it is not known. */
char *quant_figure_write(int line, const struct quant_error *error, char buffer[QUANT_FIGURE]);

#endif
