/*
 * Row after row, the matrix is column-major to LAPACK and the other way round: A, with `across`
 * rows and `down` columns. Panels of A are taken over as double: whole columns where the shorter
 * side is across, else a stretch of every column.
 */
#include "core/quant/quant_rank.h"

#include <stdlib.h>

#include "core/analysis/lapack.h"

#define PANEL 64

struct factoring {
	struct quant_prune *prune;
	struct tensor_walk *walk;
	struct lapack lapack;
	float *values;
	int across, down, side, rank;
	bool wide;	/* the shorter side is across */
	double *gram;	/* side * side; then its eigenvectors, the last ones of the greatest */
	double *panel, *image; /* PANEL * side; PANEL * rank */
};

static bool load_step(const struct quant_piece *piece, void *context)
{
	struct factoring *f = context;

	quant_prune_apply(f->prune, piece, f->values + piece->position);
	return true;
}

/* The element of A in column k of the panel that begins at `at`, at i of the shorter side. */
static size_t place(const struct factoring *f, int at, int k, int i)
{
	size_t row = f->wide ? (size_t)i : (size_t)(at + k);
	size_t column = f->wide ? (size_t)(at + k) : (size_t)i;

	return row + column * (size_t)f->across;
}

/* side * n, column-major. */
static void take_panel(const struct factoring *f, int at, int n)
{
	for (int k = 0; k < n; k++)
		for (int i = 0; i < f->side; i++)
			f->panel[(size_t)k * (size_t)f->side + (size_t)i] =
				(double)f->values[place(f, at, k, i)];
}

static void put_panel(const struct factoring *f, int at, int n)
{
	for (int k = 0; k < n; k++)
		for (int i = 0; i < f->side; i++)
			f->values[place(f, at, k, i)] =
				(float)f->panel[(size_t)k * (size_t)f->side + (size_t)i];
}

static bool wants_more(const struct factoring *f, struct error *err)
{
	const struct analysis_watch *watch = f->walk->watch;

	if (!watch || !watch->progress ||
	    !watch->progress(watch->context, f->walk->done, f->walk->total))
		return true;
	return error_set(err, ERROR_CANCELLED, -1, "stopped");
}

static int longer(const struct factoring *f)
{
	return f->wide ? f->down : f->across;
}

static bool make_gram(struct factoring *f, struct error *err)
{
	const double one = 1;

	for (int at = 0; at < longer(f); at += PANEL) {
		int n = longer(f) - at < PANEL ? longer(f) - at : PANEL;

		if (!wants_more(f, err))
			return false;
		take_panel(f, at, n);
		f->lapack.dgemm("N", "T", &f->side, &f->side, &n, &one, f->panel, &f->side,
				f->panel, &f->side, &one, f->gram, &f->side, 1, 1);
	}
	return true;
}

static bool make_vectors(struct factoring *f, struct error *err)
{
	size_t side = (size_t)f->side;
	int work_size = (int)(1 + 6 * side + 2 * side * side), whole_size = (int)(3 + 5 * side);
	double *work = malloc((size_t)work_size * sizeof *work), *values = malloc(side * sizeof *values);
	int *whole = malloc((size_t)whole_size * sizeof *whole), info = 0;
	bool there = work && values && whole;

	if (there)
		f->lapack.dsyevd("V", "U", &f->side, f->gram, &f->side, values, work, &work_size,
				 whole, &whole_size, &info, 1, 1);
	free(work);
	free(values);
	free(whole);
	if (!there)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a matrix of low rank");
	return info == 0 || error_set(err, ERROR_REFUSED, -1, "LAPACK finds no eigenvectors");
}

static bool project(struct factoring *f, struct error *err)
{
	const double *vectors = f->gram + (size_t)(f->side - f->rank) * (size_t)f->side;
	const double one = 1, zero = 0;

	for (int at = 0; at < longer(f); at += PANEL) {
		int n = longer(f) - at < PANEL ? longer(f) - at : PANEL;

		if (!wants_more(f, err))
			return false;
		take_panel(f, at, n);
		f->lapack.dgemm("T", "N", &f->rank, &n, &f->side, &one, vectors, &f->side, f->panel,
				&f->side, &zero, f->image, &f->rank, 1, 1);
		f->lapack.dgemm("N", "N", &f->side, &n, &f->rank, &one, vectors, &f->side, f->image,
				&f->rank, &zero, f->panel, &f->side, 1, 1);
		put_panel(f, at, n);
	}
	return true;
}

static bool factor(struct factoring *f, struct quant_lines *lines, struct error *err)
{
	size_t side = (size_t)f->side;
	bool done;

	f->gram = calloc(side * side, sizeof *f->gram);
	f->panel = malloc(PANEL * side * sizeof *f->panel);
	f->image = malloc(PANEL * side * sizeof *f->image);
	done = f->gram && f->panel && f->image;
	if (!done)
		error_set(err, ERROR_MEMORY, -1, "out of memory for a matrix of low rank");
	f->walk->total += lines->total;
	done = done && quant_lines_pass(lines, f->walk, load_step, f, err);
	if (done && f->rank < f->side)
		done = make_gram(f, err) && make_vectors(f, err) && project(f, err);
	free(f->gram);
	free(f->panel);
	free(f->image);
	return done;
}

bool quant_rank_fit(struct quant_rank *rank, const struct quant_scheme *scheme,
		    struct quant_prune *prune, struct quant_lines *lines, struct tensor_walk *walk,
		    struct error *err)
{
	uint64_t across = lines->inner, down = lines->channels;
	uint64_t side = across < down ? across : down;
	struct factoring f = { .prune = prune, .walk = walk, .wide = across < down };
	bool done;

	if (side > QUANT_RANK_SIDE || lines->total > QUANT_RANK_ELEMENTS ||
	    lines->total != across * down)
		return error_set(err, ERROR_REFUSED, -1,
				 "low rank of %llu x %llu (max %d on the shorter side)",
				 (unsigned long long)down, (unsigned long long)across,
				 QUANT_RANK_SIDE);
	rank->values = calloc((size_t)lines->total, sizeof *rank->values);
	if (!rank->values)
		return error_set(err, ERROR_MEMORY, -1, "out of memory for a matrix of low rank");
	f.values = rank->values;
	f.across = (int)across;
	f.down = (int)down;
	f.side = (int)side;
	f.rank = scheme->rank < side ? (int)scheme->rank : (int)side;
	if (!lapack_open(&f.lapack, err))
		return false;
	done = factor(&f, lines, err);
	lapack_close(&f.lapack);
	return done;
}

void quant_rank_free(struct quant_rank *rank)
{
	free(rank->values);
	rank->values = NULL;
}
