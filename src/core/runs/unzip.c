#include "core/runs/unzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <mtui/limits.h>

enum { PIECE = 16 << 10, GZIP_WINDOW = 16 + MAX_WBITS, RAW_WINDOW = -MAX_WBITS };

bool unzip_is(const uint8_t *head, size_t n)
{
	return n >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

static bool broken(const z_stream *stream, uint64_t position, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, (int64_t)(position - stream->avail_in),
			 "gzip data: %s", stream->msg ? stream->msg : "broken");
}

bool unzip_head(uint8_t *head, size_t *n, struct error *err)
{
	uint8_t packed[4096];
	z_stream stream = { .next_in = packed, .avail_in = (uInt)(*n < 4096 ? *n : 4096) };
	int status;

	memcpy(packed, head, stream.avail_in);
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	stream.next_out = head;
	stream.avail_out = (uInt)*n;
	status = inflate(&stream, Z_SYNC_FLUSH);
	*n -= stream.avail_out;
	if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
		broken(&stream, *n, err);
	inflateEnd(&stream);
	return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR;
}

static bool make_room(uint8_t **room, size_t *size, size_t used, struct error *err)
{
	if (used < *size)
		return true;
	size_t wanted = *size ? *size * 2 : 64 << 10;
	if (wanted > 2 * (size_t)LIMIT_LOG_DOCUMENT)
		return error_set(err, ERROR_REFUSED, -1, "unpacks to more than %d MiB",
				 LIMIT_LOG_DOCUMENT >> 20);
	uint8_t *grown = realloc(*room, wanted);
	if (!grown)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	*room = grown;
	*size = wanted;
	return true;
}

/* Unpacks what lies in the stream's input behind *len. */
static bool unpack(z_stream *stream, uint8_t **room, size_t *size, size_t *len, uint64_t position,
		   struct error *err)
{
	int status;

	/* With all of the input taken some output may still wait for room. */
	do {
		if (!make_room(room, size, *len, err))
			return false;
		size_t left = *size - *len;
		stream->next_out = *room + *len;
		stream->avail_out = (uInt)(left < 1 << 30 ? left : 1 << 30);
		uInt before = stream->avail_out;
		status = inflate(stream, Z_NO_FLUSH);
		*len += before - stream->avail_out;
		if (status == Z_STREAM_END)
			inflateReset(stream); /* another member may follow */
		else if (status != Z_OK && status != Z_BUF_ERROR)
			return broken(stream, position, err);
		if (*len > LIMIT_LOG_DOCUMENT)
			return error_set(err, ERROR_REFUSED, -1, "unpacks to more than %d MiB",
					 LIMIT_LOG_DOCUMENT >> 20);
	} while (stream->avail_in > 0 || (stream->avail_out == 0 && status == Z_OK));
	return true;
}

bool unzip_all(const struct file *file, uint8_t **room, size_t *room_size, size_t *len,
	       struct error *err)
{
	uint8_t packed[PIECE];
	z_stream stream = { 0 };
	bool good = true;

	*len = 0;
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	for (uint64_t at = 0; good && at < file->size;) {
		size_t n = file->size - at < PIECE ? (size_t)(file->size - at) : PIECE;
		good = file_read(file, at, packed, n, err);
		at += n;
		stream.next_in = packed;
		stream.avail_in = (uInt)n;
		good = good && unpack(&stream, room, room_size, len, at, err);
	}
	inflateEnd(&stream);
	return good && make_room(room, room_size, *len, err);
}

bool unzip_member(const uint8_t *deflated, size_t n, uint8_t *out, size_t len)
{
	z_stream stream = { .next_in = (Bytef *)deflated, .avail_in = (uInt)n };
	int status;

	if (n > UINT32_MAX / 2 || len > UINT32_MAX / 2 || inflateInit2(&stream, RAW_WINDOW) != Z_OK)
		return false;
	stream.next_out = out;
	stream.avail_out = (uInt)len;
	status = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return status == Z_STREAM_END && stream.avail_out == 0;
}
