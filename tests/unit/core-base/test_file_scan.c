#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mtui/file.h>

#define MIB ((size_t)1 << 20)

static char path[] = "/tmp/mtui-scan-XXXXXX";

/* Byte i of the test file: every 8 bytes hold their own position. */
static uint8_t byte_at(uint64_t position)
{
	return (uint8_t)((position & ~(uint64_t)7) >> position % 8 * 8);
}

static struct file *make_file(size_t size)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	uint64_t *block = malloc(MIB);
	struct file *file;

	assert_true(fd >= 0);
	assert_non_null(block);
	for (size_t at = 0; at < size; at += MIB) {
		size_t n = size - at < MIB ? size - at : MIB;

		for (size_t i = 0; i < MIB / 8; i++)
			block[i] = at + i * 8;
		assert_int_equal(write(fd, block, n), n);
	}
	free(block);
	close(fd);
	file = file_open(path, NULL);
	assert_non_null(file);
	return file;
}

struct seen {
	uint64_t next, calls, stop_at;
	size_t piece;
	size_t most_resident; /* KiB of pages of files */
	bool good;
};

static size_t resident_of_files(void)
{
	FILE *stream = fopen("/proc/self/status", "r");
	char line[128];
	size_t kib = 0;

	while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
		sscanf(line, "RssFile: %zu", &kib);
	if (stream != NULL)
		fclose(stream);
	return kib;
}

static bool check(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct seen *seen = context;

	seen->good &= position == seen->next && len <= seen->piece && len > 0;
	for (size_t i = 0; i < len; i += 61)
		seen->good &= bytes[i] == byte_at(position + i);
	seen->good &= bytes[len - 1] == byte_at(position + len - 1);
	seen->next = position + len;
	seen->calls++;
	if (seen->calls % 16 == 0) {
		size_t resident = resident_of_files();

		seen->most_resident =
			resident > seen->most_resident ? resident : seen->most_resident;
	}
	return seen->stop_at == 0 || seen->calls < seen->stop_at;
}

static void scan_all(const struct file *file, uint64_t offset, uint64_t len, size_t piece)
{
	struct seen seen = { .next = offset, .piece = piece, .good = true };
	struct error err = { 0 };

	if (!file_scan_run(file, offset, len, piece, check, &seen, &err))
		fail_msg("%s", err.message);
	assert_true(seen.good);
	assert_int_equal(seen.next, offset + len);
	/* Whole pieces but for the last one, whatever the windows are. */
	assert_int_equal(seen.calls, (len + piece - 1) / piece);
}

static void scan_shapes(const struct file *file)
{
	static const size_t pieces[] = {
		65536, 65537, 3 * MIB, 4 * MIB, 5 * MIB + 3, SIZE_MAX / 2
	};

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		scan_all(file, 0, file->size, pieces[i]);
		scan_all(file, 4097, file->size - 5000, pieces[i]);
		scan_all(file, file->size - 1, 1, pieces[i]);
	}
	scan_all(file, 4095, 3, 1);
	scan_all(file, file->size, 0, 1);
}

/* Before the handler is there: through pread. */
static void scans_without_the_guard(void **state)
{
	struct file *file = make_file(9 * MIB + 123);

	(void)state;
	for (size_t piece = 65536; piece <= 5 * MIB; piece += 2 * MIB + 7)
		scan_all(file, 1000, file->size - 1000, piece);
	file_close(file);
}

/* In every test: cmocka sets handlers of its own before each. */
static void install(void)
{
	struct error err;

	assert_true(file_guard_install(&err));
}

static void scans_windows(void **state)
{
	struct file *file = make_file(9 * MIB + 123);

	(void)state;
	install();
	scan_shapes(file);
	file_close(file);
}

static void scans_memory(void **state)
{
	uint8_t *bytes = malloc(100000);
	struct file *file;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < 100000; i++)
		bytes[i] = byte_at(i);
	file = file_wrap(bytes, 100000, "memory");
	scan_shapes(file);
	file_close(file);
	free(bytes);
}

static void refuses_extents_outside(void **state)
{
	struct file *file = make_file(1000);
	struct seen seen = { 0 };
	struct error err;

	(void)state;
	assert_false(file_scan_run(file, 0, 1001, 10, check, &seen, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_false(file_scan_run(file, UINT64_MAX, 2, 10, check, &seen, &err));
	assert_false(file_scan_run(file, 1, UINT64_MAX, 10, check, &seen, &err));
	assert_int_equal(err.offset, 1);
	assert_int_equal(seen.calls, 0);
	file_close(file);
}

static void a_step_may_stop(void **state)
{
	struct file *file = make_file(100000);
	struct seen seen = { .piece = 1000, .good = true, .stop_at = 3 };
	struct error err;

	(void)state;
	assert_false(file_scan_run(file, 0, 100000, 1000, check, &seen, &err));
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(seen.calls, 3);
	file_close(file);
}

static void resident_memory_stays_small(void **state)
{
	struct file *file = make_file(64 * MIB);
	struct seen seen = { .piece = 65536, .good = true };
	struct error err;
	size_t before = resident_of_files();

	(void)state;
	install();
	assert_true(file_scan_run(file, 0, file->size, 65536, check, &seen, &err));
	assert_true(seen.good);
	assert_in_range(seen.most_resident, before, before + (8 << 10));
	file_close(file);
}

/* What a step does to the file under it. */
struct saboteur {
	struct seen seen;
	uint64_t at;
	off_t size;
};

static bool shrink(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct saboteur *saboteur = context;

	if (position >= saboteur->at && saboteur->at != 0) {
		saboteur->at = 0;
		if (truncate(path, saboteur->size) != 0)
			return false;
	}
	return check(bytes, len, position, &saboteur->seen);
}

static void expect_changed(size_t size, uint64_t at, off_t new_size)
{
	struct file *file = make_file(size);
	struct saboteur saboteur = { { .piece = 65536, .good = true }, at, new_size };
	struct error err = { 0 };

	assert_false(file_scan_run(file, 0, size, 65536, shrink, &saboteur, &err));
	if (err.code != ERROR_CHANGED)
		fail_msg("code %d: %s", (int)err.code, err.message);
	assert_non_null(strstr(err.message, "file changed: was "));
	file_close(file);
}

/* A19: a fault in the window being walked, in a later one, and none at all because only a part
 * of the last page went. */
static void a_shrinking_file_ends_the_scan(void **state)
{
	(void)state;
	install();
	expect_changed(12 * MIB, 1 * MIB, 0);
	expect_changed(12 * MIB, 1 * MIB, 2 * MIB);
	expect_changed(12 * MIB, 1 * MIB, 9 * MIB);
	expect_changed(12 * MIB + 4000, 12 * MIB, 12 * MIB + 100);
	/* And again: the guard is as it was. */
	scans_windows(NULL);
}

static void *sabotage(void *argument)
{
	expect_changed(8 * MIB, 4 * MIB, 100);
	return argument;
}

static void faults_stay_in_their_thread(void **state)
{
	pthread_t thread;
	struct file *memory;
	uint8_t *bytes = calloc(1, MIB);

	(void)state;
	install();
	assert_non_null(bytes);
	memory = file_wrap(bytes, MIB, "memory");
	assert_int_equal(pthread_create(&thread, NULL, sabotage, NULL), 0);
	for (int i = 0; i < 20; i++) {
		struct seen seen = { .piece = 4096 };

		assert_true(file_scan_run(memory, 0, MIB, 4096, check, &seen, NULL));
		assert_int_equal(seen.calls, 256);
	}
	pthread_join(thread, NULL);
	file_close(memory);
	free(bytes);
}

static bool touch_elsewhere(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	(void)len;
	(void)position;
	return bytes[0] + *(volatile uint8_t *)context >= 0;
}

/* A bus error that is not the scan's own still ends the program. */
static void other_faults_are_not_hidden(void **state)
{
	struct file *file = make_file(MIB);
	int status;
	pid_t child;

	(void)state;
	install();
	child = fork();
	if (child == 0) {
		int fd = open(path, O_RDONLY);
		void *map = mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0);

		if (freopen("/dev/null", "w", stderr) == NULL || truncate(path, 4096) != 0)
			_exit(1);
		file_scan_run(file, 0, 4096, 4096, touch_elsewhere, (uint8_t *)map + 8192, NULL);
		_exit(2);
	}
	assert_true(waitpid(child, &status, 0) == child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	file_close(file);
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scans_without_the_guard),
		cmocka_unit_test(scans_windows),
		cmocka_unit_test(scans_memory),
		cmocka_unit_test(refuses_extents_outside),
		cmocka_unit_test(a_step_may_stop),
		cmocka_unit_test(resident_memory_stays_small),
		cmocka_unit_test(a_shrinking_file_ends_the_scan),
		cmocka_unit_test(faults_stay_in_their_thread),
		cmocka_unit_test(other_faults_are_not_hidden),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
