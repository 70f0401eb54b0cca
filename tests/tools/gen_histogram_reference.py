#!/usr/bin/env python3
"""Writes tests/data/histogram_reference.txt: what numpy.histogram counts in reproducible tensors.

The tensors are not stored: the test makes the same elements from a seed (splitmix64). Of many bins
two sums over all counts stand for them. Needs python3-numpy. Prints nothing.
"""

import pathlib

import numpy as np

from gen_statistics_reference import elements


def describe(out, dtype, kind, n, seed, bins, span, scale=1.0, offset=0.0):
    x = elements(dtype, kind, n, seed, scale, offset)
    if dtype in ("c64", "c128"):
        x = np.abs(x.astype(np.complex128))
    elif dtype in ("bf16", "f8e4m3fn", "f8e5m2"):
        x = x.astype(np.float32)
    elif x.dtype.kind in "iu":
        x = x.astype(np.float64)
    ok = x[np.isfinite(x)]
    low, high = span or (float(ok.min()), float(ok.max()))
    counts, _ = np.histogram(ok, bins=bins, range=(low, high))
    index = np.arange(1, bins + 1, dtype=np.uint64)
    counts = counts.astype(np.uint64)
    print(dtype, kind, n, seed, scale.hex(), offset.hex(), bins, int(span is not None), low.hex(),
          high.hex(), counts.sum(), (counts * index).sum(), (counts * index * index).sum(), file=out)


def main():
    path = pathlib.Path(__file__).resolve().parent.parent / "data" / "histogram_reference.txt"
    with np.errstate(invalid="ignore", over="ignore"), path.open("w") as out:
        print("# written by tests/tools/gen_histogram_reference.py with numpy", np.__version__,
              file=out)
        seed = 0
        for bins in (1, 2, 10, 255, 256, 1000, 1024, 1025, 4096, 65536):
            for span in (None, (-0.1, 0.05), (0.0, 0.0), (0.25, 7.0), (-1e30, 1e30)):
                seed += 1
                for dtype in ("f32", "f64"):
                    describe(out, dtype, "normal", 20011, 1000 + seed, bins, span, 2.0**-20)
            for dtype in ("f16", "bf16", "f8e4m3fn", "f8e5m2", "i8", "u8", "i16", "i32", "u32"):
                if dtype == "f16" and bins > 1024:
                    continue  # numpy's own index overflows
                seed += 1
                describe(out, dtype, "bits", 9001, 1000 + seed, bins, (-100.0, 77.5))
                if dtype not in ("f16", "bf16"):
                    describe(out, dtype, "bits", 9001, 1000 + seed, bins, None)
            describe(out, "f64", "few", 20011, 2000 + bins, bins, (0.0, 1000.0))
            describe(out, "f32", "few", 20011, 3000 + bins, bins, (-100.0, 100.0), 0.25, -100.0)


if __name__ == "__main__":
    main()
