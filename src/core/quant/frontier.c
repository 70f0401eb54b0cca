#include <mtui/frontier.h>

#include <math.h>

#include <mtui/model_plan.h>

const struct frontier_line frontier_lines[FRONTIER_LINE_COUNT] = {
#define X(id, letter, name, family, granularity, range)                                            \
	[id] = { letter, name, family, granularity, range },
	FRONTIER_LINES(X)
#undef X
};

void frontier_point_init(struct frontier_point *point, const struct quant_scheme *scheme)
{
	*point = (struct frontier_point){ .scheme = *scheme, .sqnr_db = NAN,
					  .line = FRONTIER_LINE_COUNT };
}

static void add(struct frontier *frontier, const struct quant_scheme *scheme, uint8_t line)
{
	struct frontier_point *point = &frontier->points[frontier->n];

	for (unsigned i = 0; i < frontier->n; i++)
		if (quant_scheme_same(&frontier->points[i].scheme, scheme))
			return;
	if (frontier->n == FRONTIER_MAX)
		return;
	frontier_point_init(point, scheme);
	point->line = line;
	frontier->n++;
}

static void add_codebook(struct frontier *frontier, struct quant_scheme scheme, uint8_t line)
{
	if (scheme.id != SCHEME_KMEANS) {
		add(frontier, &scheme, line);
		return;
	}
	for (scheme.levels = 4; scheme.levels <= 256; scheme.levels *= 2)
		add(frontier, &scheme, line);
}

static void add_line(struct frontier *frontier, uint8_t at)
{
	const struct frontier_line *line = &frontier_lines[at];

	for (enum scheme_id id = 0; id < SCHEME_COUNT; id++) {
		struct quant_scheme scheme = quant_scheme_default(id);

		if (scheme_traits[id].family != line->family)
			continue;
		if (scheme.scale != SCALE_NONE)
			scheme.granularity = line->granularity;
		scheme.range = line->range;
		quant_scheme_settle(&scheme);
		if (line->family == FAMILY_CODEBOOK) {
			add_codebook(frontier, scheme, at);
			continue;
		}
		add(frontier, &scheme, at);
		scheme.double_scales = true;
		quant_scheme_settle(&scheme);
		add(frontier, &scheme, at);
	}
}

void frontier_init(struct frontier *frontier)
{
	frontier->n = 0;
	for (uint8_t line = 0; line < FRONTIER_LINE_COUNT; line++)
		add_line(frontier, line);
}

bool frontier_applies(const struct tensor *tensor, size_t n)
{
	return n > 1 ? ladder_applies(tensor) : quant_applies(tensor);
}

void frontier_point_size(struct frontier_point *point, const struct model *model,
			 const uint32_t *tensors, size_t n)
{
	double bits = 0, weights = 0;

	point->bytes = 0;
	for (size_t i = 0; i < n; i++) {
		const struct tensor *tensor = &model->tensors[tensors[i]];
		uint64_t after = tensor->nbytes;

		if (frontier_applies(tensor, n)) {
			after = quant_bytes_after(model, tensor, &point->scheme);
			bits += (double)after * 8;
			weights += (double)tensor->present;
		}
		point->bytes += after;
	}
	point->bits_per_weight = weights > 0 ? bits / weights : NAN;
}

static double decibel(double energy, double error)
{
	if (!(error > 0))
		return INFINITY;
	return energy > 0 ? 10 * log10(energy / error) : -INFINITY;
}

void frontier_sums_add(struct frontier_sums *sums, const struct quant_error *error)
{
	if (error->count == 0)
		return;
	sums->error += error->mse * (double)error->count;
	sums->energy += error->energy;
	sums->count += (double)error->count;
}

void frontier_sums_merge(struct frontier_sums *sums, const struct frontier_sums *more)
{
	sums->error += more->error;
	sums->energy += more->energy;
	sums->count += more->count;
}

void frontier_point_exact(struct frontier_point *point, const struct frontier_sums *sums)
{
	point->state = FRONTIER_EXACT;
	point->error = sums->error;
	point->energy = sums->energy;
	point->count = sums->count;
	point->sqnr_db = decibel(point->energy, point->error);
	point->sqnr_error = 0;
}

void frontier_point_sampled(struct frontier_point *point, const struct quant_sample *sample)
{
	point->state = FRONTIER_SAMPLED;
	point->error = sample->error;
	point->energy = sample->energy;
	point->count = (double)sample->count;
	point->sqnr_db = sample->sqnr_db;
	point->sqnr_error = sample->sqnr_error;
}

double frontier_relative(const struct frontier_point *point)
{
	return point->error > 0 ? sqrt(point->error / point->energy) : 0;
}

static bool is_known(const struct frontier_point *point)
{
	return frontier_point_known(point) && isfinite(point->error);
}

/* The best of that size. The curve's own errors are differences, with their roundings. */
static void mark(struct frontier *frontier, uint64_t bytes)
{
	struct frontier_point *best = NULL;

	for (unsigned i = 0; i < frontier->n; i++) {
		struct frontier_point *point = &frontier->points[i];

		if (is_known(point) && point->bytes == bytes &&
		    (!best || point->error < best->error))
			best = point;
	}
	if (best)
		best->on_hull = true;
}

/* The hull of one item's choices is what a plan for it alone moves along. */
bool frontier_hull(struct frontier *frontier, struct error *err)
{
	struct plan_choice choices[FRONTIER_MAX];
	struct plan_item item = { choices, 0, -1 };
	const struct plan_point *curve;
	struct plan *plan;
	size_t n;

	for (unsigned i = 0; i < frontier->n; i++) {
		frontier->points[i].on_hull = false;
		if (is_known(&frontier->points[i]))
			choices[item.n_choices++] = (struct plan_choice){
				frontier->points[i].bytes, frontier->points[i].error
			};
	}
	if (item.n_choices == 0)
		return true;
	plan = plan_new(&item, 1, err);
	if (!plan)
		return false;
	curve = plan_curve(plan, &n);
	for (size_t i = 0; i < n; i++)
		mark(frontier, curve[i].bytes);
	plan_free(plan);
	return true;
}
