#include "core/runs/event_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mtui/bytes.h>

#include "core/base/crc32c.h"
#include "core/base/grouped.h"
#include "core/runs/event_record.h"
#include "core/runs/text_kind.h"

enum {
	HEADER = 12,
	FOOTER = 4,
	LARGE = 1 << 20, /* records above are not held in memory */
	FIRST_MOST = 4096,
	PIECE = 64 << 10,
	SHORT = 256 /* lengths below repeat */
};

#define PATIENCE 5.0 /* seconds in which a wrong length may still become right: a page half written */
#define SEARCH_MOST ((uint64_t)1 << 28) /* bytes that one look searches for the next record */
#define LONGEST ((uint64_t)INT32_MAX) /* what protobuf allows */

struct events {
	crc32c_function *crc;
	struct event_records records;
	uint64_t stuck_at; /* where a length was wrong, and up to where nothing good follows */
	uint64_t searched;
	double since; /* when it was first seen */
	bool stuck;
	/* Masked sums of the lengths that were seen; 0: not yet. */
	uint32_t short_lengths[SHORT];
};

static bool sum_fits(const struct events *events, const uint8_t *bytes, size_t len, uint32_t sum)
{
	return crc32c_masked(events->crc(0, bytes, len)) == sum;
}

static bool header_fits(const struct events *events, const uint8_t *header)
{
	return sum_fits(events, header, 8, load_u32(header + 8)) && load_u64(header) <= LONGEST;
}

/* The same for one of the many records in a row, whose lengths are few. */
static inline bool next_header_fits(struct events *events, const uint8_t *header)
{
	uint64_t len = load_u64(header);
	uint32_t sum = load_u32(header + 8);

	if (len < SHORT && sum && events->short_lengths[len] == sum)
		return true;
	if (!header_fits(events, header))
		return false;
	if (len < SHORT)
		events->short_lengths[len] = sum;
	return true;
}

/* The first good header in bytes[0..len), or len. Zeros are none, and quickly passed. */
static size_t find_header(const struct events *events, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + HEADER <= len; i++) {
		if (bytes[i] == 0 && bytes[i + HEADER - 1] == 0) {
			size_t zeros = i;
			while (zeros < len && bytes[zeros] == 0)
				zeros++;
			if (zeros - i > HEADER)
				i = zeros - HEADER + 1;
			if (i + HEADER > len)
				break;
		}
		if (header_fits(events, bytes + i))
			return i;
	}
	return len;
}

/* Looks for the next good header behind a wrong one. *found is where, or the end of the file less
 * what may still become one. */
static bool search(struct events *events, const struct file *file, uint64_t *found)
{
	uint8_t piece[PIECE / 4];
	struct error err;

	for (uint64_t read = 0; read < SEARCH_MOST && events->searched + HEADER <= file->size;
	     read += sizeof piece) {
		/* A header may begin with the last zeros of a hole. */
		uint64_t data = log_next_data(file, events->searched);
		if (data - events->searched > HEADER)
			events->searched = data - HEADER + 1;
		if (events->searched + HEADER > file->size)
			break;
		uint64_t left = file->size - events->searched;
		size_t len = left < sizeof piece ? (size_t)left : sizeof piece;
		if (!file_read(file, events->searched, piece, len, &err))
			break;
		size_t at = find_header(events, piece, len);
		if (at < len) {
			*found = events->searched + at;
			return true;
		}
		events->searched += len - (HEADER - 1);
	}
	return false;
}

static bool is_zeros(const struct file *file, uint64_t from)
{
	uint8_t piece[4096];
	struct error err;
	size_t len = file->size - from < sizeof piece ? (size_t)(file->size - from) : sizeof piece;

	if (!file_read(file, from, piece, len, &err))
		return false;
	for (size_t i = 0; i < len; i++)
		if (piece[i])
			return false;
	return true;
}

/* At a length whose sum is wrong: reading goes on behind feed->skip bytes, or waits. */
static void resume(struct events *events, struct run_log *log, const struct log_input *input,
		   uint64_t position, struct log_feed *feed)
{
	char at[GROUPED_SIZE], bytes[GROUPED_SIZE];
	uint64_t found;

	if (!events->stuck || events->stuck_at != position) {
		events->stuck = true;
		events->stuck_at = position;
		events->searched = position + 1;
		events->since = input->now;
	}
	/* Until the file grows there is no use in a larger window. */
	feed->want = input->file->size - position + 1;
	bool patient = !input->settled && input->now - events->since < PATIENCE;
	if (!patient && search(events, input->file, &found)) {
		log->damaged++;
		log_notice(log, "damaged at byte %s: %s bytes skipped", grouped(at, position),
			   grouped(bytes, found - position));
		feed->skip = found - position;
		feed->want = 0;
		events->stuck = false;
		return;
	}
	if (is_zeros(input->file, position))
		snprintf(feed->state, sizeof feed->state, "ends in zeros from byte %s on",
			 grouped(at, position));
	else
		snprintf(feed->state, sizeof feed->state, "damaged at byte %s%s", grouped(at, position),
			 patient ? ": it is read again" : ", and no record behind it yet");
}

static void count_record(struct run_log *log, bool good)
{
	if (good)
		log->records++;
	else
		log->damaged++;
}

/* A record of many MiB: summed and walked through in the file, never held. */
static bool take_large(struct events *events, struct run_log *log, const struct log_input *input,
		       uint64_t position, uint64_t len)
{
	uint8_t piece[PIECE / 4];
	uint32_t sum = 0;
	struct error err;
	struct pbwire wire;

	for (uint64_t at = 0; at < len && !input->no_checksum;) {
		size_t n = len - at < sizeof piece ? (size_t)(len - at) : sizeof piece;
		if (!file_read(input->file, position + at, piece, n, &err))
			return false;
		sum = events->crc(sum, piece, n);
		at += n;
	}
	if (!file_read(input->file, position + len, piece, FOOTER, &err))
		return false;
	if (!input->no_checksum && crc32c_masked(sum) != load_u32(piece)) {
		count_record(log, false);
		return true;
	}
	if (!pbwire_init(&wire, input->file, &err)) {
		log->exhausted = true;
		return false;
	}
	count_record(log, event_record_take(&events->records, log, &wire, position, position + len));
	pbwire_free(&wire);
	return true;
}

static void take_any(struct events *events, struct run_log *log, const uint8_t *data, size_t len)
{
	struct file memory = { .memory = data, .size = len, .fd = -1 };
	struct error err;
	struct pbwire wire;

	pbwire_init_memory(&wire, &memory, &err);
	count_record(log, event_record_take(&events->records, log, &wire, 0, len));
}

static inline void take_data(struct events *events, struct run_log *log, const uint8_t *data,
			     size_t len)
{
	if (event_record_scalar(&events->records, log, data, len))
		log->records++;
	else
		take_any(events, log, data, len);
}

/* Of a writer that leaves the sums out every one is 0; the first record is short. */
static bool may_lack_sums(const uint8_t *header)
{
	uint64_t len = load_u64(header);

	return load_u32(header + 8) == 0 && len > 0 && len <= FIRST_MOST;
}

static bool lacks_sums(const struct log_input *input, uint64_t len)
{
	uint8_t sum[FOOTER];
	struct error err;

	return file_read(input->file, HEADER + len, sum, FOOTER, &err) && load_u32(sum) == 0;
}

static void say_waiting(const struct log_input *input, uint64_t position, uint64_t len,
			struct log_feed *feed)
{
	char at[GROUPED_SIZE], claim[GROUPED_SIZE], there[GROUPED_SIZE];

	feed->want = HEADER + len + FOOTER;
	snprintf(feed->state, sizeof feed->state,
		 "waiting at byte %s: the record has %s bytes, the file %s of them", grouped(at, position),
		 grouped(claim, len), grouped(there, input->file->size - position - HEADER));
}

static void wrong_length(struct events *events, struct run_log *log, const struct log_input *input,
			 uint64_t position, struct log_feed *feed, struct error *err)
{
	const uint8_t *header = input->bytes + feed->done;
	uint64_t len = load_u64(header);
	bool first = position == 0 && may_lack_sums(header);

	if (first && !extent_ok(HEADER, len + FOOTER, input->file->size)) {
		say_waiting(input, position, len, feed);
	} else if (first && lacks_sums(input, len)) {
		feed->stop = true;
		error_set(err, ERROR_MALFORMED, 8,
			  "written without checksums; --no-checksum reads it");
	} else {
		resume(events, log, input, position, feed);
	}
}

/* Takes the record at bytes[feed->done..]; false when there is nothing to go on with. */
static bool take_record(struct events *events, struct run_log *log, const struct log_input *input,
			struct log_feed *feed, struct error *err)
{
	const uint8_t *header = input->bytes + feed->done;
	size_t have = input->len - feed->done;
	uint64_t position = input->position + feed->done, len = load_u64(header);

	if (input->no_checksum ? len > LONGEST : !next_header_fits(events, header)) {
		wrong_length(events, log, input, position, feed, err);
		return false;
	}
	if (!extent_ok(position + HEADER, len + FOOTER, input->file->size)) {
		say_waiting(input, position, len, feed);
		return false;
	}
	if (len > LARGE) {
		if (take_large(events, log, input, position + HEADER, len))
			feed->skip = HEADER + len + FOOTER;
		return false;
	}
	if (have < HEADER + len + FOOTER)
		return false;
	const uint8_t *data = header + HEADER;
	if (!input->no_checksum && !sum_fits(events, data, (size_t)len, load_u32(data + len)))
		count_record(log, false);
	else
		take_data(events, log, data, (size_t)len);
	feed->done += HEADER + (size_t)len + FOOTER;
	return true;
}

static void event_feed(void *state, struct run_log *log, const struct log_input *input,
		       struct log_feed *feed, struct error *err)
{
	struct events *events = state;
	char at[GROUPED_SIZE];

	if (!events->crc)
		events->crc = crc32c_best();
	while (input->len - feed->done >= HEADER && !log->exhausted)
		if (!take_record(events, log, input, feed, err))
			return;
	if (input->end && feed->done < input->len)
		snprintf(feed->state, sizeof feed->state, "waiting for the rest of a record at byte %s",
			 grouped(at, input->position + feed->done));
}

static void event_close(void *state)
{
	event_records_free(&((struct events *)state)->records);
}

static int event_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	struct events events = { .crc = crc32c_best() };
	bool named = text_find(name, TEXT("tfevents"), 0) != SIZE_MAX;

	(void)whole;
	if (n >= HEADER && load_u64(head) > 0 && header_fits(&events, head))
		return 6;
	return named && n > 0 && !text_kind_is_text(head, n) ? 5 : 0;
}

const struct log_reader event_reader = {
	.source = RUN_TENSORBOARD,
	.probe = event_probe,
	.state_size = sizeof(struct events),
	.feed = event_feed,
	.close = event_close,
};
