#include "core/runs/text_kind.h"

#include <string.h>

bool text_kind_is_text(const uint8_t *bytes, size_t n)
{
	size_t controls = 0;

	for (size_t i = 0; i < n; i++)
		controls += bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\r' &&
			    bytes[i] != '\t' && bytes[i] != 0x1b;
	return n > 0 && controls * 50 <= n;
}

static bool wrong_encoding(const char *encoding, struct log_feed *feed, struct error *err)
{
	feed->stop = true;
	return error_set(err, ERROR_MALFORMED, 0, "text in %s; only UTF-8 is read", encoding);
}

bool text_kind_begin(const struct log_input *input, struct log_feed *feed, struct error *err)
{
	const uint8_t *p = input->bytes;

	/* Four bytes tell UTF-32 from UTF-16; a file may well be shorter and grow. */
	if (input->len < 4 && input->len > 0 && (p[0] == 0xef || p[0] >= 0xfe || p[0] == 0) &&
	    !(input->end && input->settled))
		return false;
	if (input->len >= 4 && memcmp(p, "\xff\xfe\0\0", 4) == 0)
		return wrong_encoding("UTF-32", feed, err);
	if (input->len >= 4 && memcmp(p, "\0\0\xfe\xff", 4) == 0)
		return wrong_encoding("UTF-32, big-endian", feed, err);
	if (input->len >= 2 && memcmp(p, "\xff\xfe", 2) == 0)
		return wrong_encoding("UTF-16", feed, err);
	if (input->len >= 2 && memcmp(p, "\xfe\xff", 2) == 0)
		return wrong_encoding("UTF-16, big-endian", feed, err);
	if (input->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		feed->done = 3;
	return input->len > 0;
}
