#include <mtui/scheme.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <mtui/gate.h>

#define BILLION 1000000000

static const char *const range_words[] = { "symmetric", "full", "affine" };
static const char *const scale_words[] = { "f32", "f16", "pow2", "none" };
static const char *const rounding_words[] = { "even", "away", "stochastic" };
static const char *const calibration_words[] = { "minmax", "percentile", "mse", "kl" };

/* A word of the text: NAME or NAME=VALUE. */
struct word {
	struct text name, value;
	bool has_value;
	bool last;
};

static struct word next_word(struct text *rest)
{
	struct word word = { .name = *rest };
	size_t colon = text_find(*rest, TEXT(":"), 0), equals;

	if (colon != SIZE_MAX) {
		word.name.len = colon;
		rest->data += colon + 1;
		rest->len -= colon + 1;
	} else {
		word.last = true;
	}
	equals = text_find(word.name, TEXT("="), 0);
	if (equals != SIZE_MAX) {
		word.has_value = true;
		word.value = (struct text){ word.name.data + equals + 1,
					    word.name.len - equals - 1 };
		word.name.len = equals;
	}
	return word;
}

static bool bad_word(const struct word *word, const char *message, struct error *err)
{
	char shown[256];
	struct text whole = word->name;

	if (word->has_value)
		whole.len += 1 + word->value.len;
	gate_text(GATE_ASCII, shown, sizeof shown, 40, whole);
	return error_set(err, ERROR_USAGE, -1, "'%s': %s", shown, message);
}

static bool read_count(struct text text, uint64_t low, uint64_t high, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9' ||
		    __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(text.data[i] - '0'), value))
			return false;
	return text.len > 0 && *value >= low && *value <= high;
}

/* Digits, a point, digits: at most nine each. */
static bool read_decimal(struct text text, double *value)
{
	size_t point = text_find(text, TEXT("."), 0);
	struct text whole = text, part = { text.data, 0 };
	uint64_t units, parts = 0;

	if (point != SIZE_MAX) {
		whole.len = point;
		part = (struct text){ text.data + point + 1, text.len - point - 1 };
		if (part.len > 9 || !read_count(part, 0, BILLION - 1, &parts))
			return false;
	}
	if (!read_count(whole, 0, BILLION - 1, &units))
		return false;
	for (size_t digits = part.len; digits < 9; digits++)
		parts *= 10;
	*value = (double)(units * BILLION + parts) / BILLION;
	return true;
}

static bool read_percent(struct text text, double *value)
{
	if (text.len > 0 && text.data[text.len - 1] == '%')
		text.len--;
	return read_decimal(text, value) && *value <= 100;
}

static bool find_word(struct text name, const char *const *words, uint8_t n, uint8_t *found)
{
	for (uint8_t i = 0; i < n; i++) {
		if (!text_is(name, words[i]))
			continue;
		*found = i;
		return true;
	}
	return false;
}

static bool parse_group(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	uint64_t group = 0;

	if (word->has_value &&
	    (!read_count(word->value, 16, 256, &group) || (group & (group - 1))))
		return bad_word(word, "a group has 16, 32, 64, 128 or 256 elements", err);
	scheme->granularity = QUANT_PER_GROUP;
	scheme->group = (uint16_t)group;
	return true;
}

static bool parse_axis(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	uint64_t axis;

	if (!read_count(word->value, 0, INT8_MAX, &axis))
		return bad_word(word, "an axis is a number from 0 on", err);
	scheme->axis = (int8_t)axis;
	return true;
}

static bool parse_percentile(struct quant_scheme *scheme, const struct word *word,
			     struct error *err)
{
	double value = 0;

	if (word->has_value && (!read_percent(word->value, &value) || value <= 50))
		return bad_word(word, "a percentile is above 50, at most 100", err);
	scheme->calibration = CALIBRATE_PERCENTILE;
	scheme->percentile = value;
	return true;
}

static bool parse_seed(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	if (!read_count(word->value, 0, UINT64_MAX, &scheme->seed))
		return bad_word(word, "a seed is a whole number", err);
	return true;
}

static bool parse_levels(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	uint64_t levels;

	if (!read_count(word->value, 4, 256, &levels))
		return bad_word(word, "levels are 4 to 256", err);
	scheme->levels = (uint16_t)levels;
	return true;
}

static bool parse_vector(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	uint64_t vector;

	if (!read_count(word->value, 2, 16, &vector) || (vector & (vector - 1)))
		return bad_word(word, "a vector has 2, 4, 8 or 16 elements", err);
	scheme->vector = (uint16_t)vector;
	return true;
}

static bool parse_rank(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	uint64_t rank;

	if (!read_count(word->value, 1, UINT32_MAX, &rank))
		return bad_word(word, "a rank is a number from 1 on", err);
	scheme->rank = (uint32_t)rank;
	return true;
}

static bool parse_share(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	double share;

	if (!read_percent(word->value, &share))
		return bad_word(word, "a share is 0% to 100%", err);
	scheme->pruning = text_is(word->name, "prune") ? PRUNE_SHARE : PRUNE_CHANNELS;
	scheme->prune = share / 100;
	return true;
}

static bool parse_threshold(struct quant_scheme *scheme, const struct word *word,
			    struct error *err)
{
	double value;

	if (!read_decimal(word->value, &value))
		return bad_word(word, "a threshold is a decimal number such as 0.01", err);
	scheme->pruning = PRUNE_THRESHOLD;
	scheme->prune = value;
	return true;
}

static bool parse_sparse(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	size_t slash = text_find(word->value, TEXT("/"), 0);
	struct text left = word->value, right = word->value;
	uint64_t keep, of;

	if (slash == SIZE_MAX)
		return bad_word(word, "write sparse=2/4: 2 of 4 are kept", err);
	left.len = slash;
	right.data += slash + 1;
	right.len -= slash + 1;
	if (!read_count(right, 2, 64, &of) || (of & (of - 1)) || !read_count(left, 1, of, &keep))
		return bad_word(word, "N of M are kept, M is 2, 4, 8, 16, 32 or 64", err);
	scheme->pruning = PRUNE_N_OF_M;
	scheme->keep = (uint8_t)keep;
	scheme->of = (uint8_t)of;
	return true;
}

static bool parse_scale(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	if (!find_word(word->value, scale_words, 4, &scheme->scale))
		return bad_word(word, "a scale is f32, f16, pow2 or none", err);
	return true;
}

/* Words that take a value, or may. */
static const struct valued_word {
	const char *name;
	bool (*parse)(struct quant_scheme *, const struct word *, struct error *);
	bool alone; /* the value may be left out */
} valued_words[] = {
	{ "group", parse_group, true },	     { "axis", parse_axis, false },
	{ "scale", parse_scale, false },     { "percentile", parse_percentile, true },
	{ "seed", parse_seed, false },	     { "levels", parse_levels, false },
	{ "vector", parse_vector, false },   { "rank", parse_rank, false },
	{ "prune", parse_share, false },     { "channels", parse_share, false },
	{ "sparse", parse_sparse, false },   { "threshold", parse_threshold, false },
};

static bool parse_flag(struct quant_scheme *scheme, const struct word *word)
{
	struct text name = word->name;

	if (word->has_value)
		return false;
	if (find_word(name, range_words, 3, &scheme->range) ||
	    find_word(name, rounding_words, 3, &scheme->rounding) ||
	    find_word(name, calibration_words, 4, &scheme->calibration))
		return true;
	if (text_is(name, "tensor") || text_is(name, "channel")) {
		scheme->granularity = text_is(name, "tensor") ? QUANT_PER_TENSOR : QUANT_PER_CHANNEL;
		scheme->group = 0;
	} else if (text_is(name, "double")) {
		scheme->double_scales = true;
	} else if (text_is(name, "lloyd")) {
		scheme->lloyd = true;
	} else {
		return false;
	}
	return true;
}

static bool parse_one(struct quant_scheme *scheme, const struct word *word, struct error *err)
{
	for (size_t i = 0; i < sizeof valued_words / sizeof valued_words[0]; i++) {
		const struct valued_word *valued = &valued_words[i];

		if (!text_is(word->name, valued->name))
			continue;
		if (!word->has_value && !valued->alone)
			return bad_word(word, "it needs a value", err);
		return valued->parse(scheme, word, err);
	}
	if (parse_flag(scheme, word))
		return true;
	return bad_word(word, "no such word; --quant=help lists them", err);
}

/* What the scheme has no use for was said in vain: better to say so. */
static bool check_use(const struct quant_scheme *scheme, const struct word *word,
		      struct error *err)
{
	struct quant_scheme settled = *scheme;

	quant_scheme_settle(&settled);
	if (settled.group && !scheme->group)
		settled.group = 0;
	if (settled.percentile != 0 && scheme->percentile == 0)
		settled.percentile = 0;
	if (quant_scheme_same(scheme, &settled))
		return true;
	return bad_word(word, "this scheme has no such setting", err);
}

bool quant_scheme_parse(struct text text, struct quant_scheme *scheme, struct error *err)
{
	struct word word = next_word(&text);
	enum scheme_id id = 0;
	struct quant_scheme made;
	uint64_t seed = 0;

	while (id < SCHEME_COUNT && !text_is(word.name, scheme_traits[id].name))
		id++;
	if (id == SCHEME_COUNT || word.has_value)
		return bad_word(&word, "no such scheme; --quant=help lists them", err);
	made = quant_scheme_default(id);
	while (!word.last) {
		word = next_word(&text);
		if (!parse_one(&made, &word, err))
			return false;
		/* The rounding that a seed is for may be named later. */
		if (text_is(word.name, "seed")) {
			seed = made.seed;
			made.seed = 0;
		} else if (!check_use(&made, &word, err)) {
			return false;
		}
	}
	if (seed && made.rounding != ROUND_STOCHASTIC)
		return bad_word(&(struct word){ .name = TEXT("seed") },
				"only stochastic rounding has one", err);
	made.seed = seed;
	quant_scheme_settle(&made);
	*scheme = made;
	return true;
}

struct printer {
	char *text;
	size_t len;
};

static void put(struct printer *printer, const char *before, const char *word)
{
	int n = snprintf(printer->text + printer->len, QUANT_SCHEME_TEXT - printer->len, "%s%s",
			 before, word);

	printer->len += (size_t)n;
	if (printer->len >= QUANT_SCHEME_TEXT)
		printer->len = QUANT_SCHEME_TEXT - 1;
}

static void put_count(struct printer *printer, const char *before, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	put(printer, before, digits);
}

static void put_decimal(struct printer *printer, const char *before, double value,
			const char *behind)
{
	uint64_t units = (uint64_t)llround(value * BILLION);
	char digits[40];
	int n = snprintf(digits, sizeof digits, "%" PRIu64 ".%09" PRIu64, units / BILLION,
			 units % BILLION);

	while (digits[n - 1] == '0')
		n--;
	if (digits[n - 1] == '.')
		n--;
	digits[n] = '\0';
	put(printer, before, digits);
	put(printer, behind, "");
}

static void put_pruning(struct printer *printer, const struct quant_scheme *scheme)
{
	switch ((enum quant_pruning)scheme->pruning) {
	case PRUNE_NONE:
		break;
	case PRUNE_THRESHOLD:
		put_decimal(printer, ":threshold=", scheme->prune, "");
		break;
	case PRUNE_SHARE:
		put_decimal(printer, ":prune=", 100 * scheme->prune, "%");
		break;
	case PRUNE_CHANNELS:
		put_decimal(printer, ":channels=", 100 * scheme->prune, "%");
		break;
	case PRUNE_N_OF_M:
		put_count(printer, ":sparse=", scheme->keep);
		put_count(printer, "/", scheme->of);
		break;
	}
}

static void put_fitted(struct printer *printer, const struct quant_scheme *scheme,
		       const struct quant_scheme *usual)
{
	if (scheme->vector != usual->vector)
		put_count(printer, ":vector=", scheme->vector);
	if (scheme->levels != usual->levels)
		put_count(printer, ":levels=", scheme->levels);
	if (scheme->lloyd)
		put(printer, ":lloyd", "");
	if (scheme->rank != usual->rank)
		put_count(printer, ":rank=", scheme->rank);
	if (scheme->double_scales)
		put(printer, ":double", "");
}

char *quant_scheme_print(char text[QUANT_SCHEME_TEXT], const struct quant_scheme *scheme)
{
	const struct quant_scheme usual = quant_scheme_default(scheme->id);
	struct printer printer = { .text = text };

	put(&printer, scheme_traits[scheme->id].name, "");
	if (scheme->granularity == QUANT_PER_GROUP && scheme->group != usual.group)
		put_count(&printer, ":group=", scheme->group);
	else if (scheme->granularity != usual.granularity)
		put(&printer, ":", scheme->granularity == QUANT_PER_CHANNEL ? "channel" : "tensor");
	if (scheme->axis >= 0)
		put_count(&printer, ":axis=", (uint64_t)scheme->axis);
	if (scheme->range != usual.range)
		put(&printer, ":", range_words[scheme->range]);
	if (scheme->scale != usual.scale)
		put(&printer, ":scale=", scale_words[scheme->scale]);
	if (scheme->rounding != usual.rounding)
		put(&printer, ":", rounding_words[scheme->rounding]);
	if (scheme->seed)
		put_count(&printer, ":seed=", scheme->seed);
	if (scheme->calibration == CALIBRATE_PERCENTILE)
		put_decimal(&printer, ":percentile=", scheme->percentile, "");
	else if (scheme->calibration != usual.calibration)
		put(&printer, ":", calibration_words[scheme->calibration]);
	put_fitted(&printer, scheme, &usual);
	put_pruning(&printer, scheme);
	return text;
}
