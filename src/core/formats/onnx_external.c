/* External data: files beside the model, opened once each, and the extents named in them. */
#include "core/formats/onnx.h"

#include <stdio.h>
#include <stdlib.h>

#include <mtui/bytes.h>

#include "core/base/grouped.h"

enum { EXTERNAL_FILES = 65536, GAP_NOTED = 64 << 10 };

/* Opens the file of a location, or finds that it was tried before. */
static bool find_file(struct onnx *onnx, uint32_t location, uint64_t offset, uint32_t *index)
{
	struct onnx_name *name = &onnx->names.list.items[location];
	struct model_file it = { .location = onnx_name_text(onnx, location) };
	struct error why = { .code = ERROR_NONE, .offset = -1 };
	char links[GROUPED_SIZE];
	bool ok = true;
	if (name->bound != NO_INDEX) {
		*index = name->bound;
		return true;
	}
	if (onnx->files.count >= EXTERNAL_FILES)
		return pbwire_fail(&onnx->wire, ERROR_REFUSED, offset,
				   "more than %d files with external data", EXTERNAL_FILES);
	if (!ONNX_ROOM(onnx, onnx->files))
		return false;
	it.file = file_open_beside(onnx->files.items[0].file, it.location.data, it.location.len,
				   &why);
	if (!it.file && why.code == ERROR_MEMORY)
		return pbwire_fail(&onnx->wire, ERROR_MEMORY, 0, "out of memory");
	it.error = why;
	*index = name->bound = (uint32_t)onnx->files.count;
	onnx->files.items[onnx->files.count++] = it;
	if (!it.file)
		ok = onnx_notice(onnx, SEVERITY_PROBLEM, "external-file", (int64_t)offset,
				 SUBJECT_TENSOR, (uint32_t)onnx->tensors.count - 1,
				 "external data: %s", why.message);
	else if (it.file->links > 1)
		ok = onnx_notice(onnx, SEVERITY_NOTE, "external-links", (int64_t)offset,
				 SUBJECT_TENSOR, (uint32_t)onnx->tensors.count - 1,
				 "external data: the file has %s links",
				 grouped(links, it.file->links));
	return ok;
}

/* Decimal digits and nothing else. */
static bool parse_decimal(struct text text, uint64_t *number)
{
	uint64_t value = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		if (!mul_ok(value, 10, &value) ||
		    !add_ok(value, (uint64_t)(text.data[i] - '0'), &value))
			return false;
	}
	*number = value;
	return text.len > 0;
}

static bool refuse(struct onnx *onnx, uint32_t index, const char *rule, const char *message)
{
	char shown[ONNX_SHOWN];
	onnx->tensors.items[index].problem = TENSOR_NO_DATA;
	return onnx_notice(onnx, SEVERITY_PROBLEM, rule, (int64_t)onnx->tensor_offsets.items[index],
			   SUBJECT_TENSOR, index, "tensor \"%s\": %s",
			   onnx_shown(shown, onnx->tensors.items[index].name), message);
}

static bool read_number(struct onnx *onnx, uint32_t index, const char *what, struct text text,
			uint64_t *number, bool *good)
{
	char message[ONNX_SHOWN + 80], shown[ONNX_SHOWN];
	*good = parse_decimal(text, number);
	if (*good)
		return true;
	snprintf(message, sizeof message, "external %s \"%s\" is not a decimal number below 2^64",
		 what, onnx_shown(shown, text));
	return refuse(onnx, index, "external-number", message);
}

static bool note_keys(struct onnx *onnx, const struct onnx_draft *draft, uint32_t index)
{
	char shown[ONNX_SHOWN], key[ONNX_SHOWN];
	struct text name = onnx_name_text(onnx, draft->name);
	int64_t offset = (int64_t)draft->offset;
	if (draft->external_unknown.len &&
	    !onnx_notice(onnx, SEVERITY_NOTE, "external-key", offset, SUBJECT_TENSOR, index,
			 "tensor \"%s\": unknown key \"%s\" in external_data",
			 onnx_shown(shown, name), onnx_shown(key, draft->external_unknown)))
		return false;
	return !draft->repeated_key ||
	       onnx_notice(onnx, SEVERITY_WARNING, "external-key", offset, SUBJECT_TENSOR, index,
			   "tensor \"%s\": repeated key in external_data; the last one counts",
			   onnx_shown(shown, name));
}

static void remember_short(struct onnx *onnx, uint32_t file)
{
	for (uint32_t i = 0; i < onnx->n_short_files; i++)
		if (onnx->short_files[i] == file)
			return;
	if (onnx->n_short_files < ONNX_SHORT_FILES)
		onnx->short_files[onnx->n_short_files++] = file;
}

/* Gives a tensor its extent. Without a length it goes up to the end of the file. */
static bool place(struct onnx *onnx, uint32_t index, uint64_t offset, uint64_t length,
		  bool has_length)
{
	struct tensor *tensor = &onnx->tensors.items[index];
	uint64_t size = onnx->files.items[tensor->file].file->size;
	char message[160], a[GROUPED_SIZE], b[GROUPED_SIZE], c[GROUPED_SIZE];
	unsigned width = dtype_traits[tensor->dtype].bits / 8;
	bool ok = true;
	if (!has_length)
		length = offset <= size ? size - offset : 0;
	if (!extent_ok(offset, length, size) || (offset >= size && length)) {
		snprintf(message, sizeof message,
			 "external data of %s bytes at %s lie outside their file of %s bytes",
			 grouped(a, length), grouped(b, offset), grouped(c, size));
		ok = refuse(onnx, index, "external-extent", message);
		remember_short(onnx, tensor->file);
		length = offset < size ? size - offset : 0;
		if (length)
			tensor->problem = TENSOR_SHORT;
	}
	if (length == 0)
		return ok;
	struct run_of_bytes *run = arena_alloc(onnx->arena, sizeof *run);
	if (!run)
		return onnx_exhausted(onnx);
	*run = (struct run_of_bytes){ offset, length, RUN_PLAIN };
	tensor->runs = run;
	tensor->n_runs = 1;
	tensor->nbytes = length;
	if (ok && width > 1 && offset % width) {
		char shown[ONNX_SHOWN];
		ok = onnx_notice(onnx, SEVERITY_NOTE, "external-alignment",
				 (int64_t)onnx->tensor_offsets.items[index], SUBJECT_TENSOR, index,
				 "tensor \"%s\": external offset %s is not a multiple of %u bytes",
				 onnx_shown(shown, tensor->name), grouped(a, offset), width);
	}
	return ok;
}

bool onnx_place_external(struct onnx *onnx, const struct onnx_draft *draft, uint32_t index)
{
	uint64_t offset = 0, length = 0;
	bool good = true;
	uint32_t file;
	onnx->tensors.items[index].runs = NULL;
	onnx->tensors.items[index].n_runs = 0;
	onnx->tensors.items[index].nbytes = 0;
	if (!note_keys(onnx, draft, index))
		return false;
	if (!draft->has_location)
		return refuse(onnx, index, "external-location", "external data without a location");
	if (!find_file(onnx, draft->location, draft->offset, &file))
		return false;
	onnx->tensors.items[index].file = file;
	if (draft->has_offset &&
	    !read_number(onnx, index, "offset", draft->external_offset, &offset, &good))
		return false;
	if (good && draft->has_length &&
	    !read_number(onnx, index, "length", draft->external_length, &length, &good))
		return false;
	if (!good)
		return true;
	if (!onnx->files.items[file].file) {
		onnx->tensors.items[index].problem = TENSOR_NO_DATA;
		return true;
	}
	return place(onnx, index, offset, length, draft->has_length);
}

static int by_place(const void *left, const void *right)
{
	const struct tensor *a = *(const struct tensor *const *)left;
	const struct tensor *b = *(const struct tensor *const *)right;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	uint64_t at_a = a->runs[0].offset, at_b = b->runs[0].offset;
	if (at_a != at_b)
		return at_a < at_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

static bool check_neighbours(struct onnx *onnx, const struct tensor *before,
			     const struct tensor *after)
{
	uint64_t end = before->runs[0].offset + before->nbytes, start = after->runs[0].offset;
	char a[ONNX_SHOWN], b[ONNX_SHOWN], n[GROUPED_SIZE];
	uint32_t index = (uint32_t)(after - onnx->tensors.items);
	int64_t offset = (int64_t)onnx->tensor_offsets.items[index];
	/* Two tensors over the very same bytes are shared weights, not an accident. */
	if (end > start && !(before->runs[0].offset == start && before->nbytes == after->nbytes))
		return onnx_notice(onnx, SEVERITY_WARNING, "external-overlap", offset,
				   SUBJECT_TENSOR, index,
				   "tensors \"%s\" and \"%s\" overlap by %s bytes in their file",
				   onnx_shown(a, before->name), onnx_shown(b, after->name),
				   grouped(n, end - start));
	if (start > end && start - end >= GAP_NOTED)
		return onnx_notice(onnx, SEVERITY_NOTE, "external-gap", offset, SUBJECT_TENSOR,
				   index, "%s unused bytes before tensor \"%s\" in its file",
				   grouped(n, start - end), onnx_shown(b, after->name));
	return true;
}

/* A download that goes on is worth a word: the tensors that lack bytes may soon have them. */
static bool check_growth(struct onnx *onnx)
{
	for (uint32_t i = 0; i < onnx->n_short_files; i++) {
		const struct model_file *it = &onnx->files.items[onnx->short_files[i]];
		char shown[ONNX_SHOWN], n[GROUPED_SIZE];
		if (file_is_growing(it->file))
			return onnx_notice(onnx, SEVERITY_WARNING, "external-growing", -1,
					   SUBJECT_MODEL, 0,
					   "\"%s\" is still growing, %s bytes so far: press r "
					   "when it is whole",
					   onnx_shown(shown, it->location),
					   grouped(n, it->file->size));
	}
	return true;
}

/* Overlaps and large gaps between tensors of one external file. */
bool onnx_check_external(struct onnx *onnx)
{
	size_t n = 0;
	bool ok = true;
	if (onnx->files.count < 2)
		return true;
	if (!check_growth(onnx))
		return false;
	for (size_t i = 0; i < onnx->tensors.count; i++)
		n += onnx->tensors.items[i].storage == STORAGE_EXTERNAL &&
		     onnx->tensors.items[i].n_runs;
	const struct tensor **order = malloc((n ? n : 1) * sizeof *order);
	if (!order)
		return pbwire_fail(&onnx->wire, ERROR_MEMORY, 0, "out of memory");
	n = 0;
	for (size_t i = 0; i < onnx->tensors.count; i++)
		if (onnx->tensors.items[i].storage == STORAGE_EXTERNAL &&
		    onnx->tensors.items[i].n_runs)
			order[n++] = &onnx->tensors.items[i];
	qsort(order, n, sizeof *order, by_place);
	for (size_t i = 1; ok && i < n; i++)
		if (order[i - 1]->file == order[i]->file)
			ok = check_neighbours(onnx, order[i - 1], order[i]);
	free(order);
	return ok;
}
