/* What files are called that are not models. */
#include "pb_write.h"

static void kind(const void *head, size_t n, const char *words)
{
	const char *found = probe_kind(head, n);
	if (!words && !found)
		return;
	if (!words || !found || !strstr(found, words))
		fail_msg("found \"%s\", not \"%s\"", found ? found : "-", words ? words : "-");
}

#define KIND(literal, words) kind((literal), sizeof(literal) - 1, (words))

static void known_kinds(void **state)
{
	(void)state;
	KIND("\x18\0\0\0ORTM....", "ORT flatbuffer");
	KIND("\x1c\0\0\0TFL3....", "TensorFlow Lite");
	KIND("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n",
	     "git-LFS pointer");
	KIND("GGUF\3\0\0\0", "GGUF");
	KIND("PK\3\4....", "zip");
	KIND("\x89HDF\r\n\x1a\n", "HDF5");
	KIND("\x93NUMPY\1\0", "NumPy");
	KIND("\x89PNG\r\n\x1a\n....", "PNG");
	KIND("\xff\xd8\xff\xe0....", "JPEG");
	KIND("GIF89a......", "GIF");
	KIND("\x1f\x8b\x08.....", "gzip");
	KIND("\x7f"
	     "ELF....",
	     "ELF");
	KIND("\x80\x02}q\x01.", "pickle");
	KIND("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", "pickle");
	KIND("\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.", "pickle");
	KIND("\x20\0\0\0\0\0\0\0{\"a\":{}}", "safetensors");
	KIND("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09\0\0\x80\xd0\x1d\xe4\xd8\x41", "TensorBoard");
	KIND("\x0f\0\0\0\0\0\0\0mS+\x09\x1a\x0d"
	     "brain.Event:2\xfc\x98",
	     "TensorBoard");
	KIND("\x08\x01\x12\xd0\x90\x01\x0a\x08\x10\x01", "SavedModel");
	KIND("\x08\x03\x10\x01\x42\x01x\x4a\x0c............", "TensorProto");
	KIND("<\n   ir_version: 8,\n   opset_import: [\"\" : 17]\n>\nagraph (float x) => (y) {}",
	     "ONNX text format");
	KIND("ir_version: 8\ngraph {\n  node {\n", "ONNX as protobuf text");
	KIND("{\n  \"irVersion\": \"8\",\n  \"graph\": {} }", "ONNX as JSON");
	KIND("[1, 2, 3]\n", "JSON");
	KIND("<!DOCTYPE html>\n<html>", "HTML");
	KIND("this is not a valid onnx model", "text");
	KIND("\xef\xbb\xbf"
	     "caf\xc3\xa9, na\xc3\xafve",
	     "text");
	KIND("\0\0\0\0\0\0\0\0", "zero");
}

/* Beginnings of real models: IR version first, or producer, or operator sets, or the graph. */
static void models_pass(void **state)
{
	(void)state;
	KIND("\x08\x08\x12\x07pytorch\x1a\x05"
	     "2.0.0:\x80\x01",
	     NULL);
	KIND("\x08\x03:\x80\x01\n\x10", NULL);
	KIND("\x08\x01\x12\x03"
	     "abc\x3a\x10",
	     NULL);
	KIND("\x08\x0a"
	     "B\x04\n\0\x10\x11:\x04\n\x02\x12\x01",
	     NULL);
	KIND("\x08\x06", NULL);
}

/* A15: the content decides, the extension is only mentioned. */
static void a15_extension_lies(void **state)
{
	static const char gguf[] = "GGUF\3\0\0\0................";
	static const struct {
		const char *name, *words;
	} rows[] = {
		{ "model.onnx", "extension says ONNX, content is GGUF model" },
		{ "model.bin", "not an ONNX model: GGUF model" },
		{ "noextension", "not an ONNX model: GGUF model" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error err = { .code = ERROR_NONE };
		struct file *file = file_wrap(gguf, sizeof gguf - 1, rows[i].name);
		assert_non_null(file);
		assert_null(model_read(file, &err));
		assert_int_equal(err.code, ERROR_FORMAT);
		assert_string_equal(err.message, rows[i].words);
	}
}

/* A03: short heads of anything do not run over the end. */
static void a03_short_heads(void **state)
{
	static const char *const heads[] = { "\x1c\0\0\0TFL3",
					     "GGUF",
					     "\x80\x04\x95",
					     "\x08\x03\x10",
					     "\x20\0\0\0\0\0\0\0{",
					     "\xe2\x82\xac",
					     "\x08\x01\x12\xff\xff\xff" };
	static const size_t lens[] = { 8, 4, 3, 3, 9, 3, 6 };
	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		for (size_t n = 1; n <= lens[i]; n++) {
			uint8_t *exact = malloc(n);
			assert_non_null(exact);
			memcpy(exact, heads[i], n);
			probe_kind(exact, n);
			free(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_kinds),
		cmocka_unit_test(models_pass),
		cmocka_unit_test(a15_extension_lies),
		cmocka_unit_test(a03_short_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
