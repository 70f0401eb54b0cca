#include "ui/views/dial.h"

#include <stdio.h>
#include <string.h>

#include "ui/canvas/number.h"

#define LEAST_GROUP  16
#define LARGEST_GROUP 256

static bool has_bits(const struct quant_scheme *scheme)
{
	return scheme->id != SCHEME_NONE;
}

/* Of codebooks the levels, of low rank the rank: twice as many, or half. */
static bool turn_count(struct quant_scheme *scheme, bool up)
{
	uint32_t count = scheme->id == SCHEME_LOW_RANK ? scheme->rank : scheme->levels;
	uint32_t least = scheme->id == SCHEME_LOW_RANK ? 1 : 4;
	uint32_t most = scheme->id == SCHEME_LOW_RANK ? UINT32_C(1) << 20 : 256;

	count = up ? count * 2 : count / 2;
	if (count < least || count > most)
		return false;
	if (scheme->id == SCHEME_LOW_RANK)
		scheme->rank = count;
	else
		scheme->levels = (uint16_t)count;
	return true;
}

/* The scheme of the family with the next number of bits that way; of several, the one that is most
 * like it: as large a block, then near in the table. */
static bool turn_bits(struct quant_scheme *scheme, bool up)
{
	const struct scheme_traits *from = &scheme_traits[scheme->id];
	enum scheme_id best = SCHEME_COUNT;
	int best_bits = 0, best_rank = 0;

	if (from->bits == 0)
		return has_bits(scheme) && turn_count(scheme, up);
	for (enum scheme_id id = 0; id < SCHEME_COUNT; id++) {
		const struct scheme_traits *traits = &scheme_traits[id];
		int away = up ? traits->bits - from->bits : from->bits - traits->bits;
		int rank = (traits->block == from->block ? 0 : SCHEME_COUNT) +
			   (id > scheme->id ? (int)id - scheme->id : scheme->id - (int)id);

		if (traits->family != from->family || away <= 0)
			continue;
		if (best == SCHEME_COUNT || away < best_bits ||
		    (away == best_bits && rank < best_rank)) {
			best = id;
			best_bits = away;
			best_rank = rank;
		}
	}
	if (best == SCHEME_COUNT)
		return false;
	scheme->id = (uint8_t)best;
	return true;
}

/* Integers of all widths are one stop: their bits have keys of their own. */
static bool is_stop(enum scheme_id id, enum scheme_id from)
{
	if (scheme_traits[id].family != FAMILY_INTEGER)
		return true;
	return scheme_traits[from].family != FAMILY_INTEGER && id == SCHEME_INT8;
}

static void turn_scheme(struct quant_scheme *scheme, bool forward)
{
	enum scheme_id from = scheme->id, id = from;
	bool to_table;

	do
		id = (id + (forward ? 1 : SCHEME_COUNT - 1)) % SCHEME_COUNT;
	while (!is_stop(id, from));
	/* What a cast and the fixed tables are like by themselves. */
	if (scheme->scale == SCALE_NONE)
		scheme->scale = SCALE_F32;
	to_table = scheme_traits[id].family == FAMILY_TABLE &&
		   scheme_traits[from].family != FAMILY_TABLE;
	if (id == SCHEME_F16 || id == SCHEME_BF16)
		scheme->scale = SCALE_NONE;
	if (to_table && scheme->granularity != QUANT_PER_GROUP) {
		scheme->granularity = QUANT_PER_GROUP;
		scheme->group = 0;
	}
	scheme->id = (uint8_t)id;
}

/* Per tensor, per channel, groups from the largest to the smallest. */
static bool turn_granularity(struct quant_scheme *scheme)
{
	if (!scheme_has_granularity(scheme->id, QUANT_PER_CHANNEL))
		return false;
	if (scheme->granularity == QUANT_PER_TENSOR) {
		scheme->granularity = QUANT_PER_CHANNEL;
	} else if (scheme->granularity == QUANT_PER_CHANNEL) {
		scheme->granularity = QUANT_PER_GROUP;
		scheme->group = LARGEST_GROUP;
	} else if (scheme->group > LEAST_GROUP) {
		scheme->group /= 2;
	} else {
		scheme->granularity = QUANT_PER_TENSOR;
	}
	return true;
}

static bool turn(struct quant_scheme *scheme, enum command command)
{
	switch (command) {
	case COMMAND_BITS_DOWN:
	case COMMAND_BITS_UP:
		return turn_bits(scheme, command == COMMAND_BITS_UP);
	case COMMAND_SCHEME_NEXT:
	case COMMAND_SCHEME_PREVIOUS:
		turn_scheme(scheme, command == COMMAND_SCHEME_NEXT);
		return true;
	case COMMAND_GRANULARITY:
		return turn_granularity(scheme);
	case COMMAND_CALIBRATION:
		scheme->calibration = scheme->calibration == CALIBRATE_MINMAX ? CALIBRATE_MSE
				      : scheme->calibration == CALIBRATE_MSE  ? CALIBRATE_KL
				      : scheme->calibration == CALIBRATE_KL
					      ? CALIBRATE_PERCENTILE
					      : CALIBRATE_MINMAX;
		return scheme_has_calibration(scheme->id) && scheme->scale != SCALE_NONE;
	case COMMAND_SYMMETRY:
		scheme->range = (uint8_t)((scheme->range + 1) % (RANGE_AFFINE + 1));
		return scheme_has_range(scheme->id);
	case COMMAND_ROUNDING:
		scheme->rounding = (uint8_t)((scheme->rounding + 1) % (ROUND_STOCHASTIC + 1));
		return scheme_has_rounding(scheme->id);
	default:
		return false;
	}
}

static const char *missing(enum command command)
{
	switch (command) {
	case COMMAND_BITS_DOWN:
		return "with fewer bits";
	case COMMAND_BITS_UP:
		return "with more bits";
	case COMMAND_GRANULARITY:
		return "with another granularity";
	case COMMAND_CALIBRATION:
		return "with a range to calibrate";
	case COMMAND_SYMMETRY:
		return "with a zero point";
	default:
		return "with a rounding of its own";
	}
}

static unsigned set(struct view_answer *answer, const struct text argument)
{
	struct error err;

	if (quant_scheme_parse(argument, &answer->dial, &err))
		return EFFECT_DIAL | EFFECT_REDRAW;
	snprintf(answer->message, sizeof answer->message, "found %.240s", err.message);
	return EFFECT_MESSAGE;
}

unsigned dial_command(const struct view_context *context, enum command command,
		      struct text argument, struct view_answer *answer)
{
	struct quant_scheme dial = context->dial;

	switch (command) {
	case COMMAND_DIAL:
		return set(answer, argument);
	case COMMAND_DIAL_BACK:
		answer->dial = quant_scheme_same(&dial, &context->home) ? context->away
									: context->home;
		return EFFECT_DIAL | EFFECT_REDRAW;
	case COMMAND_BITS_DOWN:
	case COMMAND_BITS_UP:
	case COMMAND_SCHEME_NEXT:
	case COMMAND_SCHEME_PREVIOUS:
	case COMMAND_GRANULARITY:
	case COMMAND_CALIBRATION:
	case COMMAND_SYMMETRY:
	case COMMAND_ROUNDING:
		break;
	default:
		return EFFECT_PASS;
	}
	if (!turn(&dial, command)) {
		snprintf(answer->message, sizeof answer->message, "there is no %s %s",
			 scheme_traits[dial.id].name, missing(command));
		return EFFECT_MESSAGE;
	}
	quant_scheme_settle(&dial);
	answer->dial = dial;
	return EFFECT_DIAL | EFFECT_REDRAW;
}

/* --- Words ----------------------------------------------------------------------------------- */

char *dial_granularity(char words[DIAL_GRANULARITY], const struct quant_scheme *scheme)
{
	unsigned block = scheme_traits[scheme->id].block;

	words[0] = '\0';
	if (!scheme_has_granularity(scheme->id, QUANT_PER_CHANNEL)) {
		if (block)
			snprintf(words, DIAL_GRANULARITY, "blocks of %u", block);
	} else if (scheme->scale == SCALE_NONE) {
		snprintf(words, DIAL_GRANULARITY, "no scale");
	} else if (scheme->granularity == QUANT_PER_GROUP) {
		snprintf(words, DIAL_GRANULARITY, "per group of %u", scheme->group);
	} else {
		snprintf(words, DIAL_GRANULARITY, "per %s",
			 scheme->granularity == QUANT_PER_CHANNEL ? "channel" : "tensor");
	}
	return words;
}

char *dial_short(char words[DIAL_SHORT], const struct quant_scheme *scheme)
{
	const char *name = scheme_traits[scheme->id].name;

	if (!scheme_has_granularity(scheme->id, QUANT_PER_CHANNEL))
		snprintf(words, DIAL_SHORT, "%s", name);
	else if (scheme->granularity == QUANT_PER_GROUP)
		snprintf(words, DIAL_SHORT, "%s/g%u", name, scheme->group);
	else
		snprintf(words, DIAL_SHORT, "%s%s", name,
			 scheme->granularity == QUANT_PER_CHANNEL ? "/c" : "");
	return words;
}

struct phrase {
	char *words;
	size_t used;
};

static void add(struct phrase *phrase, const char *words)
{
	if (words[0] && phrase->used < DIAL_WORDS)
		phrase->used += (size_t)snprintf(phrase->words + phrase->used,
						 DIAL_WORDS - phrase->used, "%s%s",
						 phrase->used ? ", " : "", words);
}

static void add_counts(struct phrase *phrase, const struct quant_scheme *scheme)
{
	char words[64];

	if (scheme->levels > 0) {
		snprintf(words, sizeof words, "%u levels", scheme->levels);
		add(phrase, words);
	}
	if (scheme->vector > 0) {
		snprintf(words, sizeof words, "vectors of %u", scheme->vector);
		add(phrase, words);
	}
	if (scheme->rank > 0) {
		snprintf(words, sizeof words, "rank %u", (unsigned)scheme->rank);
		add(phrase, words);
	}
	if (scheme->lloyd)
		add(phrase, "Lloyd's iterations");
	if (scheme->double_scales)
		add(phrase, "scales quantized too");
}

static void add_calibration(struct phrase *phrase, const struct quant_scheme *scheme)
{
	char words[64], number[NUMBER_SIZE];

	if (!scheme_has_calibration(scheme->id) || scheme->scale == SCALE_NONE)
		return;
	if (scheme->calibration == CALIBRATE_PERCENTILE) {
		snprintf(words, sizeof words, "percentile %s",
			 number_value(number, scheme->percentile, 5));
		add(phrase, words);
		return;
	}
	add(phrase, scheme->calibration == CALIBRATE_MSE  ? "least MSE"
		    : scheme->calibration == CALIBRATE_KL ? "least KL"
							  : "min to max");
}

static void add_pruning(struct phrase *phrase, const struct quant_scheme *scheme)
{
	char words[64], number[NUMBER_SIZE];

	switch ((enum quant_pruning)scheme->pruning) {
	case PRUNE_NONE:
		return;
	case PRUNE_THRESHOLD:
		snprintf(words, sizeof words, "0 below %s", number_value(number, scheme->prune, 4));
		break;
	case PRUNE_SHARE:
		snprintf(words, sizeof words, "least %s pruned",
			 number_percent(number, scheme->prune));
		break;
	case PRUNE_N_OF_M:
		snprintf(words, sizeof words, "%u of %u kept", scheme->keep, scheme->of);
		break;
	case PRUNE_CHANNELS:
		snprintf(words, sizeof words, "least %s of the channels pruned",
			 number_percent(number, scheme->prune));
		break;
	}
	add(phrase, words);
}

char *dial_words(char words[DIAL_WORDS], const struct quant_scheme *scheme)
{
	static const char *const ranges[] = { "symmetric", "symmetric full range", "affine" };
	static const char *const scales[] = { "", "f16 scales", "scales of powers of two", "" };
	static const char *const roundings[] = { "", "half away from zero", "stochastic" };
	struct phrase phrase = { words, 0 };
	char granularity[DIAL_GRANULARITY];

	words[0] = '\0';
	add(&phrase, scheme->id == SCHEME_NONE ? "as it is" : scheme_traits[scheme->id].name);
	if (scheme_has_range(scheme->id))
		add(&phrase, ranges[scheme->range]);
	add(&phrase, dial_granularity(granularity, scheme));
	add_counts(&phrase, scheme);
	add_calibration(&phrase, scheme);
	add(&phrase, scales[scheme->scale]);
	add(&phrase, roundings[scheme->rounding]);
	add_pruning(&phrase, scheme);
	return words;
}
