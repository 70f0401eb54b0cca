#include <mtui/duplicates.h>

#include <stdlib.h>
#include <string.h>

#include <mtui/hash.h>

#define SAMPLE 64
#define PIECE  (1 << 20)
#define CHUNK  (1 << 16)

struct candidate {
	uint64_t nbytes, count;
	uint64_t key[2]; /* of the samples, then of all bytes */
	uint32_t tensor;
	uint8_t dtype;
};

struct hashing {
	uint64_t key[2];
	const struct analysis_watch *watch;
	uint64_t done, total;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_key(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = compare_numbers(a->nbytes, b->nbytes);

	order = order ? order : compare_numbers(a->count, b->count);
	order = order ? order : compare_numbers(a->dtype, b->dtype);
	order = order ? order : compare_numbers(a->key[0], b->key[0]);
	order = order ? order : compare_numbers(a->key[1], b->key[1]);
	return order ? order : compare_numbers(a->tensor, b->tensor);
}

static bool is_same(const struct candidate *a, const struct candidate *b)
{
	return a->nbytes == b->nbytes && a->count == b->count && a->dtype == b->dtype &&
	       a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

/* Keeps those that have a fellow; they are sorted. */
static size_t keep_groups(struct candidate *items, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && is_same(&items[i], &items[end]); end++)
			;
		for (size_t j = i; end - i > 1 && j < end; j++)
			items[kept++] = items[j];
	}
	return kept;
}

static size_t collect(const struct model *model, uint64_t min_bytes, struct candidate *items)
{
	size_t n = 0;

	for (uint32_t t = 0; t < model->n_tensors; t++) {
		const struct tensor *tensor = &model->tensors[t];

		if (tensor->problem != TENSOR_OK || !tensor_is_plain(tensor) ||
		    tensor->kind == TENSOR_SPARSE || tensor->kind == TENSOR_INDICES ||
		    tensor->nbytes < min_bytes || tensor->nbytes == 0 ||
		    !model_tensor_file(model, tensor))
			continue;
		items[n++] = (struct candidate){ .nbytes = tensor->nbytes,
						 .count = tensor->count,
						 .tensor = t,
						 .dtype = tensor->dtype };
	}
	return n;
}

/* Beginning, middle and end. What cannot be read gets a key of its own. */
static void sample(const struct model *model, struct candidate *candidate, uint64_t seed)
{
	const struct tensor *tensor = &model->tensors[candidate->tensor];
	size_t len = tensor->nbytes < SAMPLE ? (size_t)tensor->nbytes : SAMPLE;
	const uint64_t places[] = { 0, (tensor->nbytes - len) / 2, tensor->nbytes - len };
	uint8_t bytes[SAMPLE];

	candidate->key[0] = seed;
	candidate->key[1] = 0;
	for (size_t i = 0; i < 3; i++) {
		if (!file_read(model_tensor_file(model, tensor), tensor_offset(tensor) + places[i],
			       bytes, len, NULL)) {
			candidate->key[0] = candidate->tensor;
			candidate->key[1] = UINT64_MAX;
			return;
		}
		candidate->key[0] = hash_bytes(bytes, len, candidate->key[0]);
	}
}

static bool hash_step(const uint8_t *bytes, size_t len, uint64_t position, void *context)
{
	struct hashing *hashing = context;
	const struct analysis_watch *watch = hashing->watch;

	(void)position;
	hashing->key[0] = hash_bytes(bytes, len, hashing->key[0]);
	hashing->key[1] = hash_bytes(bytes, len, hashing->key[1]);
	hashing->done += len;
	return !watch || !watch->progress ||
	       !watch->progress(watch->context, hashing->done, hashing->total);
}

static bool hash_all(const struct model *model, struct candidate *items, size_t n, uint64_t seed,
		     const struct analysis_watch *watch, struct error *err)
{
	struct hashing hashing = { .watch = watch };

	for (size_t i = 0; i < n; i++)
		hashing.total += items[i].nbytes;
	for (size_t i = 0; i < n; i++) {
		const struct tensor *tensor = &model->tensors[items[i].tensor];
		struct error failure = { .code = ERROR_NONE };

		hashing.key[0] = seed;
		hashing.key[1] = ~seed;
		if (!file_scan_run(model_tensor_file(model, tensor), tensor_offset(tensor),
				   tensor->nbytes, PIECE, hash_step, &hashing, &failure)) {
			if (failure.code == ERROR_CANCELLED || failure.code == ERROR_MEMORY) {
				if (err)
					*err = failure;
				return false;
			}
			hashing.key[0] = items[i].tensor;
			hashing.key[1] = UINT64_MAX;
		}
		memcpy(items[i].key, hashing.key, sizeof hashing.key);
	}
	return true;
}

static bool same_bytes(const struct model *model, uint32_t one, uint32_t other, uint8_t *buffer)
{
	const struct tensor *a = &model->tensors[one], *b = &model->tensors[other];

	for (uint64_t at = 0; at < a->nbytes; at += CHUNK) {
		size_t len = a->nbytes - at < CHUNK ? (size_t)(a->nbytes - at) : CHUNK;

		if (!file_read(model_tensor_file(model, a), tensor_offset(a) + at, buffer, len,
			       NULL) ||
		    !file_read(model_tensor_file(model, b), tensor_offset(b) + at, buffer + CHUNK,
			       len, NULL) ||
		    memcmp(buffer, buffer + CHUNK, len) != 0)
			return false;
	}
	return true;
}

static int by_tensor(const void *left, const void *right)
{
	const struct duplicate *a = left, *b = right;

	return compare_numbers(a->tensor, b->tensor);
}

static bool confirm(const struct model *model, const struct candidate *items, size_t n,
		    struct arena *arena, struct duplicates *duplicates, struct error *err)
{
	struct duplicate *found = arena_array(arena, n, sizeof *found);
	uint8_t *buffer = malloc(2 * CHUNK);

	if (!found || !buffer) {
		free(buffer);
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	}
	for (size_t i = 0, first = 0; i < n; i++) {
		if (!is_same(&items[first], &items[i]))
			first = i;
		if (first == i ||
		    !same_bytes(model, items[first].tensor, items[i].tensor, buffer))
			continue;
		found[duplicates->n++] =
			(struct duplicate){ items[i].tensor, items[first].tensor };
		duplicates->bytes += items[i].nbytes;
	}
	free(buffer);
	if (duplicates->n > 0)
		qsort(found, duplicates->n, sizeof *found, by_tensor);
	duplicates->items = found;
	return true;
}

bool duplicates_find(const struct model *model, uint64_t min_bytes, struct arena *arena,
		     const struct analysis_watch *watch, struct duplicates *duplicates,
		     struct error *err)
{
	struct candidate *items = calloc(model->n_tensors + 1, sizeof *items);
	uint64_t seed = hash_seed();
	size_t n;
	bool good;

	*duplicates = (struct duplicates){ .n = 0 };
	if (!items)
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	n = collect(model, min_bytes, items);
	qsort(items, n, sizeof *items, by_key);
	n = keep_groups(items, n);
	for (size_t i = 0; i < n; i++)
		sample(model, &items[i], seed);
	qsort(items, n, sizeof *items, by_key);
	n = keep_groups(items, n);
	good = hash_all(model, items, n, seed, watch, err);
	if (good) {
		qsort(items, n, sizeof *items, by_key);
		n = keep_groups(items, n);
		good = confirm(model, items, n, arena, duplicates, err);
	}
	free(items);
	return good;
}
