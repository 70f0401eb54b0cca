#include "core/runs/wandb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <mtui/bytes.h>
#include <mtui/limits.h>

#include "core/base/grouped.h"
#include "core/runs/wandb_record.h"

enum { HEADER = 7, CHUNK = 7, BLOCK = 32768 };
enum { TYPE_ZERO, TYPE_FULL, TYPE_FIRST, TYPE_MIDDLE, TYPE_LAST };

struct wandb {
	struct wandb_records records;
	bool begun, inside; /* a record has begun and not ended */
	uint8_t *record;
	size_t len, room;
};

static bool check_header(const uint8_t *bytes, struct error *err)
{
	if (memcmp(bytes, ":W&B", 4) != 0)
		return error_set(err, ERROR_FORMAT, 0, "not a W&B log: it does not begin with :W&B");
	if (load_u16(bytes + 4) != 0xbee1)
		return error_set(err, ERROR_MALFORMED, 4, "magic number 0x%04x (allowed 0xbee1)",
				 load_u16(bytes + 4));
	if (bytes[6] != 0)
		return error_set(err, ERROR_REFUSED, 6, "W&B log of version %d; only 0 is read",
				 bytes[6]);
	return true;
}

static void take_record(struct wandb *wandb, struct run_log *log, const uint8_t *bytes, size_t len)
{
	if (wandb_record_take(&wandb->records, log, bytes, len))
		log->records++;
	else
		log->damaged++;
}

static void add_part(struct wandb *wandb, struct run_log *log, const uint8_t *bytes, size_t len)
{
	if (wandb->len + len > LIMIT_WINDOW_BYTES * 4) {
		log->damaged++;
		wandb->inside = false;
		return;
	}
	if (wandb->len + len > wandb->room) {
		size_t room = (wandb->len + len) * 2;
		uint8_t *grown = realloc(wandb->record, room);
		if (!grown) {
			log->exhausted = true;
			return;
		}
		wandb->record = grown;
		wandb->room = room;
	}
	if (len)
		memcpy(wandb->record + wandb->len, bytes, len);
	wandb->len += len;
}

/* A chunk whose sum is good. */
static void take_chunk(struct wandb *wandb, struct run_log *log, unsigned type, const uint8_t *data,
		       size_t len)
{
	bool begins = type == TYPE_FULL || type == TYPE_FIRST;

	/* A record that was not ended, a part without its beginning, a type that there is not. */
	log->damaged += begins == wandb->inside || type > TYPE_LAST;
	if (begins)
		wandb->inside = false;
	if (type == TYPE_FULL) {
		take_record(wandb, log, data, len);
	} else if (type == TYPE_FIRST) {
		wandb->inside = true;
		wandb->len = 0;
		add_part(wandb, log, data, len);
	} else if (wandb->inside && (type == TYPE_MIDDLE || type == TYPE_LAST)) {
		add_part(wandb, log, data, len);
		if (type == TYPE_LAST && wandb->inside) {
			wandb->inside = false;
			take_record(wandb, log, wandb->record, wandb->len);
		}
	}
}

static bool sum_fits(const uint8_t *chunk, size_t len)
{
	return crc32(0, chunk + 6, (uInt)len + 1) == load_u32(chunk);
}

/* Bytes from the position to the end of its block. */
static size_t block_left(uint64_t position)
{
	return BLOCK - (size_t)(position % BLOCK);
}

enum chunk { CHUNK_GOOD, CHUNK_BAD, CHUNK_TORN };

/* What stands at bytes[0..have) at this position. */
static enum chunk look_at(const uint8_t *bytes, size_t have, uint64_t position)
{
	if (have < CHUNK)
		return CHUNK_TORN;
	size_t len = load_u16(bytes + 4);
	if (CHUNK + len > block_left(position) || bytes[6] == TYPE_ZERO)
		return CHUNK_BAD;
	if (have < CHUNK + len)
		return CHUNK_TORN;
	return sum_fits(bytes, len) ? CHUNK_GOOD : CHUNK_BAD;
}

/* Where reading goes on behind a bad chunk: bytes to pass, or 0 while that cannot be known. */
static size_t behind_bad(const uint8_t *bytes, size_t have, uint64_t position)
{
	size_t len = CHUNK + load_u16(bytes + 4), block = block_left(position);

	if (bytes[6] != TYPE_ZERO && len + CHUNK <= block) {
		enum chunk next = have < len ? CHUNK_TORN :
					       look_at(bytes + len, have - len, position + len);
		if (next == CHUNK_GOOD)
			return len;
		if (next == CHUNK_TORN)
			return 0;
	}
	return have < block ? 0 : block;
}

static bool is_zeros(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Takes what stands at bytes[feed->done..]; false when there is nothing to go on with. */
static bool next_chunk(struct wandb *wandb, struct run_log *log, const struct log_input *input,
		       struct log_feed *feed)
{
	const uint8_t *bytes = input->bytes + feed->done;
	size_t have = input->len - feed->done;
	uint64_t position = input->position + feed->done;
	size_t block = block_left(position);
	char at[GROUPED_SIZE];

	if (block < CHUNK) {
		if (have < block)
			return false;
		feed->done += block;
		return true;
	}
	switch (look_at(bytes, have, position)) {
	case CHUNK_TORN:
		return false;
	case CHUNK_GOOD:
		take_chunk(wandb, log, bytes[6], bytes + CHUNK, load_u16(bytes + 4));
		feed->done += CHUNK + load_u16(bytes + 4);
		return true;
	case CHUNK_BAD:
		break;
	}
	bool zeros = is_zeros(bytes, have < block ? have : block);
	uint64_t data = zeros ? log_next_data(input->file, position) : position;
	size_t pass = zeros ? (have < block || data == input->file->size ? 0 : block) :
			      behind_bad(bytes, have, position);
	if (pass == 0) {
		snprintf(feed->state, sizeof feed->state,
			 zeros ? "ends in zeros from byte %s on" :
				 "damaged at byte %s, and no chunk behind it yet",
			 grouped(at, position));
		return false;
	}
	if (!zeros) {
		log->damaged++;
		wandb->inside = false;
		log_notice(log, "damaged at byte %s: %zu bytes skipped", grouped(at, position), pass);
	}
	feed->done += pass;
	/* Over a hole at once, to the block in which it ends. */
	if (zeros && data - data % BLOCK > position + pass)
		feed->skip = data - data % BLOCK - position - pass;
	return feed->skip == 0;
}

static void wandb_feed(void *state, struct run_log *log, const struct log_input *input,
		       struct log_feed *feed, struct error *err)
{
	struct wandb *wandb = state;
	char at[GROUPED_SIZE];

	if (!wandb->begun) {
		if (input->len < HEADER) {
			snprintf(feed->state, sizeof feed->state, "waiting for the header");
			return;
		}
		if (!check_header(input->bytes, err)) {
			feed->stop = true;
			return;
		}
		wandb->begun = true;
		feed->done = HEADER;
	}
	while (feed->done < input->len && !log->exhausted)
		if (!next_chunk(wandb, log, input, feed))
			break;
	if (input->end && feed->done < input->len && !feed->state[0])
		snprintf(feed->state, sizeof feed->state, "waiting for the rest of a chunk at byte %s",
			 grouped(at, input->position + feed->done));
}

static void wandb_close(void *state)
{
	struct wandb *wandb = state;

	wandb_records_free(&wandb->records);
	free(wandb->record);
}

static int wandb_probe(struct text name, const uint8_t *head, size_t n, bool whole)
{
	bool named = name.len > 6 && memcmp(name.data + name.len - 6, ".wandb", 6) == 0;

	(void)whole;
	if (n >= 4 && memcmp(head, ":W&B", 4) == 0)
		return 6;
	return named && n > 0 && (n < 4 || text_find(TEXT("version https://git-lfs"),
						      (struct text){ (const char *)head, 4 }, 0) != 0) ?
		       5 :
		       0;
}

const struct log_reader wandb_reader = {
	.source = RUN_WANDB,
	.probe = wandb_probe,
	.state_size = sizeof(struct wandb),
	.feed = wandb_feed,
	.close = wandb_close,
};
