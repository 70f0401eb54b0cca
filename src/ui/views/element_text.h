/* One element of a tensor as text. */
#ifndef VIEWS_ELEMENT_TEXT_H
#define VIEWS_ELEMENT_TEXT_H

#include <mtui/dtype.h>
#include <mtui/values.h>

#define ELEMENT_TEXT_SIZE 80
#define ELEMENT_EXACT	  0 /* digits: so many that the value can be had back */

/* Not for strings. Integers are exact always; floats have so many significant digits. */
char *element_text(enum dtype dtype, const struct element *element, int significant,
		   char buffer[ELEMENT_TEXT_SIZE]);

/* The bits as one hexadecimal number, highest digit first; empty for strings. */
char *element_hex(enum dtype dtype, const struct element *element, char buffer[ELEMENT_TEXT_SIZE]);

/* Columns that the widest value of the type takes. */
int element_text_width(enum dtype dtype, int significant);
int element_hex_width(enum dtype dtype);

#endif
