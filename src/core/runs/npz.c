#include "core/runs/npz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>
#include <mtui/gate.h>
#include <mtui/limits.h>

#include "core/base/decimal.h"
#include "core/runs/unzip.h"

enum { END = 22, END_SEARCH = 65557, CENTRAL = 46, LOCAL = 30, MEMBERS = 64, NPY_HEADER = 65535 };

/* An array of numbers, as far as evaluations have them. */
struct array {
	struct text name; /* without ".npy" */
	double *numbers;  /* rows * columns, row by row */
	uint64_t rows, columns;
};

struct archive {
	const uint8_t *bytes;
	size_t len;
	struct array arrays[MEMBERS];
	size_t count;
	bool exhausted;
};

/* The value of a key in the header's Python literal. */
static struct text literal(struct text header, const char *key)
{
	size_t at = text_find(header, text_from(key), 0);

	if (at == SIZE_MAX)
		return TEXT("");
	at += strlen(key);
	while (at < header.len && (header.data[at] == '\'' || header.data[at] == ':' ||
				   header.data[at] == ' '))
		at++;
	return (struct text){ header.data + at, header.len - at };
}

static bool read_shape(struct text shape, struct array *array)
{
	uint64_t dims[2] = { 1, 1 };
	size_t count = 0, at = 1;

	if (shape.len == 0 || shape.data[0] != '(')
		return false;
	while (at < shape.len && shape.data[at] != ')') {
		double dim;
		size_t taken = decimal_read(shape.data + at, shape.len - at, '.', &dim);
		if (taken == 0) {
			at++;
			continue;
		}
		if (count == 2 || !(dim >= 0 && dim < 1e9))
			return false;
		dims[count++] = (uint64_t)dim;
		at += taken;
	}
	array->rows = dims[0];
	array->columns = dims[1];
	return count > 0;
}

static double element(char kind, size_t width, const uint8_t *p)
{
	if (kind == 'f')
		return width == 8 ? load_f64(p) : (double)load_f32(p);
	uint64_t bits = width == 8 ? load_u64(p) : width == 4 ? load_u32(p) :
			width == 2 ? load_u16(p) : *p;
	if (kind == 'i' && width < 8 && bits >> (8 * width - 1))
		bits |= ~(uint64_t)0 << 8 * width;
	return kind == 'i' ? (double)(int64_t)bits : (double)bits;
}

/* "<f8", "<i8", "|b1": little-endian numbers of one width. */
static bool read_descr(struct text descr, char *kind, size_t *width)
{
	if (descr.len < 3 || (descr.data[0] != '<' && descr.data[0] != '|'))
		return false;
	*kind = descr.data[1] == 'b' ? 'u' : descr.data[1];
	*width = (size_t)(descr.data[2] - '0');
	return (*kind == 'f' && (*width == 4 || *width == 8)) ||
	       ((*kind == 'i' || *kind == 'u') &&
		(*width == 1 || *width == 2 || *width == 4 || *width == 8));
}

static bool read_npy(struct archive *archive, struct array *array, const uint8_t *p, size_t len)
{
	size_t begin, width;
	uint64_t count, bytes;
	char kind;

	if (len < 12 || memcmp(p, "\x93NUMPY", 6) != 0)
		return false;
	size_t header_len = p[6] == 1 ? load_u16(p + 8) : load_u32(p + 8);
	begin = p[6] == 1 ? 10 : 12;
	if (header_len > NPY_HEADER || header_len > len - begin)
		return false;
	struct text header = { (const char *)p + begin, header_len };
	begin += header_len;
	if (!read_descr(literal(header, "descr"), &kind, &width) ||
	    !read_shape(literal(header, "shape"), array) ||
	    text_find(literal(header, "fortran_order"), TEXT("True"), 0) == 0 ||
	    !mul_ok(array->rows, array->columns, &count) || !mul_ok(count, width, &bytes) ||
	    !extent_ok(begin, bytes, len))
		return false;
	array->numbers = malloc(count ? (size_t)count * sizeof *array->numbers : 1);
	if (!array->numbers) {
		archive->exhausted = true;
		return false;
	}
	for (uint64_t i = 0; i < count; i++)
		array->numbers[i] = element(kind, width, p + begin + i * width);
	return true;
}

/* The member that an entry of the central directory names; false where it is not understood. */
static bool read_member(struct archive *archive, const uint8_t *entry, struct text name)
{
	uint32_t method = load_u16(entry + 10), packed = load_u32(entry + 20);
	uint32_t whole = load_u32(entry + 24), local = load_u32(entry + 42);
	struct array *array = &archive->arrays[archive->count];
	uint8_t *unpacked = NULL;
	bool good;

	if (!extent_ok(local, LOCAL, archive->len))
		return false;
	const uint8_t *p = archive->bytes + local;
	uint64_t data = (uint64_t)local + LOCAL + load_u16(p + 26) + load_u16(p + 28);
	if (!extent_ok(data, packed, archive->len) || whole > LIMIT_WINDOW_BYTES * 4)
		return false;
	*array = (struct array){ .name = { name.data, name.len - 4 } };
	p = archive->bytes + data;
	if (method == 8) {
		unpacked = malloc(whole ? whole : 1);
		archive->exhausted |= !unpacked;
		if (!unpacked || !unzip_member(p, packed, unpacked, whole)) {
			free(unpacked);
			return false;
		}
		p = unpacked;
	} else if (method != 0 || packed != whole) {
		return false;
	}
	good = read_npy(archive, array, p, whole);
	free(unpacked);
	archive->count += good;
	return good;
}

/* Where the end record of the archive is; SIZE_MAX: there is none. */
static size_t find_end(const uint8_t *bytes, size_t len)
{
	size_t lowest = len > END_SEARCH ? len - END_SEARCH : 0;

	if (len < END)
		return SIZE_MAX;
	for (size_t at = len - END + 1; at-- > lowest;)
		if (memcmp(bytes + at, "PK\5\6", 4) == 0)
			return at;
	return SIZE_MAX;
}

static bool read_archive(struct archive *archive)
{
	size_t end = find_end(archive->bytes, archive->len);
	uint64_t at;

	if (end == SIZE_MAX)
		return false;
	at = load_u32(archive->bytes + end + 16);
	for (unsigned i = load_u16(archive->bytes + end + 10);
	     i > 0 && archive->count < MEMBERS && extent_ok(at, CENTRAL, archive->len); i--) {
		const uint8_t *entry = archive->bytes + at;
		size_t name = load_u16(entry + 28);
		if (memcmp(entry, "PK\1\2", 4) != 0 || !extent_ok(at + CENTRAL, name, archive->len))
			break;
		if (name > 4 && memcmp(entry + CENTRAL + name - 4, ".npy", 4) == 0)
			read_member(archive, entry,
				    (struct text){ (const char *)entry + CENTRAL, name });
		at += CENTRAL + name + load_u16(entry + 30) + load_u16(entry + 32);
	}
	return true;
}

static void add_point(struct run_log *log, struct text name, const char *what, int64_t step,
		      double value)
{
	char tag[300];
	size_t len = name.len < 256 ? name.len : 256;

	memcpy(tag, name.data, len);
	snprintf(tag + len, sizeof tag - len, "/%s", what);
	log_point(log, log_series(log, text_from(tag), SERIES_METRIC), step, NAN, value);
}

static void add_rows(struct run_log *log, const struct array *steps, const struct array *array)
{
	for (uint64_t i = 0; i < array->rows; i++) {
		const double *row = array->numbers + i * array->columns;
		int64_t step = fabs(steps->numbers[i]) < 9e18 ? (int64_t)steps->numbers[i] : (int64_t)i;
		double sum = 0, squares = 0;
		for (uint64_t j = 0; j < array->columns; j++)
			sum += row[j];
		double mean = sum / (double)array->columns;
		for (uint64_t j = 0; j < array->columns; j++)
			squares += (row[j] - mean) * (row[j] - mean);
		add_point(log, array->name, "mean", step, mean);
		if (array->columns > 1)
			add_point(log, array->name, "std", step,
				  sqrt(squares / (double)array->columns));
	}
}

static void npz_feed(void *state, struct run_log *log, const struct log_input *input,
		     struct log_feed *feed, struct error *err)
{
	struct archive *archive = calloc(1, sizeof *archive);
	const struct array *steps = NULL;

	(void)state;
	if (!archive) {
		log->exhausted = true;
		return;
	}
	archive->bytes = input->bytes;
	archive->len = input->len;
	if (!read_archive(archive)) {
		snprintf(feed->state, sizeof feed->state, "waiting for the end of the archive");
		free(archive);
		return;
	}
	for (size_t i = 0; i < archive->count; i++)
		if (text_is(archive->arrays[i].name, "timesteps"))
			steps = &archive->arrays[i];
	for (size_t i = 0; steps && i < archive->count; i++)
		if (&archive->arrays[i] != steps && archive->arrays[i].rows == steps->rows &&
		    archive->arrays[i].columns > 0)
			add_rows(log, steps, &archive->arrays[i]);
	log->records = steps ? steps->rows : 0;
	log->exhausted |= archive->exhausted;
	for (size_t i = 0; i < archive->count; i++)
		free(archive->arrays[i].numbers);
	free(archive);
	if (steps)
		feed->done = input->len;
	else
		feed->stop = !error_set(err, ERROR_FORMAT, 0,
					"numpy archive without an array of timesteps");
}

static int npz_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	static const char first[] = "timesteps.npy";

	(void)whole;
	if (n < 4 || memcmp(head, "PK\3\4", 4) != 0)
		return 0;
	if (text_is(name, "evaluations.npz"))
		return 6;
	return text_find((struct text){ (const char *)head, n }, TEXT(first), 0) == LOCAL ? 3 : 0;
}

const struct log_reader npz_reader = {
	.source = RUN_NPZ, .document = true, .probe = npz_probe, .feed = npz_feed,
};
