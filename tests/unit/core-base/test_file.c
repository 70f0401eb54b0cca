#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <mtui/file.h>

static char directory[] = "/tmp/mtui-file-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int leave(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return chdir("/") != 0 || system(command) != 0;
}

static void write_file(const char *name, const char *content)
{
	FILE *stream = fopen(name, "w");

	assert_non_null(stream);
	fputs(content, stream);
	assert_int_equal(fclose(stream), 0);
}

static struct file *open_good(const char *name)
{
	struct error err;
	struct file *file = file_open(name, &err);

	if (file == NULL)
		fail_msg("%s: %s", name, err.message);
	return file;
}

static void refuses(const char *name, enum error_code code, const char *text)
{
	struct error err = { 0 };

	assert_null(file_open(name, &err));
	if (err.code != code || strstr(err.message, text) == NULL)
		fail_msg("%s: code %d: %s", name, (int)err.code, err.message);
}

static void reads_exactly(void **state)
{
	struct file *file;
	struct error err;
	char bytes[8] = "";

	(void)state;
	write_file("good", "0123456789");
	file = open_good("good");
	assert_int_equal(file->size, 10);
	assert_int_equal(file->links, 1);
	assert_null(file->target);
	assert_string_equal(file->path, "good");
	assert_true(file_read(file, 2, bytes, 4, &err));
	assert_string_equal(bytes, "2345");
	assert_true(file_read(file, 10, bytes, 0, &err));
	assert_false(file_read(file, 8, bytes, 3, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_int_equal(err.offset, 8);
	assert_string_equal(err.message, "needs 3 bytes, 2 left in the file");
	assert_false(file_read(file, UINT64_MAX, bytes, 2, &err));
	assert_false(file_read(file, 1, bytes, SIZE_MAX, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	file_close(file);
	file_close(NULL);
}

static void wraps_memory(void **state)
{
	struct file *file = file_wrap("abc", 3, "name");
	struct error err;
	char byte;
	uint64_t size;

	(void)state;
	assert_non_null(file);
	assert_true(file_read(file, 2, &byte, 1, &err));
	assert_int_equal(byte, 'c');
	assert_false(file_read(file, 3, &byte, 1, &err));
	assert_int_equal(file_changed(file, &size), FILE_SAME);
	assert_int_equal(size, 3);
	file_close(file);
	file = file_wrap(NULL, 0, "empty");
	assert_non_null(file->memory);
	assert_true(file_read(file, 0, &byte, 0, &err));
	file_close(file);
}

/* A01 A02 A05 A12 A14 */
static void says_why_it_cannot_open(void **state)
{
	char name[5001];

	(void)state;
	refuses("nope", ERROR_READ, "No such file or directory");
	refuses("", ERROR_READ, "No such file or directory");
	refuses(".", ERROR_READ, "is a directory");
	assert_int_equal(symlink("b", "a"), 0);
	assert_int_equal(symlink("a", "b"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	refuses("a", ERROR_READ, "Too many levels of symbolic links");
	refuses("dangling", ERROR_READ, "No such file or directory");
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	refuses(name, ERROR_READ, "File name too long");
	write_file("empty", "");
	file_close(open_good("empty"));
}

/* A06 A07 A08 */
static void refuses_what_is_not_regular(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	refuses("fifo", ERROR_REFUSED, "not a regular file (fifo)");
	refuses("/dev/zero", ERROR_REFUSED, "not a regular file (character device)");
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	refuses("socket", ERROR_REFUSED, "not a regular file (socket)");
	close(fd);
}

/* A08 */
static void copies_generated_files(void **state)
{
	struct file *file;
	struct error err;
	char bytes[6];

	(void)state;
	if (access("/proc/self/status", R_OK) != 0)
		skip();
	file = open_good("/proc/self/status");
	assert_true(file->spooled);
	assert_true(file->size > 100);
	assert_true(file_read(file, 0, bytes, 5, &err));
	assert_memory_equal(bytes, "Name:", 5);
	assert_int_equal(file_changed(file, NULL), FILE_SAME);
	file_close(file);
	refuses("/proc/self/mem", ERROR_REFUSED, "Input/output error");
}

/* A10 */
static void unreadable(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	write_file("secret", "x");
	chmod("secret", 0);
	refuses("secret", ERROR_READ, "Permission denied");
}

/* A11 A13 */
static void opens_links_and_strange_names(void **state)
{
	char expected[PATH_MAX];
	struct file *file;

	(void)state;
	write_file("target", "x");
	assert_int_equal(symlink("target", "link"), 0);
	file = open_good("link");
	assert_non_null(realpath("target", expected));
	assert_string_equal(file->target, expected);
	file_close(file);
	write_file("\033]0;x\a\n\x9b", "x");
	file_close(open_good("\033]0;x\a\n\x9b"));
	write_file("--help", "x");
	file_close(open_good("--help"));
}

/* A17 A18 */
static void huge_sparse_files_open(void **state)
{
	static const off_t sizes[] = { INT64_MAX, (off_t)15 << 40, (off_t)4 << 40 };
	struct file *file;
	struct error err;
	uint64_t bytes = 1;
	int fd = open("huge", O_CREAT | O_RDWR, 0600);
	size_t i = 0;

	(void)state;
	while (i < 3 && ftruncate(fd, sizes[i]) != 0)
		i++;
	close(fd);
	if (i == 3)
		skip();
	file = open_good("huge");
	assert_true(file->size == (uint64_t)sizes[i]);
	assert_true(file_read(file, file->size - 8, &bytes, 8, &err));
	assert_true(bytes == 0);
	assert_false(file_read(file, file->size - 7, &bytes, 8, &err));
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_true(err.offset == (int64_t)(file->size - 7));
	assert_int_equal(truncate("huge", 100), 0);
	assert_false(file_read(file, 1000, &bytes, 8, &err));
	assert_int_equal(err.code, ERROR_CHANGED);
	file_close(file);
	unlink("huge");
}

static void expect_change(const struct file *file, enum file_change change, uint64_t size)
{
	uint64_t now = 12345;

	assert_int_equal(file_changed(file, &now), change);
	assert_int_equal(now, size);
	assert_int_equal(file_changed(file, NULL), change);
}

/* Moves the time without waiting for the clock to tick. */
static void touch(const char *name)
{
	struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
}

/* A19 A20 A21 A22 */
static void sees_changes(void **state)
{
	struct file *file;
	struct error err;
	char bytes[10];

	(void)state;
	write_file("m", "0123456789");
	file = open_good("m");
	expect_change(file, FILE_SAME, 10);
	assert_int_equal(truncate("m", 4), 0);
	expect_change(file, FILE_SHRANK, 4);
	assert_false(file_read(file, 2, bytes, 4, &err));
	assert_int_equal(err.code, ERROR_CHANGED);
	assert_int_equal(err.offset, 4);
	assert_string_equal(err.message, "file changed: was 10, is 4 bytes");
	write_file("m", "abcdefghij");
	touch("m");
	expect_change(file, FILE_REWRITTEN, 10);
	write_file("m", "abcdefghijk");
	expect_change(file, FILE_GREW, 11);
	file_close(file);

	file = open_good("m");
	write_file("other", "xyz");
	assert_int_equal(rename("other", "m"), 0);
	expect_change(file, FILE_REPLACED, 3);
	assert_true(file_read(file, 0, bytes, 10, &err));
	assert_memory_equal(bytes, "abcdefghij", 10);
	unlink("m");
	expect_change(file, FILE_DELETED, 11);
	assert_true(file_read(file, 0, bytes, 10, &err));
	file_close(file);
}

/* A28 */
static void says_when_descriptors_run_out(void **state)
{
	struct rlimit before, few;
	struct error err = { 0 };
	struct file *file;

	(void)state;
	write_file("good", "x");
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	file = file_open("good", &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_null(file);
	assert_int_equal(err.code, ERROR_READ);
	assert_string_equal(err.message, "cannot open: Too many open files");
}

/* Opens "-" with a pipe on standard input that holds `content` and is at its end. */
static struct file *open_piped(const char *content, struct error *err)
{
	int ends[2], kept = dup(STDIN_FILENO);
	struct file *file;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], content, strlen(content)), strlen(content));
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	file = file_open("-", err);
	if (kept >= 0)
		dup2(kept, STDIN_FILENO), close(kept);
	else
		close(STDIN_FILENO);
	return file;
}

/* A09 */
static void spools_standard_input(void **state)
{
	struct error err = { 0 };
	struct file *file = open_piped("0123456789", &err);
	char bytes[4];

	(void)state;
	assert_non_null(file);
	assert_true(file->spooled);
	assert_int_equal(file->size, 10);
	assert_true(file_read(file, 6, bytes, 4, &err));
	assert_memory_equal(bytes, "6789", 4);
	assert_int_equal(file_changed(file, NULL), FILE_SAME);
	file_close(file);

	file_set_stdin_limit(10);
	file_close(open_piped("0123456789", &err));
	file_set_stdin_limit(9);
	assert_null(open_piped("0123456789", &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_non_null(strstr(err.message, "--max-stdin"));
	file_set_stdin_limit((uint64_t)2 << 30);
}

/* A regular file on standard input is read where it lies; a device is refused. */
static void standard_input_may_be_a_file(void **state)
{
	struct error err = { 0 };
	struct file *file;
	char bytes[3];
	int kept = dup(STDIN_FILENO), fd, zero = open("/dev/zero", O_RDONLY);

	(void)state;
	write_file("in", "abcdef");
	fd = open("in", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	file = file_open("-", &err);
	assert_non_null(file);
	assert_true(file_read(file, 3, bytes, 3, &err));
	assert_memory_equal(bytes, "def", 3);
	file_close(file);

	/* What was read before "-" is not part of the input. */
	lseek(STDIN_FILENO, 2, SEEK_SET);
	file = file_open("-", &err);
	assert_non_null(file);
	assert_int_equal(file->size, 4);
	file_close(file);

	dup2(zero, STDIN_FILENO);
	assert_null(file_open("-", &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	close(fd);
	close(zero);
	if (kept >= 0)
		dup2(kept, STDIN_FILENO), close(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_exactly),
		cmocka_unit_test(wraps_memory),
		cmocka_unit_test(says_why_it_cannot_open),
		cmocka_unit_test(refuses_what_is_not_regular),
		cmocka_unit_test(copies_generated_files),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(opens_links_and_strange_names),
		cmocka_unit_test(huge_sparse_files_open),
		cmocka_unit_test(sees_changes),
		cmocka_unit_test(says_when_descriptors_run_out),
		cmocka_unit_test(spools_standard_input),
		cmocka_unit_test(standard_input_may_be_a_file),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
