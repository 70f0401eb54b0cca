/* Base-2 logarithm and its inverse by operations that every CPU rounds alike; errors below 2 ulp. */
#ifndef ANALYSIS_LOG2_EXACT_H
#define ANALYSIS_LOG2_EXACT_H

double log2_exact(double x); /* x > 0, finite */
double exp2_exact(double x); /* |x| <= 1000 */

#endif
