/* What kind of text a file holds. */
#ifndef RUNS_TEXT_KIND_H
#define RUNS_TEXT_KIND_H

#include "core/runs/log_reader.h"

/* True where the bytes could be the beginning of text in ASCII, UTF-8 or Latin-1: few controls. */
bool text_kind_is_text(const uint8_t *bytes, size_t n);

/* For the first bytes of a file: steps over UTF-8's byte-order mark (feed->done). False while there
 * are too few bytes to know, and for UTF-16 and UTF-32, which stop the reader. */
bool text_kind_begin(const struct log_input *input, struct log_feed *feed, struct error *err);

#endif
