#include "core/analysis/log2_exact.h"

#include <math.h>

/* log2(m) = 2/ln 2 * artanh((m - 1) / (m + 1)), m within sqrt(2) of 1. */
double log2_exact(double x)
{
	int exponent;
	double m = frexp(x, &exponent);

	if (m < 0x1.6a09e667f3bcdp-1) {
		m *= 2;
		exponent--;
	}
	double s = (m - 1) / (m + 1), square = s * s, series = 0;

	for (int k = 23; k >= 3; k -= 2)
		series = (series + 1.0 / k) * square;
	return (double)exponent + (s + s * series) * 0x1.71547652b82fep1;
}

/* 2^x = 2^k e^y, |y| <= ln 2 / 2. */
double exp2_exact(double x)
{
	double k = nearbyint(x), y = (x - k) * 0x1.62e42fefa39efp-1, series = 1;

	for (int j = 16; j >= 1; j--)
		series = 1 + series * y / j;
	return ldexp(series, (int)k);
}
