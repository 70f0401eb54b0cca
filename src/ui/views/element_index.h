/* Where an element stands: "3,4,0,0", or its number in row-major order without a shape. */
#ifndef VIEWS_ELEMENT_INDEX_H
#define VIEWS_ELEMENT_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/tensor.h>
#include <mtui/text.h>

#define ELEMENT_INDEX_DIMS 8 /* of more dimensions only the number is shown */
#define ELEMENT_INDEX_SIZE 192

/* False for vectors, for shapes that are not sane, and for sparse data (a list of values whatever
 * the dense shape). */
bool element_has_index(const struct tensor *tensor);

char *element_index(const struct tensor *tensor, uint64_t number, char buffer[ELEMENT_INDEX_SIZE]);

/* Columns that the widest index takes. */
int element_index_width(const struct tensor *tensor);

/* "3,4,0,0", "[3, 4, 0, 0]" or "17"; false with a message where that is no element present. */
bool element_index_parse(const struct tensor *tensor, struct text argument, uint64_t *number,
			 char message[256]);

#endif
