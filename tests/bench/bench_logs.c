/*
 * What reading logs costs inside, on files that it writes first:
 *
 *	build/bench/bench_logs DIRECTORY
 *	build/bench/bench_logs FILE SCALARS TAGS
 *
 * One line each: what, and a number with its unit. CPU time, so that a busy machine measures the
 * same. The event file (events.out.tfevents.bench: a million scalars of 20 tags) stays for others.
 * With a number of scalars it only writes an event file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mtui/bytes.h>
#include <mtui/curve.h>
#include <mtui/run.h>

#include "core/base/crc32c.h"
#include "random_bytes.h"

enum { SCALARS = 1000000, TAGS = 20, ROWS = 1000000, APPENDS = 200, COLUMNS = 400 };

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static size_t put_varint(uint8_t *out, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		out[n++] = (uint8_t)value | 0x80;
	out[n++] = (uint8_t)value;
	return n;
}

/* One record: a scalar of a tag. */
static size_t put_scalar(uint8_t *out, uint64_t i, unsigned tags, float value)
{
	uint8_t *data = out + 12, *p = data;
	double wall = 1.7e9 + (double)i * 0.01;
	char tag[32];
	size_t len = (size_t)sprintf(tag, "train/loss_%02d", (int)(i % tags));
	uint32_t sum;

	*p++ = 0x09;
	memcpy(p, &wall, 8);
	p += 8;
	*p++ = 0x10;
	p += put_varint(p, i / tags);
	*p++ = 0x2a;
	*p++ = (uint8_t)(len + 9);
	*p++ = 0x0a;
	*p++ = (uint8_t)(len + 7);
	*p++ = 0x0a;
	*p++ = (uint8_t)len;
	memcpy(p, tag, len);
	p += len;
	*p++ = 0x15;
	memcpy(p, &value, 4);
	p += 4;
	store_u64(out, (uint64_t)(p - data));
	sum = crc32c_masked(crc32c_best()(0, out, 8));
	memcpy(out + 8, &sum, 4);
	sum = crc32c_masked(crc32c_best()(0, data, (size_t)(p - data)));
	memcpy(p, &sum, 4);
	return (size_t)(p + 4 - out);
}

static void write_events(const char *path, uint64_t from, uint64_t count, unsigned tags,
			 const char *mode)
{
	FILE *file = fopen(path, mode);
	uint64_t random = from;
	uint8_t record[128];

	if (!file)
		exit(1);
	for (uint64_t i = from; i < from + count; i++) {
		float value = (float)(random_next(&random) >> 40) * 1e-6f;
		fwrite(record, 1, put_scalar(record, i, tags, value), file);
	}
	fclose(file);
}

static void write_table(const char *path)
{
	FILE *file = fopen(path, "w");
	uint64_t random = 1;

	if (!file)
		exit(1);
	fputs("step,epoch,loss,val_loss,lr\n", file);
	for (int i = 0; i < ROWS; i++)
		fprintf(file, "%d,%d,%.17g,%.6f,%.9g\n", i, i / 1000,
			(double)(random_next(&random) >> 11) * 0x1p-53,
			(double)(random_next(&random) >> 40) * 1e-7, 1e-3 / (i + 1));
	fclose(file);
}

static struct run_set *open_log(const char *path)
{
	struct run_options options = { 0 };
	struct error err;
	struct run_set *set = run_open(&path, 1, &options, &err);

	if (!set)
		exit(1);
	return set;
}

/* Best of five, which others disturb least. */
static double best_read(const char *path)
{
	double best = 1e9;

	for (int i = 0; i < 5; i++) {
		double start = cpu_seconds();
		struct run_set *set = open_log(path);
		run_refresh(set, 0);
		double seconds = cpu_seconds() - start;
		best = seconds < best ? seconds : best;
		run_close(set);
	}
	return best;
}

static double file_size(const char *path)
{
	FILE *file = fopen(path, "r");
	long size;

	if (!file)
		exit(1);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fclose(file);
	return (double)size;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench_append(const char *path)
{
	static double times[APPENDS];
	struct run_set *set = open_log(path);

	run_refresh(set, 0);
	for (int i = 0; i < APPENDS; i++) {
		write_events(path, SCALARS + (uint64_t)i * TAGS, TAGS, TAGS, "a");
		double start = cpu_seconds();
		if (!run_refresh(set, 0))
			exit(1);
		times[i] = cpu_seconds() - start;
	}
	run_close(set);
	qsort(times, APPENDS, sizeof *times, by_size);
	printf("refresh %.4f ms\n", times[APPENDS / 2] * 1e3);
}

/* A chart of one tag by its columns, as a frame asks for them, smoothed. */
static void bench_chart(const char *path)
{
	struct run_set *set = open_log(path);
	struct curve curve = { 0 };
	double best = 1e9, low, high;

	run_refresh(set, 0);
	const struct runs *runs = run_version(set);
	struct curve_source source = { .run = runs->items[0], .series = runs->items[0]->series[0],
				       .weight = 0.9 };
	if (!curve_make(&curve, &source) || !curve_span(&curve, &low, &high))
		exit(1);
	for (int i = 0; i < 20; i++) {
		double start = cpu_seconds(), width = (high - low) / COLUMNS, sum = 0;
		for (int c = 0; c < COLUMNS; c++) {
			double from = low + c * width;
			struct curve_part raw = curve_part(&curve, false, 0, from, from + width, false);
			struct curve_part smooth = curve_part(&curve, true, 0, from, from + width, false);
			sum += raw.extent.max - raw.extent.min + smooth.last;
		}
		double seconds = cpu_seconds() - start;
		if (sum > 0 && seconds < best)
			best = seconds;
	}
	printf("chart %.4f ms\n", best * 1e3);
	curve_free(&curve);
	runs_release(runs);
	run_close(set);
}

int main(int argc, char **argv)
{
	char events[1024], table[1024];

	if (argc == 4) {
		write_events(argv[1], 0, strtoull(argv[2], NULL, 10),
			     (unsigned)strtoul(argv[3], NULL, 10), "w");
		return 0;
	}

	if (argc < 2)
		return 2;
	snprintf(events, sizeof events, "%s/events.out.tfevents.bench", argv[1]);
	snprintf(table, sizeof table, "%s/bench_metrics.csv", argv[1]);
	write_events(events, 0, SCALARS, TAGS, "w");
	printf("events %.2f Mrecords/s\n", SCALARS / best_read(events) / 1e6);
	bench_append(events);
	write_events(events, 0, SCALARS, 1, "w");
	bench_chart(events);
	write_events(events, 0, SCALARS, TAGS, "w");
	write_table(table);
	printf("csv %.1f MB/s\n", file_size(table) / best_read(table) / 1e6);
	unlink(table);
	return 0;
}
