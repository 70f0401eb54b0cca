/* Models that were saved beside a run's log while it was trained. */
#ifndef SESSION_CHECKPOINTS_H
#define SESSION_CHECKPOINTS_H

#include <stddef.h>
#include <stdint.h>

struct checkpoint {
	char *name; /* below the run's folder; raw bytes */
	int64_t step;
};

struct checkpoints {
	char *folder; /* that was looked through last, or NULL */
	int64_t looked;
	struct checkpoint *items; /* by step */
	size_t count, capacity;
};

/* The step that a name tells: the number after the last "step", "iter", "checkpoint" or "ckpt", else
 * its last number, else that of its folder; -1 if there is none. */
int64_t checkpoint_step(const char *name);

/* Zeroed is empty. Looks through a folder and those in it for files that are called as models are
 * that mtui opens; at most once in 10 seconds (of job_clock) for the same folder. */
void checkpoints_look(struct checkpoints *checkpoints, const char *folder, int64_t now);
void checkpoints_free(struct checkpoints *checkpoints);

#endif
