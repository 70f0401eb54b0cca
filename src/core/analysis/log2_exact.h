/* Base-2 logarithm by operations that every CPU rounds alike; error below 2 ulp. x > 0, finite. */
#ifndef ANALYSIS_LOG2_EXACT_H
#define ANALYSIS_LOG2_EXACT_H

double log2_exact(double x);

#endif
