"""Statistics that mtui shows, by numpy, in pieces that fit the cache: the bytes of one f32 tensor."""
import sys
import numpy

PIECE = 1 << 22
path, offset, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = numpy.memmap(path, dtype=numpy.float32, mode="r", offset=offset, shape=(count,))
assert not numpy.isnan(x).any() and not numpy.isinf(x).any()
mean, m2, m3, m4, l1 = x.mean(dtype=numpy.float64), 0.0, 0.0, 0.0, 0.0
for first in range(0, count, PIECE):
    wide = x[first:first + PIECE].astype(numpy.float64)
    c = wide - mean
    square = c * c
    m2 += square.sum()
    m3 += (square * c).sum()
    m4 += (square * square).sum()
    l1 += abs(wide).sum()
m2 /= count
print(x.min(), x.max(), mean, m2**.5, m3 / count / m2**1.5, m4 / count / m2**2 - 3, l1, (x == 0).sum())
print(numpy.percentile(x, [0.1, 1, 5, 25, 50, 75, 95, 99, 99.9]))
print(numpy.histogram(x, 256)[0])
