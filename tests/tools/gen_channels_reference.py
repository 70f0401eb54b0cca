#!/usr/bin/env python3
"""Writes tests/data/channels_reference.txt: what numpy says about the slices of small tensors.

The tensors are not stored: the test makes the same elements from a seed (splitmix64). Moments are
computed in numpy's long double. Needs python3-numpy. Run it from anywhere; it prints nothing.
"""

import pathlib

import numpy as np

from gen_statistics_reference import elements, numbers


def describe(out, name, dtype, kind, shape, axis, seed, scale=1.0, offset=0.0):
    x = elements(dtype, kind, int(np.prod(shape)), seed, scale, offset)
    if dtype in ("c64", "c128"):
        x = np.abs(x.astype(np.complex128))
    v = np.moveaxis(x.astype(np.float64).reshape(shape), axis, 0).reshape(shape[axis], -1)
    print("case", name, dtype, kind, len(shape), *shape, axis, seed, scale.hex(), offset.hex(),
          file=out)
    for row in v:
        w = row[np.isfinite(row)]
        print((row == 0).sum(), np.isnan(row).sum(), np.isinf(row).sum(), end=" ", file=out)
        if not len(w):
            print(*["nan"] * 4, file=out)
            continue
        e = w.astype(np.longdouble)
        d = e - e.mean()
        d -= d.mean()
        constant = w.min() == w.max()
        print(numbers([w.min(), w.max(), w[0] if constant else e.mean(),
                       0 if constant else np.sqrt((d**2).mean())]), file=out)


def main():
    path = pathlib.Path(__file__).resolve().parent.parent / "data" / "channels_reference.txt"
    with np.errstate(invalid="ignore", over="ignore"), path.open("w") as out:
        print("# written by tests/tools/gen_channels_reference.py with numpy", np.__version__,
              file=out)
        for axis in range(4):
            describe(out, "conv", "f32", "normal", (8, 6, 3, 3), axis, 10 + axis, 2.0**-20)
        describe(out, "rows", "f32", "normal", (5, 4099), 0, 20, 2.0**-20, 2.0**-14)
        describe(out, "columns", "f32", "normal", (4099, 5), 1, 21, 2.0**-20, 2.0**-14)
        describe(out, "large-mean", "f32", "normal", (4, 3001), 0, 22, 2.0**-17, 1000.0)
        describe(out, "large-mean", "f64", "normal", (3001, 4), 1, 23, 2.0**-17, 1e9)
        describe(out, "huge", "f64", "normal", (3, 700), 0, 24, 2.0**900)
        describe(out, "tiny", "f64", "normal", (700, 3), 1, 25, 2.0**-900)
        describe(out, "vector", "f32", "normal", (7,), 0, 26, 2.0**-20)
        for number, dtype in enumerate(["f32", "f64", "f16", "bf16", "f8e4m3fn", "f8e5m2", "f4e2m1",
                                        "i8", "u8", "i16", "i32", "u32", "i64", "u64", "i4", "u4",
                                        "i2", "u2", "bool", "c64", "c128"]):
            describe(out, "bits", dtype, "bits", (7, 3, 64), 0, 30 + number)
            describe(out, "bits", dtype, "bits", (7, 3, 64), 1, 60 + number)
            describe(out, "bits", dtype, "bits", (64, 21), 1, 90 + number)


if __name__ == "__main__":
    main()
