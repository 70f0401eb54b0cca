#include "ui/views/element_index.h"

#include <inttypes.h>
#include <stdio.h>

bool element_has_index(const struct tensor *tensor)
{
	return tensor->n_dims > 1 && tensor->n_dims <= ELEMENT_INDEX_DIMS &&
	       tensor->kind != TENSOR_SPARSE && tensor->problem != TENSOR_OVERFLOW &&
	       tensor->problem != TENSOR_BAD_DIMS && tensor->count > 0;
}

char *element_index(const struct tensor *tensor, uint64_t number, char buffer[ELEMENT_INDEX_SIZE])
{
	uint64_t rest = tensor->count, left = number;
	size_t n = 0;

	if (!element_has_index(tensor)) {
		snprintf(buffer, ELEMENT_INDEX_SIZE, "%" PRIu64, number);
		return buffer;
	}
	for (uint32_t i = 0; i < tensor->n_dims; i++) {
		rest /= (uint64_t)tensor->dims[i]; /* none is 0: the count is not */
		n += (size_t)snprintf(buffer + n, ELEMENT_INDEX_SIZE - n, "%s%" PRIu64,
				      i ? "," : "", left / rest);
		left %= rest;
	}
	return buffer;
}

static int digits_of(uint64_t value)
{
	int digits = 1;

	for (; value >= 10; value /= 10)
		digits++;
	return digits;
}

int element_index_width(const struct tensor *tensor)
{
	int width = -1;

	if (!element_has_index(tensor))
		return digits_of(tensor->present > 0 ? tensor->present - 1 : 0);
	for (uint32_t i = 0; i < tensor->n_dims; i++)
		width += 1 + digits_of((uint64_t)tensor->dims[i] - 1);
	return width;
}

/* The numbers of the argument; how many, or -1. */
static int parse_numbers(struct text argument, uint64_t numbers[ELEMENT_INDEX_DIMS])
{
	bool digits = false;
	int n = 0;

	for (size_t i = 0; i <= argument.len; i++) {
		char c = i < argument.len ? argument.data[i] : ',';

		if (c == ' ' || c == '[' || c == ']')
			continue;
		if (n == ELEMENT_INDEX_DIMS)
			return -1;
		if (c >= '0' && c <= '9') {
			numbers[n] = digits ? numbers[n] : 0;
			digits = true;
			if (numbers[n] > (UINT64_MAX - 9) / 10)
				return -1;
			numbers[n] = numbers[n] * 10 + (uint64_t)(c - '0');
		} else if (c == ',' && digits) {
			digits = false;
			n++;
		} else {
			return -1;
		}
	}
	return n;
}

static bool flatten(const struct tensor *tensor, const uint64_t *numbers, uint64_t *number,
		    char message[256])
{
	*number = 0;
	for (uint32_t i = 0; i < tensor->n_dims; i++) {
		if (numbers[i] >= (uint64_t)tensor->dims[i]) {
			snprintf(message, 256,
				 "index %" PRIu64 " is outside of dimension %u, which is %" PRId64,
				 numbers[i], (unsigned)i, tensor->dims[i]);
			return false;
		}
		*number = *number * (uint64_t)tensor->dims[i] + numbers[i];
	}
	return true;
}

bool element_index_parse(const struct tensor *tensor, struct text argument, uint64_t *number,
			 char message[256])
{
	uint64_t numbers[ELEMENT_INDEX_DIMS] = { 0 }, found = 0;
	int n = parse_numbers(argument, numbers);

	if (n < 1) {
		snprintf(message, 256, "an index is numbers: 3,4,0,0 or 17");
		return false;
	}
	if (n == 1) {
		found = numbers[0];
	} else if (!element_has_index(tensor) || (uint32_t)n != tensor->n_dims) {
		snprintf(message, 256, "%d numbers for %u dimensions", n, (unsigned)tensor->n_dims);
		return false;
	} else if (!flatten(tensor, numbers, &found, message)) {
		return false;
	}
	if (found >= tensor->present) {
		snprintf(message, 256, "there are %" PRIu64 " elements", tensor->present);
		return false;
	}
	*number = found;
	return true;
}
