#include <mtui/metric.h>

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 0x20) : c;
}

static bool is_letter(char c)
{
	c = lower(c);
	return c >= 'a' && c <= 'z';
}

/* Whether the word stands in the tag between characters that are no letters. */
static bool has_word(struct text tag, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= tag.len; i++) {
		size_t k = 0;

		if (i > 0 && is_letter(tag.data[i - 1]))
			continue;
		while (k < len && lower(tag.data[i + k]) == word[k])
			k++;
		if (k == len && (i + len == tag.len || !is_letter(tag.data[i + len])))
			return true;
	}
	return false;
}

bool metric_rises(struct text tag)
{
	static const char *const words[] = {
		"acc", "accuracy", "auc", "auroc", "auprc", "map", "f", "fbeta", "precision",
		"recall", "reward", "return", "score", "bleu", "rouge", "meteor", "psnr", "ssim",
		"iou", "miou", "dice", "success", "winrate", "ndcg", "mrr", "sensitivity",
		"specificity", "r",
	};

	if (has_word(tag, "loss") || has_word(tag, "error"))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (has_word(tag, words[i]))
			return true;
	return false;
}

bool metric_is_rate(struct text tag)
{
	return has_word(tag, "lr") || has_word(tag, "learning_rate") ||
	       has_word(tag, "learning-rate") || has_word(tag, "learningrate");
}

struct text metric_group(struct text tag)
{
	size_t len = tag.len;

	while (len > 0 && tag.data[len - 1] != '/')
		len--;
	return (struct text){ tag.data, len ? len - 1 : 0 };
}

#define TAG_MAX 256

/* "train/loss" and "eval/" give "eval/loss". False when it does not fit. */
static bool replaced(struct text tag, size_t from, size_t len, const char *by, char out[TAG_MAX],
		     size_t *out_len)
{
	size_t by_len = strlen(by);

	if (tag.len - len + by_len > TAG_MAX)
		return false;
	memcpy(out, tag.data, from);
	memcpy(out + from, by, by_len);
	memcpy(out + from + by_len, tag.data + from + len, tag.len - from - len);
	*out_len = tag.len - len + by_len;
	return true;
}

static const struct series *with_word(const struct run *run, struct text tag, size_t from,
				      size_t len, const char *after)
{
	static const char *const words[] = { "val", "valid", "validation", "eval", "test", "dev" };
	char name[TAG_MAX], word[32];
	size_t name_len;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct series *found = NULL;
		size_t n = strlen(words[i]), extra = strlen(after);

		memcpy(word, words[i], n);
		memcpy(word + n, after, extra + 1);
		if (replaced(tag, from, len, word, name, &name_len))
			found = run_series(run, (struct text){ name, name_len });
		if (found)
			return found;
	}
	return NULL;
}

const struct series *metric_validation(const struct run *run, struct text tag)
{
	static const char *const words[] = { "training", "train" };
	const struct series *found = NULL;

	for (size_t w = 0; w < sizeof words / sizeof words[0] && !found; w++) {
		size_t len = strlen(words[w]);

		for (size_t i = 0; i + len <= tag.len && !found; i++)
			if (memcmp(tag.data + i, words[w], len) == 0)
				found = with_word(run, tag, i, len, "");
	}
	/* Keras and Lightning: "loss" beside "val_loss"; trainers: "loss" beside "eval_loss". */
	if (!found)
		found = with_word(run, tag, 0, 0, "_");
	return found ? found : with_word(run, tag, 0, 0, "/");
}
