#include <mtui/plan.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A step of one item from a choice to the next larger one on its hull. */
struct edge {
	double rate; /* error saved for a byte */
	uint64_t bytes;
	double error; /* saved */
	uint32_t item;
	uint32_t choice; /* taken then */
	uint32_t step;	 /* of its item, from 0 */
};

struct plan {
	struct edge *edges;	  /* in the order of the sweep */
	struct plan_point *curve; /* n_edges + 1 */
	uint32_t *smallest;	  /* first choice of each item */
	uint32_t *steps;	  /* scratch of plan_at: taken of each item */
	size_t n_edges, n_items;
};

struct candidate {
	uint64_t bytes;
	double error;
	uint32_t choice;
};

static int by_size(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	if (x->error != y->error)
		return x->error < y->error ? -1 : 1;
	return x->choice < y->choice ? -1 : x->choice > y->choice;
}

/* Dearest savings first; ties by item, so that the order is the same on every machine. */
static int by_rate(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->step < y->step ? -1 : x->step > y->step;
}

static double rate_of(const struct candidate *from, const struct candidate *to)
{
	return (from->error - to->error) / (double)(to->bytes - from->bytes);
}

/* The lower convex hull, in place: fewer bytes first, each step saving less for a byte. */
static uint32_t hull(struct candidate *points, uint32_t n)
{
	uint32_t kept = 0;

	qsort(points, n, sizeof *points, by_size);
	for (uint32_t i = 0; i < n; i++) {
		if (kept > 0 && points[i].error >= points[kept - 1].error)
			continue;
		while (kept > 1 && rate_of(&points[kept - 2], &points[kept - 1]) <=
					   rate_of(&points[kept - 1], &points[i]))
			kept--;
		points[kept++] = points[i];
	}
	return kept;
}

static uint32_t candidates_of(const struct plan_item *item, struct candidate *points)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < item->n_choices; i++)
		if (item->pinned >= 0 ? i == (uint32_t)item->pinned
				      : isfinite(item->choices[i].error))
			points[n++] = (struct candidate){ item->choices[i].bytes,
							  item->choices[i].error, i };
	return n;
}

static void add_edges(struct plan *plan, uint32_t item, const struct candidate *points, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		plan->edges[plan->n_edges++] = (struct edge){
			.rate = rate_of(&points[i - 1], &points[i]),
			.bytes = points[i].bytes - points[i - 1].bytes,
			.error = points[i - 1].error - points[i].error,
			.item = item,
			.choice = points[i].choice,
			.step = i - 1,
		};
}

static bool build(struct plan *plan, const struct plan_item *items, struct candidate *points,
		  struct error *err)
{
	struct plan_point at = { .rate = INFINITY };

	for (uint32_t i = 0; i < plan->n_items; i++) {
		uint32_t n = candidates_of(&items[i], points);

		if (n == 0)
			return error_set(err, ERROR_USAGE, -1, "a tensor has no scheme to choose");
		n = hull(points, n);
		plan->smallest[i] = points[0].choice;
		at.bytes += points[0].bytes;
		at.error += points[0].error;
		add_edges(plan, i, points, n);
	}
	qsort(plan->edges, plan->n_edges, sizeof *plan->edges, by_rate);
	plan->curve[0] = at;
	for (size_t i = 0; i < plan->n_edges; i++) {
		at.bytes += plan->edges[i].bytes;
		at.error -= plan->edges[i].error;
		at.rate = plan->edges[i].rate;
		plan->curve[i + 1] = at;
	}
	return true;
}

struct plan *plan_new(const struct plan_item *items, size_t n_items, struct error *err)
{
	struct plan *plan = calloc(1, sizeof *plan);
	struct candidate *points;
	size_t n_edges = 0, most = 0;
	bool ok = plan != NULL;

	for (size_t i = 0; i < n_items; i++) {
		n_edges += items[i].n_choices;
		most = items[i].n_choices > most ? items[i].n_choices : most;
	}
	points = malloc((most + 1) * sizeof *points);
	if (ok) {
		plan->n_items = n_items;
		plan->edges = malloc((n_edges + 1) * sizeof *plan->edges);
		plan->curve = malloc((n_edges + 1) * sizeof *plan->curve);
		plan->smallest = malloc((n_items + 1) * sizeof *plan->smallest);
		plan->steps = malloc((n_items + 1) * sizeof *plan->steps);
		ok = points && plan->edges && plan->curve && plan->smallest && plan->steps;
	}
	if (!ok)
		error_set(err, ERROR_MEMORY, -1, "out of memory");
	if (!ok || !build(plan, items, points, err)) {
		plan_free(plan);
		plan = NULL;
	}
	free(points);
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->edges);
	free(plan->curve);
	free(plan->smallest);
	free(plan->steps);
	free(plan);
}

const struct plan_point *plan_curve(const struct plan *plan, size_t *n)
{
	*n = plan->n_edges + 1;
	return plan->curve;
}

bool plan_at(const struct plan *plan, uint64_t budget, uint32_t *chosen, struct plan_point *total)
{
	struct plan_point at = plan->curve[0];

	memcpy(chosen, plan->smallest, plan->n_items * sizeof *chosen);
	memset(plan->steps, 0, plan->n_items * sizeof *plan->steps);
	*total = at;
	if (at.bytes > budget)
		return false;
	for (size_t i = 0; i < plan->n_edges; i++) {
		const struct edge *edge = &plan->edges[i];

		/* An edge is open only once the one before it of its tensor was taken. */
		if (edge->step != plan->steps[edge->item] || edge->bytes > budget - at.bytes)
			continue;
		plan->steps[edge->item]++;
		chosen[edge->item] = edge->choice;
		at.bytes += edge->bytes;
		at.error -= edge->error;
		at.rate = edge->rate;
	}
	if (at.error < 0)
		at.error = 0;
	*total = at;
	return true;
}
