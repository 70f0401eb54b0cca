/* The reader of small JSON documents: an error has its offset inside the document, a document
 * that passes can be walked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/json.h>

#define DEEPEST 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(const struct json *root)
{
	const struct json *at[DEEPEST + 1] = { root };
	size_t depth = 0, length = 0;

	while (at[depth] != NULL || depth > 0) {
		const struct json *node = at[depth];

		if (node == NULL) {
			depth--;
			at[depth] = json_next(at[depth]);
			continue;
		}
		if (json_key(node) != NULL)
			length += strlen(json_key(node));
		if (json_string(node) != NULL)
			length += strlen(json_string(node));
		if (json_first(node) == NULL) {
			at[depth] = depth > 0 ? json_next(node) : NULL;
			continue;
		}
		if (depth == DEEPEST)
			abort();
		at[++depth] = json_first(node);
	}
	return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .offset = -1 };
	struct json *root = json_parse((const char *)data, size, &err);

	if (root == NULL && (err.code != ERROR_MALFORMED && err.code != ERROR_REFUSED))
		abort();
	if (root == NULL && (err.offset < 0 || (uint64_t)err.offset > size))
		abort();
	if (root != NULL && walk(root) > size)
		abort();
	json_free(root);
	return 0;
}
