"""What a person would type in numpy for the statistics that mtui shows: the bytes of one f32 tensor."""
import sys
import numpy

path, offset, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = numpy.memmap(path, dtype=numpy.float32, mode="r", offset=offset, shape=(count,))
finite = numpy.isfinite(x)
assert finite.all()
d = x.astype(numpy.float64)
mean = d.mean()
c = d - mean
m2 = (c * c).mean()
print(d.min(), d.max(), mean, m2 ** .5, (c ** 3).mean() / m2 ** 1.5, (c ** 4).mean() / m2 ** 2 - 3, abs(d).sum(), (x == 0).sum())
print(numpy.percentile(x, [0.1, 1, 5, 25, 50, 75, 95, 99, 99.9]))
print(numpy.histogram(x, 256)[0])
