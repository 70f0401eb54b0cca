/*
 * Takes away from the engine what it does not need, before it reads a byte of a model.
 *
 * Each layer may be missing on a system; the others still hold, and the result says which there are.
 */
#ifndef ENGINE_CONFINE_H
#define ENGINE_CONFINE_H

struct confinement {
	int rlimits;  /* 0, or minus an errno */
	int landlock; /* version of its interface, or minus an errno */
	int seccomp;  /* 0, or minus an errno */
};

/* Closes every descriptor above 2, dies with its parent, cannot be traced or dumped, may not open,
 * write, connect or start anything. For a program with one thread that has loaded its libraries. */
struct confinement confine(void);

#endif
