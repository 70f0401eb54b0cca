/*
 * Tables as text: a header, and a row for every step.
 *
 *   1. Lines that begin with # come first; one that holds a JSON object (Stable-Baselines' monitor)
 *      gives the run's facts.
 *   2. The header names the columns. Where its cells are all numbers there is none.
 *   3. A row has a cell for every column. An empty one is no point (Lightning writes metrics of one
 *      step into several rows).
 *
 * Cells are parted by the one of tab, semicolon, comma, bar that the header has most of, may be
 * quoted as RFC 4180 says, and lines end with LF or CRLF. Of numbers like 1,5 and 1,234.5 the last
 * of the two signs is the decimal one; a single comma is decimal.
 */
#ifndef RUNS_CSV_H
#define RUNS_CSV_H

#include "core/runs/log_reader.h"

extern const struct log_reader csv_reader;

#endif
