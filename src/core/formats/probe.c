/* Names what a file is by its first bytes, for files that no reader takes. */
#include <mtui/reader.h>

#include <string.h>

#include <mtui/bytes.h>

struct magic {
	const char *bytes;
	uint8_t len, at;
	const char *kind;
};

#define MAGIC(at, literal, kind)                                                                   \
	{                                                                                          \
		literal, sizeof(literal) - 1, at, kind                                             \
	}

static const struct magic magics[] = {
	MAGIC(4, "ORTM", "ONNX Runtime model (ORT flatbuffer)"),
	MAGIC(4, "TFL3", "TensorFlow Lite model"),
	MAGIC(4, "ET12", "ExecuTorch program"),
	MAGIC(0, "version https://git-lfs.github.com/spec/",
	      "git-LFS pointer: the model itself was not downloaded"),
	MAGIC(0, "GGUF", "GGUF model"),
	MAGIC(0, "FUGG", "GGUF model, big-endian"),
	MAGIC(0, "lmgg", "GGML model (before GGUF)"),
	MAGIC(0, "fmgg", "GGML model (before GGUF)"),
	MAGIC(0, "tjgg", "GGML model (before GGUF)"),
	MAGIC(0, "PK\x03\x04", "zip archive (PyTorch, npz, Keras, ...)"),
	MAGIC(0, "PK\x05\x06", "empty zip archive"),
	MAGIC(0, "\x89HDF\r\n\x1a\n", "HDF5 file (Keras weights, ...)"),
	MAGIC(0, "\x93NUMPY", "NumPy array"),
	MAGIC(0, "\x89PNG\r\n\x1a\n", "PNG image"),
	MAGIC(0, "\xff\xd8\xff", "JPEG image"),
	MAGIC(0, "GIF87a", "GIF image"),
	MAGIC(0, "GIF89a", "GIF image"),
	MAGIC(8, "WEBP", "WebP image"),
	MAGIC(0, "BM", "BMP image"),
	MAGIC(0, "%PDF-", "PDF document"),
	MAGIC(0, "\x1f\x8b", "gzip archive"),
	MAGIC(0, "\x28\xb5\x2f\xfd", "zstd archive"),
	MAGIC(0,
	      "\xfd"
	      "7zXZ",
	      "xz archive"),
	MAGIC(0, "BZh", "bzip2 archive"),
	MAGIC(0, "7z\xbc\xaf\x27\x1c", "7-Zip archive"),
	MAGIC(0,
	      "\x7f"
	      "ELF",
	      "ELF program or library"),
	MAGIC(0, "MZ", "Windows program or library"),
	MAGIC(0, "SQLite format 3", "SQLite database"),
	MAGIC(0, ":W&B\xe1\xbe", "Weights & Biases run"),
	MAGIC(0, "PAR1", "Parquet table"),
	MAGIC(0, "<!DOCTYPE", "HTML page: probably a login or error page, not the download"),
	MAGIC(0, "<!doctype", "HTML page: probably a login or error page, not the download"),
	MAGIC(0, "<html", "HTML page: probably a login or error page, not the download"),
};

static bool begins(const uint8_t *head, size_t n, const struct magic *magic)
{
	return n >= (size_t)magic->at + magic->len &&
	       memcmp(head + magic->at, magic->bytes, magic->len) == 0;
}

/* u64 length of the header, then a JSON object. */
static bool is_safetensors(const uint8_t *head, size_t n)
{
	return n >= 9 && head[8] == '{' && load_u64(head) >= 2 && load_u64(head) <= 100000000;
}

/* Protocol 2 to 5 with its frame or a first opcode that can follow; or the legacy torch magic. */
static bool is_pickle(const uint8_t *head, size_t n)
{
	if (n < 3 || head[0] != 0x80 || head[1] < 2 || head[1] > 5)
		return false;
	return memchr("\x95}](c\x8a\x8c)lX", head[2], 11) != NULL;
}

/* Length of record and its checksum, then an Event: wall_time [1] as a double, or, where that is
 * 0, at once the file_version [3] of the first record. */
static bool is_event_file(const uint8_t *head, size_t n)
{
	static const char version[] = "brain.Event:";
	uint64_t len = n >= 13 ? load_u64(head) : 0;
	if (len < 9 || len >= 1 << 20)
		return false;
	return head[12] == 0x09 || (head[12] == 0x1a && n >= 14 + sizeof version - 1 &&
				    memcmp(head + 14, version, sizeof version - 1) == 0);
}

/* saved_model_schema_version [1] = 1, then meta_graphs [2], a message that begins with [1]. */
static bool is_saved_model(const uint8_t *head, size_t n)
{
	size_t at = 3;
	if (n < 8 || head[0] != 0x08 || head[1] != 1 || head[2] != 0x12)
		return false;
	while (at < 8 && head[at] >= 0x80)
		at++;
	return at >= 4 && at + 1 < n && head[at + 1] == 0x0a;
}

/* A lone TensorProto, as in ONNX test data: dims [1], data_type [2], then data or a name. */
static bool is_tensor_proto(const uint8_t *head, size_t n)
{
	size_t at = 0;
	while (at + 1 < n && head[at] == 0x08) {
		at++;
		while (at < n && head[at] >= 0x80)
			at++;
		at++;
	}
	if (at + 2 >= n || head[at] != 0x10 || head[at + 1] == 0 || head[at + 1] > 40)
		return false;
	return memchr("\x22\x2a\x32\x3a\x42\x4a\x52\x5a\x6a\x70", head[at + 2], 10) != NULL;
}

/* UTF-8 without control characters but those of plain text, as far as the head goes. */
static bool is_text(const uint8_t *head, size_t n)
{
	size_t printable = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = head[i];
		if (byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t'))
			return false;
		if (byte >= 0x80) {
			unsigned more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 9;
			if (more == 9 || byte > 0xf4)
				return false;
			for (; more && i + 1 < n; more--)
				if ((head[++i] & 0xc0) != 0x80)
					return false;
		}
		printable++;
	}
	return printable > 3;
}

static bool contains(const uint8_t *head, size_t n, const char *word)
{
	return memmem(head, n, word, strlen(word)) != NULL;
}

static const char *text_kind(const uint8_t *head, size_t n)
{
	size_t at = 0;
	while (at < n &&
	       (head[at] == ' ' || head[at] == '\n' || head[at] == '\r' || head[at] == '\t'))
		at++;
	if (at < n && (head[at] == '{' || head[at] == '['))
		return contains(head, n, "irVersion") ? "ONNX as JSON text" : "JSON text";
	if (at < n && head[at] == '<' && contains(head, n, "ir_version"))
		return "ONNX text format";
	if (contains(head, n, "ir_version:") || contains(head, n, "opset_import {"))
		return "ONNX as protobuf text";
	return "text";
}

static bool all_zero(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (head[i])
			return false;
	return n > 0;
}

const char *probe_kind(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (begins(head, n, &magics[i]))
			return magics[i].kind;
	if (n > 262 && memcmp(head + 257, "ustar", 5) == 0)
		return "tar archive";
	if (is_safetensors(head, n))
		return "safetensors file";
	if (is_pickle(head, n))
		return "Python pickle (PyTorch checkpoint, ...)";
	if (is_event_file(head, n))
		return "TensorBoard event file";
	if (is_text(head, n))
		return text_kind(head, n);
	if (is_saved_model(head, n))
		return "TensorFlow SavedModel";
	if (is_tensor_proto(head, n))
		return "ONNX tensor (TensorProto), not a model";
	return all_zero(head, n) ? "nothing but zero bytes" : NULL;
}

bool model_named(const char *path)
{
	static const char *const endings[] = { ".onnx" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(path + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}
