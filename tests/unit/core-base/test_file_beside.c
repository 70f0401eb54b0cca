#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mtui/file.h>

#define HASH_40 "0123456789abcdef0123456789abcdef01234567"
#define HASH_64 HASH_40 "0123456789abcdef01234567"

static char directory[] = "/tmp/mtui-beside-XXXXXX";

static void make(const char *name, const char *content)
{
	FILE *stream = fopen(name, "w");

	assert_non_null(stream);
	fputs(content, stream);
	assert_int_equal(fclose(stream), 0);
}

static int enter(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL || chdir(directory) != 0)
		return 1;
	if (mkdir("in", 0700) || mkdir("in/sub", 0700) || mkdir("out", 0700))
		return 1;
	make("in/m.onnx", "model");
	make("in/w", "weights");
	make("in/sub/w", "below");
	make("out/secret", "secret");
	if (symlink("w", "in/link") || symlink("sub", "in/dirlink") ||
	    symlink("/", "in/rootlink") || symlink("../out/secret", "in/outlink") ||
	    symlink("../out", "in/outdir") || symlink("/etc/passwd", "in/absolute") ||
	    symlink("loop", "in/loop") || symlink("nowhere", "in/dangling"))
		return 1;
	return mkfifo("in/fifo", 0600) || link("in/w", "in/hard");
}

static int leave(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return chdir("/") != 0 || system(command) != 0;
}

static struct file *base_file(const char *path)
{
	struct error err;
	struct file *base = file_open(path, &err);

	if (base == NULL)
		fail_msg("%s: %s", path, err.message);
	return base;
}

static bool opens_from(const char *path, const char *name, const char *content)
{
	struct file *base = base_file(path);
	struct error err = { 0 };
	struct file *file = file_open_beside(base, name, strlen(name), &err);
	char bytes[64] = "";
	bool good = file != NULL && file->size < sizeof bytes &&
		    file_read(file, 0, bytes, (size_t)file->size, &err) &&
		    strcmp(bytes, content) == 0;

	if (!good)
		print_message("%s beside %s: %s\n", name, path, err.message);
	file_close(file);
	file_close(base);
	return good;
}

static bool refuses_from(const char *path, const char *name, size_t len, enum error_code code,
			 const char *text)
{
	struct file *base = base_file(path);
	struct error err = { 0 };
	struct file *file = file_open_beside(base, name, len, &err);
	bool good = file == NULL && err.code == code && strstr(err.message, text) != NULL;

	if (!good)
		print_message("%s beside %s: code %d: %s\n", name, path, (int)err.code,
			      err.message);
	file_close(file);
	file_close(base);
	return good;
}

static bool opens(const char *name, const char *content)
{
	return opens_from("in/m.onnx", name, content);
}

static bool refuses(const char *name, enum error_code code, const char *text)
{
	return refuses_from("in/m.onnx", name, strlen(name), code, text);
}

static void opens_what_lies_beside(void **state)
{
	struct file *base = base_file("in/m.onnx"), *file;

	(void)state;
	assert_true(opens("w", "weights"));
	assert_true(opens("./w", "weights"));
	assert_true(opens("sub/w", "below"));
	assert_true(opens("sub//w", "below"));
	assert_true(opens("link", "weights"));
	assert_true(opens("dirlink/w", "below"));
	file = file_open_beside(base, "w", 1, NULL);
	assert_string_equal(file->path, "in/w");
	/* A30 */
	assert_int_equal(file->links, 2);
	file_close(file);
	file_close(base);
	assert_int_equal(chdir("in"), 0);
	assert_true(opens_from("m.onnx", "w", "weights"));
	assert_int_equal(chdir(".."), 0);
}

/* B19 */
static void refuses_names_that_lead_away(void **state)
{
	static const char *const names[] = {
		"../out/secret", "..",	  "sub/../w", "a/../../x",  "sub/..",
		"/etc/passwd",	 "C:\\x", "c:x",      "\\\\srv\\x", "../"
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_true(
			refuses(names[i], ERROR_REFUSED, "points outside the model's directory"));
	assert_true(refuses("sub\\w", ERROR_REFUSED, "backslash"));
	/* B27 */
	assert_true(refuses("*/_ORT_MEM_ADDR_/*", ERROR_REFUSED, "in-memory address"));
	/* Dots alone are harmless. */
	assert_true(refuses("...", ERROR_READ, "No such file"));
	assert_true(refuses("..a", ERROR_READ, "No such file"));
}

/* B20 */
static void refuses_links_that_lead_away(void **state)
{
	(void)state;
	assert_true(refuses("outlink", ERROR_REFUSED, "the link \"outlink\" points outside"));
	assert_true(refuses("absolute", ERROR_REFUSED, "the link \"absolute\" points outside"));
	assert_true(refuses("outdir/secret", ERROR_REFUSED, "the link \"outdir\" points outside"));
	assert_true(refuses("rootlink/etc/passwd", ERROR_REFUSED, "the link \"rootlink\" points"));
}

/* B22 B26 */
static void says_what_is_wrong_with_a_name(void **state)
{
	char *name = malloc(1 << 20);

	(void)state;
	assert_non_null(name);
	memset(name, 'n', 1 << 20);
	assert_true(refuses_from("in/m.onnx", name, 1 << 20, ERROR_READ, "1,048,576 bytes"));
	assert_true(refuses_from("in/m.onnx", name, 300, ERROR_READ, "File name too long"));
	free(name);
	assert_true(
		refuses_from("in/m.onnx", "w\0x", 3, ERROR_REFUSED, "\"w\\x00x\" has a NUL byte"));
	assert_true(refuses("", ERROR_REFUSED, "empty"));
	assert_true(refuses(".", ERROR_REFUSED, "directory"));
	assert_true(refuses("sub", ERROR_READ, "\"sub\": is a directory"));
	assert_true(refuses("sub/", ERROR_READ, "is a directory"));
	assert_true(refuses("w/", ERROR_READ, "Not a directory"));
	assert_true(refuses("fifo", ERROR_REFUSED, "\"fifo\": not a regular file (fifo)"));
	assert_true(refuses("nope", ERROR_READ, "\"nope\": No such file or directory"));
	assert_true(refuses("dangling", ERROR_READ, "No such file or directory"));
	assert_true(refuses("loop", ERROR_READ, "Too many levels of symbolic links"));
	assert_true(refuses("\033[2J\n", ERROR_READ, "\"\\x1b[2J\\x0a\": No such file"));
}

static void make_cache(const char *model)
{
	static const char script[] =
		"set -e; mkdir -p hub/$M/blobs hub/$M/snapshots/rev/onnx; cd hub/$M/blobs\n"
		"printf model >$A; printf blob >$B; printf x >notahash; ln -s /etc/passwd $C\n"
		"cd ../snapshots/rev; ln -s ../../blobs/$A m.onnx; ln -s ../../blobs/$B data\n"
		"ln -s ../../blobs/notahash odd; ln -s ../../../blobs/$B high\n"
		"ln -s ../../blobs/$C evil; ln -s ../../blobs/../blobs/$B round\n"
		"ln -s ../../../../hub/$M/blobs/$B long\n"
		"cd onnx; ln -s ../../../blobs/$A m.onnx; ln -s ../../../blobs/$B data\n";

	setenv("M", model, 1);
	setenv("A", HASH_40, 1);
	setenv("B", HASH_64, 1);
	setenv("C", "ffffffffffffffffffffffffffffffffffffffff", 1);
	assert_int_equal(system(script), 0);
}

/* B21 */
static void opens_blobs_of_the_cache(void **state)
{
	static const char *const refused[] = { "odd", "high", "round", "long" };
	const char *base = "hub/models--o--m/snapshots/rev/m.onnx";

	(void)state;
	make_cache("models--o--m");
	assert_true(opens_from(base, "data", "blob"));
	assert_true(opens_from(base, "onnx/data", "blob"));
	assert_true(opens_from("hub/models--o--m/snapshots/rev/onnx/m.onnx", "data", "blob"));
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_true(refuses_from(base, refused[i], strlen(refused[i]), ERROR_REFUSED,
					 "points outside the model's directory"));
	assert_true(refuses_from(base, "evil", 4, ERROR_READ, "symbolic links"));
	/* Reached through a link to the snapshot, it is the same cache. */
	assert_int_equal(symlink("hub/models--o--m/snapshots/rev", "mine"), 0);
	assert_true(opens_from("mine/m.onnx", "data", "blob"));
	/* The same layout under another name is not that cache. */
	make_cache("plain");
	assert_true(refuses_from("hub/plain/snapshots/rev/m.onnx", "data", 4, ERROR_REFUSED,
				 "the link \"data\" points outside"));
}

static void memory_has_no_directory(void **state)
{
	struct file *base = file_wrap("x", 1, "in/m.onnx");
	struct error err;

	(void)state;
	assert_null(file_open_beside(base, "w", 1, &err));
	assert_int_equal(err.code, ERROR_REFUSED);
	file_close(base);
}

/* openat2 answers with the number from now on. */
static bool forbid_openat2(unsigned number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof filter[0], filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int without_openat2(unsigned number)
{
	const char *cache = "hub/models--o--m/snapshots/rev/m.onnx";

	if (!forbid_openat2(number))
		return 77;
	if (!opens("w", "weights") || !opens("sub//w", "below") || !opens("./w", "weights"))
		return 1;
	if (!refuses("outlink", ERROR_REFUSED, "the link \"outlink\" points outside") ||
	    !refuses("absolute", ERROR_REFUSED, "points outside"))
		return 2;
	if (!refuses("outdir/secret", ERROR_REFUSED, "the link \"outdir\" points outside") ||
	    !refuses("rootlink/etc/passwd", ERROR_REFUSED, "the link \"rootlink\" points"))
		return 3;
	if (!refuses("fifo", ERROR_REFUSED, "fifo") || !refuses("sub", ERROR_READ, "directory") ||
	    !refuses("sub/", ERROR_READ, "directory") || !refuses("w/", ERROR_READ, "Not a") ||
	    !refuses("w/x", ERROR_READ, "Not a directory") ||
	    !refuses("nope/x", ERROR_READ, "No such"))
		return 4;
	if (!opens_from(cache, "data", "blob") || !opens_from(cache, "onnx/data", "blob") ||
	    !refuses_from(cache, "evil", 4, ERROR_REFUSED, "points outside"))
		return 5;
	return 0;
}

static void works_without_openat2(void **state)
{
	static const unsigned numbers[] = { ENOSYS, EPERM };

	(void)state;
	for (int i = 0; i < 2; i++) {
		int status;
		pid_t child = fork();

		if (child == 0)
			_exit(without_openat2(numbers[i]));
		assert_true(waitpid(child, &status, 0) == child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 77)
			skip();
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_lies_beside),
		cmocka_unit_test(refuses_names_that_lead_away),
		cmocka_unit_test(refuses_links_that_lead_away),
		cmocka_unit_test(says_what_is_wrong_with_a_name),
		cmocka_unit_test(opens_blobs_of_the_cache),
		cmocka_unit_test(memory_has_no_directory),
		cmocka_unit_test(works_without_openat2),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
