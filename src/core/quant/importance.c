/*
 * An .npy file:
 *   1. \x93NUMPY, major and minor version
 *   2. length of the header: 2 bytes in version 1, 4 later, little-endian
 *   3. the header, a Python dict as text: 'descr', 'fortran_order', 'shape'
 *   4. the elements
 */
#include <mtui/importance.h>

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/text.h>

/* The whole file with a NUL behind it. */
static char *read_all(const char *path, size_t *len, struct error *err)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;

	*len = 0;
	if (!file) {
		error_set_errno(err, ERROR_READ, -1, errno, "open");
		return NULL;
	}
	for (size_t room = 1 << 16; room <= 2 * (size_t)IMPORTANCE_MAX_BYTES; room *= 2) {
		char *grown = realloc(bytes, room);

		if (!grown)
			break;
		bytes = grown;
		*len += fread(bytes + *len, 1, room - 1 - *len, file);
		if (*len < room - 1) {
			bool failed = ferror(file) || *len > IMPORTANCE_MAX_BYTES;

			fclose(file);
			bytes[*len] = '\0';
			if (!failed)
				return bytes;
			free(bytes);
			error_set(err, ERROR_READ, -1, "not readable, or above 64 MiB of weights");
			return NULL;
		}
	}
	fclose(file);
	free(bytes);
	error_set(err, ERROR_REFUSED, -1, "above 64 MiB of weights, or out of memory");
	return NULL;
}

static bool add(struct importance *importance, double weight, size_t offset, struct error *err)
{
	if (!isfinite(weight) || weight < 0)
		return error_set(err, ERROR_MALFORMED, (int64_t)offset,
				 "a weight is finite and not negative");
	importance->weights[importance->n++] = weight;
	return true;
}

static bool take_npy(struct importance *importance, const char *bytes, size_t len,
		     struct error *err)
{
	const uint8_t *raw = (const uint8_t *)bytes;
	size_t width = len > 6 && raw[6] == 1 ? 2 : 4, begin = 8 + width, header = 0, size;
	struct text text;

	for (size_t i = 0; len >= begin && i < width; i++)
		header |= (size_t)raw[8 + i] << 8 * i;
	if (len < begin || header > len - begin)
		return error_set(err, ERROR_MALFORMED, 8, "the npy header is cut off");
	text = (struct text){ bytes + begin, header };
	if (text_find(text, TEXT("'<f4'"), 0) != SIZE_MAX)
		size = 4;
	else if (text_find(text, TEXT("'<f8'"), 0) != SIZE_MAX)
		size = 8;
	else
		return error_set(err, ERROR_REFUSED, -1, "npy of <f4 or <f8 only");
	for (size_t at = begin + header; at + size <= len; at += size) {
		float narrow;
		double wide;

		memcpy(&narrow, bytes + at, sizeof narrow);
		if (size == 8)
			memcpy(&wide, bytes + at, sizeof wide);
		else
			wide = (double)narrow;
		if (!add(importance, wide, at, err))
			return false;
	}
	return true;
}

/* The locale of numbers is never anything but "C". */
static bool take_text(struct importance *importance, const char *bytes, size_t len,
		      struct error *err)
{
	const char *at = bytes;

	for (;;) {
		char *end;
		double weight;

		at += strspn(at, ",; \t\r\n");
		if (at == bytes + len)
			return true;
		weight = strtod(at, &end);
		if (end == at)
			return error_set(err, ERROR_MALFORMED, at - bytes,
					 "a number should be here");
		if (!add(importance, weight, (size_t)(at - bytes), err))
			return false;
		at = end;
	}
}

bool importance_load(struct importance *importance, const char *path, struct error *err)
{
	size_t len;
	char *bytes = read_all(path, &len, err);
	double sum = 0;
	bool good;

	*importance = (struct importance){ 0 };
	if (!bytes)
		return false;
	/* A number takes two bytes at least. */
	importance->weights = malloc((len / 2 + 1) * sizeof(double));
	if (!importance->weights)
		good = error_set(err, ERROR_MEMORY, -1, "out of memory");
	else if (len >= 8 && memcmp(bytes, "\x93NUMPY", 6) == 0)
		good = take_npy(importance, bytes, len, err);
	else
		good = take_text(importance, bytes, len, err);
	free(bytes);
	for (size_t i = 0; i < importance->n; i++)
		sum += importance->weights[i];
	if (good && !(sum > 0 && isfinite(sum)))
		good = error_set(err, ERROR_MALFORMED, -1, "no weight above 0");
	if (!good)
		importance_free(importance);
	return good;
}

void importance_free(struct importance *importance)
{
	free(importance->weights);
	*importance = (struct importance){ 0 };
}
