#include <mtui/scheme.h>

#define GROUP_DEFAULT	   32
#define KMEANS_LEVELS	   16
#define PQ_LEVELS	   256
#define PQ_VECTOR	   4
#define PERCENTILE_DEFAULT 99.9

const struct scheme_traits scheme_traits[SCHEME_COUNT] = {
#define X(id, name, family, bits, block, block_bits, scale, reference)                             \
	[id] = { name, family, bits, block, block_bits, scale, reference },
	SCHEMES(X)
#undef X
};

const char *const family_names[FAMILY_COUNT] = {
#define X(id, name, meaning) [id] = name,
	FAMILIES(X)
#undef X
};

const char *const family_meanings[FAMILY_COUNT] = {
#define X(id, name, meaning) [id] = meaning,
	FAMILIES(X)
#undef X
};

struct quant_scheme quant_scheme_default(enum scheme_id id)
{
	struct quant_scheme scheme = { .id = (uint8_t)id, .axis = -1 };

	if (id == SCHEME_F16 || id == SCHEME_BF16)
		scheme.scale = SCALE_NONE;
	if (scheme_traits[id].family == FAMILY_TABLE)
		scheme.granularity = QUANT_PER_GROUP;
	quant_scheme_settle(&scheme);
	return scheme;
}

bool scheme_has_granularity(enum scheme_id id, enum quant_granularity granularity)
{
	switch ((enum scheme_family)scheme_traits[id].family) {
	case FAMILY_INTEGER:
	case FAMILY_SIGN:
	case FAMILY_FLOAT:
	case FAMILY_TABLE:
		return true;
	default:
		return granularity == QUANT_PER_TENSOR;
	}
}

bool scheme_has_range(enum scheme_id id)
{
	return scheme_traits[id].family == FAMILY_INTEGER;
}

bool scheme_has_calibration(enum scheme_id id)
{
	enum scheme_family family = scheme_traits[id].family;

	return family == FAMILY_INTEGER || family == FAMILY_FLOAT || family == FAMILY_TABLE;
}

bool scheme_has_rounding(enum scheme_id id)
{
	enum scheme_family family = scheme_traits[id].family;

	return family == FAMILY_INTEGER || family == FAMILY_FLOAT;
}

bool scheme_has_scale(enum scheme_id id, enum quant_scale scale)
{
	enum scheme_family family = scheme_traits[id].family;

	if (scale == SCALE_NONE)
		return family == FAMILY_FLOAT;
	return scale == SCALE_F32 || family == FAMILY_INTEGER || family == FAMILY_SIGN ||
	       family == FAMILY_FLOAT || family == FAMILY_TABLE;
}

static bool is_group(unsigned group)
{
	return group >= 16 && group <= 256 && (group & (group - 1)) == 0;
}

static void settle_pruning(struct quant_scheme *scheme)
{
	bool counted = scheme->pruning == PRUNE_N_OF_M;

	if (!counted)
		scheme->keep = scheme->of = 0;
	if (counted || scheme->pruning == PRUNE_NONE)
		scheme->prune = 0;
}

static void settle_codebook(struct quant_scheme *scheme)
{
	bool kmeans = scheme->id == SCHEME_KMEANS, pq = scheme->id == SCHEME_PQ;

	if (!kmeans && !pq)
		scheme->levels = 0;
	else if (scheme->levels < 4 || scheme->levels > 256)
		scheme->levels = pq ? PQ_LEVELS : KMEANS_LEVELS;
	if (!pq)
		scheme->vector = 0;
	else if (scheme->vector < 2 || scheme->vector > 16)
		scheme->vector = PQ_VECTOR;
	scheme->lloyd = scheme->lloyd && kmeans;
	if (scheme->id != SCHEME_LOW_RANK)
		scheme->rank = 0;
	else if (scheme->rank == 0)
		scheme->rank = 1;
}

void quant_scheme_settle(struct quant_scheme *scheme)
{
	enum scheme_id id = scheme->id;

	if (!scheme_has_granularity(id, scheme->granularity))
		scheme->granularity = QUANT_PER_TENSOR;
	if (scheme->granularity != QUANT_PER_GROUP)
		scheme->group = 0;
	else if (!is_group(scheme->group))
		scheme->group = scheme_traits[id].block ? scheme_traits[id].block : GROUP_DEFAULT;
	if (!scheme_has_range(id))
		scheme->range = RANGE_SYMMETRIC;
	if (!scheme_has_scale(id, scheme->scale))
		scheme->scale = SCALE_F32;
	if (!scheme_has_rounding(id))
		scheme->rounding = ROUND_EVEN;
	if (scheme->rounding != ROUND_STOCHASTIC)
		scheme->seed = 0;
	if (!scheme_has_calibration(id) || scheme->scale == SCALE_NONE)
		scheme->calibration = CALIBRATE_MINMAX;
	if (scheme->calibration != CALIBRATE_PERCENTILE)
		scheme->percentile = 0;
	else if (!(scheme->percentile > 50 && scheme->percentile <= 100))
		scheme->percentile = PERCENTILE_DEFAULT;
	scheme->double_scales = scheme->double_scales && scheme_traits[id].family == FAMILY_TABLE;
	settle_codebook(scheme);
	settle_pruning(scheme);
}

bool quant_scheme_same(const struct quant_scheme *a, const struct quant_scheme *b)
{
	return a->id == b->id && a->granularity == b->granularity && a->axis == b->axis &&
	       a->range == b->range && a->scale == b->scale && a->rounding == b->rounding &&
	       a->calibration == b->calibration && a->pruning == b->pruning &&
	       a->keep == b->keep && a->of == b->of && a->double_scales == b->double_scales &&
	       a->lloyd == b->lloyd && a->group == b->group && a->levels == b->levels &&
	       a->vector == b->vector && a->rank == b->rank && a->percentile == b->percentile &&
	       a->prune == b->prune && a->seed == b->seed;
}

uint64_t quant_scheme_hash(const struct quant_scheme *scheme)
{
	const uint64_t words[] = {
		scheme->id | (uint64_t)scheme->granularity << 8 | (uint64_t)scheme->range << 16 |
			(uint64_t)scheme->scale << 24 | (uint64_t)scheme->rounding << 32 |
			(uint64_t)scheme->calibration << 40 | (uint64_t)scheme->pruning << 48,
		(uint8_t)scheme->axis | (uint64_t)scheme->group << 8 |
			(uint64_t)scheme->levels << 24 | (uint64_t)scheme->vector << 40,
		scheme->rank | (uint64_t)scheme->keep << 32 | (uint64_t)scheme->of << 40 |
			(uint64_t)scheme->double_scales << 48 | (uint64_t)scheme->lloyd << 49,
		(uint64_t)(scheme->percentile * 1e9), (uint64_t)(scheme->prune * 1e9),
		scheme->seed,
	};
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		hash = (hash ^ words[i] ^ words[i] >> 29) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

unsigned quant_scheme_bits(const struct quant_scheme *scheme)
{
	unsigned bits = scheme_traits[scheme->id].bits;

	if (scheme->id == SCHEME_LOW_RANK || scheme->id == SCHEME_NONE)
		return 32;
	if (bits == 0)
		while (1u << bits < scheme->levels)
			bits++;
	return bits;
}
