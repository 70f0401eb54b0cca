/*
 * evaluations.npz of Stable-Baselines' EvalCallback: a zip file of numpy arrays.
 *
 *   1. A zip archive; every member is NAME.npy, stored or deflated.
 *   2. A member: "\x93NUMPY", version (2 bytes), length of the header (2 or 4), a Python literal
 *      with descr, fortran_order and shape, then the numbers.
 *   3. timesteps [n] are the steps. results, ep_lengths and successes are [n, episodes]; each gives
 *      the mean of its rows ("results/mean") and, where there are several episodes, their standard
 *      deviation ("results/std").
 */
#ifndef RUNS_NPZ_H
#define RUNS_NPZ_H

#include "core/runs/log_reader.h"

extern const struct log_reader npz_reader;

#endif
