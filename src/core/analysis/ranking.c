#include <mtui/ranking.h>

#include <math.h>

const char *const ranking_names[RANKING_COUNT] = {
#define X(id, name) [id] = name,
	RANKINGS(X)
#undef X
};

enum ranking ranking_named(struct text name)
{
	enum ranking ranking = 0;

	while (ranking < RANKING_COUNT && !text_is(name, ranking_names[ranking]))
		ranking++;
	return ranking;
}

double statistics_iqr(const struct statistics *s)
{
	return s->quantiles[STATISTICS_MEDIAN + 1] - s->quantiles[STATISTICS_MEDIAN - 1];
}

double statistics_absmax_over_std(const struct statistics *s)
{
	return s->finite > 0 && s->std > 0 ? s->max_abs / s->std : NAN;
}

static double share_of(const struct statistics *s, uint64_t count)
{
	return s->count ? (double)count / (double)s->count : NAN;
}

double ranking_value(const struct statistics *s, enum ranking ranking)
{
	bool any = s->finite > 0;

	switch (ranking) {
	case RANKING_MIN: return s->min;
	case RANKING_MAX: return s->max;
	case RANKING_MEAN: return s->mean;
	case RANKING_MEDIAN: return s->quantiles[STATISTICS_MEDIAN];
	case RANKING_STD: return s->std;
	case RANKING_IQR: return statistics_iqr(s);
	case RANKING_SKEW: return any ? s->skew : NAN;
	case RANKING_KURTOSIS: return any ? s->kurtosis : NAN;
	case RANKING_ABSMAX: return s->max_abs;
	case RANKING_ABSMAX_OVER_STD: return statistics_absmax_over_std(s);
	case RANKING_SUM: return any ? s->sum : NAN;
	case RANKING_L1: return any ? s->l1 : NAN;
	case RANKING_L2: return any ? s->l2 : NAN;
	case RANKING_ENTROPY: return any ? s->entropy : NAN;
	case RANKING_DISTINCT:
		return !any ? NAN : s->distinct == UINT64_MAX ? INFINITY : (double)s->distinct;
	case RANKING_ZEROS: return share_of(s, s->zeros);
	case RANKING_NEGATIVE: return share_of(s, s->negative);
	case RANKING_SUBNORMAL: return share_of(s, s->subnormal);
	case RANKING_NAN: return share_of(s, s->nan);
	case RANKING_INF: return share_of(s, s->posinf + s->neginf);
	case RANKING_COUNT: break;
	}
	return NAN;
}
