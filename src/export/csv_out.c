#include "export/csv_out.h"

#include <string.h>

#include <mtui/gate.h>

void csv_out_init(struct csv_out *csv, void (*write)(void *context, const char *bytes, size_t len),
		  void *context)
{
	*csv = (struct csv_out){ .write = write, .context = context };
}

static void put(struct csv_out *csv, const char *bytes, size_t len)
{
	if (len > 0)
		csv->write(csv->context, bytes, len);
}

static void put_separator(struct csv_out *csv)
{
	if (csv->cells)
		put(csv, ",", 1);
	csv->cells = true;
}

void csv_out_piece(void *context, const char *bytes, size_t len)
{
	struct csv_out *csv = context;

	while (len > 0) {
		const char *quote = memchr(bytes, '"', len);
		size_t n = quote ? (size_t)(quote - bytes) + 1 : len;

		put(csv, bytes, n);
		if (quote)
			put(csv, "\"", 1);
		bytes += n;
		len -= n;
	}
}

void csv_out_open(struct csv_out *csv)
{
	put_separator(csv);
	put(csv, "\"", 1);
}

void csv_out_close(struct csv_out *csv)
{
	put(csv, "\"", 1);
}

static bool needs_quotes(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (memchr(",\"\r\n", text.data[i], 4))
			return true;
	return text.len > 0 && (text.data[0] == ' ' || text.data[text.len - 1] == ' ');
}

/* Gated text, quotes doubled. The runs that the gate leaves alone go out in one piece. */
static void put_gated(struct csv_out *csv, struct text text)
{
	size_t plain = 0, i = 0;

	while (i < text.len) {
		struct gate_glyph glyph;
		size_t n = gate_next(GATE_UNICODE, text.data + i, text.len - i, &glyph);

		if (glyph.escaped) {
			csv_out_piece(csv, text.data + plain, i - plain);
			put(csv, glyph.escape, strlen(glyph.escape));
			plain = i + n;
		}
		i += n;
	}
	if (text.len > plain)
		csv_out_piece(csv, text.data + plain, text.len - plain);
}

void csv_out_text(struct csv_out *csv, struct text value)
{
	bool quotes = needs_quotes(value);

	put_separator(csv);
	if (quotes)
		put(csv, "\"", 1);
	if (value.len > 0 && memchr("=+-@\t\r", value.data[0], 6))
		put(csv, "'", 1);
	put_gated(csv, value);
	if (quotes)
		put(csv, "\"", 1);
}

void csv_out_plain(struct csv_out *csv, const char *value)
{
	put_separator(csv);
	put(csv, value, strlen(value));
}

void csv_out_row_end(struct csv_out *csv)
{
	put(csv, "\r\n", 2);
	csv->cells = false;
}
