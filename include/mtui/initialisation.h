/*
 * Is it trained? How far a weight's values are from what it would have been initialised with.
 *
 * The operator that uses a tensor, and as what, says which initialisations are usual; fan-in and
 * fan-out follow from the shape as PyTorch and Keras count them. The distance is that of
 * Kolmogorov and Smirnov between the values and the candidate's distribution, looked at on the
 * edges of the statistics' histogram; a candidate that is one constant (ones, zeros) has the share
 * of values on the fuller side of it.
 *
 *   looks untrained   the distance is at most max(0.01, 1.63 / sqrt(n)), which chance goes beyond in
 *                     1 of 100 tensors; of a constant: every value is it
 *   too few values    likewise, but with so few values (n < 2,953) that many a distribution would be
 *   drifted           at most 0.05 more; of a constant: the root mean square of x - c is at most 0.05
 *   trained           anything beyond
 *
 * It is a judgement, not a fact: training may end close to where it began, and a tensor may have
 * been initialised in another way.
 */
#ifndef MTUI_INITIALISATION_H
#define MTUI_INITIALISATION_H

#include <stdbool.h>
#include <stdint.h>

#include <mtui/model.h>
#include <mtui/statistics.h>

/* id, name; the spread of U(-s, s), the deviation of N(0, s), or the constant. */
#define INITIALISATIONS(X)                                                                         \
	X(INITIALISATION_XAVIER_UNIFORM, "Xavier uniform")	    /* sqrt(6 / (in + out)) */     \
	X(INITIALISATION_XAVIER_NORMAL, "Xavier normal")	    /* sqrt(2 / (in + out)) */     \
	X(INITIALISATION_KAIMING_UNIFORM_IN, "Kaiming uniform, fan-in")	  /* sqrt(6 / in) */       \
	X(INITIALISATION_KAIMING_NORMAL_IN, "Kaiming normal, fan-in")	  /* sqrt(2 / in) */       \
	X(INITIALISATION_KAIMING_UNIFORM_OUT, "Kaiming uniform, fan-out") /* sqrt(6 / out) */      \
	X(INITIALISATION_KAIMING_NORMAL_OUT, "Kaiming normal, fan-out")	  /* sqrt(2 / out) */      \
	X(INITIALISATION_FAN_UNIFORM, "uniform, 1/sqrt(fan-in)")    /* PyTorch's default */        \
	X(INITIALISATION_FAN_NORMAL, "normal, 1/sqrt(fan-in)")	    /* LeCun */                    \
	X(INITIALISATION_UNIT_NORMAL, "normal, 1")		    /* embeddings */               \
	X(INITIALISATION_SMALL_NORMAL, "normal, 0.02")		    /* transformers */             \
	X(INITIALISATION_SMALL_UNIFORM, "uniform, 0.05")	    /* embeddings of Keras */      \
	X(INITIALISATION_ONES, "ones")                                                             \
	X(INITIALISATION_ZEROS, "zeros")

enum initialisation_kind {
#define X(id, name) id,
	INITIALISATIONS(X)
#undef X
	INITIALISATION_COUNT
};

enum initialisation_verdict { VERDICT_UNTRAINED, VERDICT_DRIFTED, VERDICT_TRAINED, VERDICT_TOO_FEW };

struct initialisation_candidate {
	enum initialisation_kind kind;
	double spread, distance;
};

struct initialisation {
	unsigned n; /* candidates, nearest first; 0: nothing is usual for such a tensor */
	struct initialisation_candidate candidates[INITIALISATION_COUNT];
	uint64_t fan_in, fan_out; /* 0 where the tensor has none */
	enum initialisation_verdict verdict; /* of the nearest */
};

const char *initialisation_name(enum initialisation_kind kind);
const char *initialisation_word(enum initialisation_verdict verdict); /* "looks untrained" */

/* Pure; the statistics are those of the tensor. False where there is nothing to compare with. */
bool initialisation_judge(const struct model *model, const struct tensor *tensor,
			  const struct statistics *statistics, struct initialisation *result);

#endif
