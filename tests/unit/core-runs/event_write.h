/* Event files written by hand, good ones and broken ones. */
#ifndef EVENT_WRITE_H
#define EVENT_WRITE_H

#include "pb_write.h"

#include <mtui/bytes.h>

#include "core/base/crc32c.h"

static inline uint32_t masked(const void *bytes, size_t len)
{
	return crc32c_masked(crc32c_plain(0, bytes, len));
}

/* A record of any length and data, with sums that are good or off by `wrong`. */
static inline void event_frame(struct pb *log, uint64_t len, const void *data, size_t have,
			       uint32_t wrong_header, uint32_t wrong_data)
{
	uint8_t header[8];
	uint32_t sum;

	store_u64(header, len);
	pb_raw(log, header, 8);
	sum = masked(header, 8) + wrong_header;
	pb_raw(log, &sum, 4);
	pb_raw(log, data, have);
	sum = masked(data, have) + wrong_data;
	pb_raw(log, &sum, 4);
}

/* Takes the event over. */
static inline void event_add(struct pb *log, struct pb *event)
{
	event_frame(log, event->len, event->data ? event->data : (const uint8_t *)"", event->len, 0, 0);
	pb_free(event);
}

static inline struct pb event_begin(double wall, int64_t step)
{
	struct pb event = { 0 };

	pb_double(&event, 1, wall);
	if (step)
		pb_int(&event, 2, step);
	return event;
}

/* Takes the value over and adds the event with it to the log. */
static inline void event_add_value(struct pb *log, double wall, int64_t step, struct pb *value)
{
	struct pb event = event_begin(wall, step), summary = { 0 };

	pb_put(&summary, 1, value);
	pb_put(&event, 5, &summary);
	event_add(log, &event);
}

static inline void event_version(struct pb *log)
{
	struct pb event = event_begin(1e9, 0);

	pb_string(&event, 3, "brain.Event:2");
	event_add(log, &event);
}

static inline void event_scalar(struct pb *log, const char *tag, int64_t step, float number)
{
	struct pb value = { 0 };

	pb_string(&value, 1, tag);
	pb_float(&value, 2, number);
	event_add_value(log, 1e9 + (double)step, step, &value);
}

/* Metadata with the plugin's name (and content), as TensorFlow 2 has it. */
static inline void event_plugin(struct pb *value, const char *plugin, struct pb *content)
{
	struct pb metadata = { 0 }, data = { 0 };

	pb_string(&data, 1, plugin);
	if (content)
		pb_put(&data, 2, content);
	pb_put(&metadata, 1, &data);
	pb_put(value, 9, &metadata);
}

/* A TensorProto with its dimensions, without values. */
static inline struct pb event_tensor(int dtype, size_t n_dims, const int64_t *dims)
{
	struct pb tensor = { 0 }, shape = { 0 };

	pb_int(&tensor, 1, dtype);
	for (size_t i = 0; i < n_dims; i++) {
		struct pb dim = { 0 };
		pb_int(&dim, 1, dims[i]);
		pb_put(&shape, 2, &dim);
	}
	pb_put(&tensor, 2, &shape);
	return tensor;
}

#endif
