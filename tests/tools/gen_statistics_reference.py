#!/usr/bin/env python3
"""Writes tests/data/statistics_reference.txt: what numpy says about reproducible tensors.

The tensors themselves are not stored: the test makes the same elements from a seed (splitmix64).
Moments are computed in numpy's long double, which neither overflows nor loses digits here.
Needs python3-numpy. Run it from anywhere; it prints nothing.
"""

import pathlib

import numpy as np

PERCENTS = [0.1, 1, 5, 25, 50, 75, 95, 99, 99.9]
NATIVE = {
    "f64": "<f8", "f32": "<f4", "f16": "<f2", "i64": "<i8", "i32": "<i4", "i16": "<i2",
    "i8": "i1", "u64": "<u8", "u32": "<u4", "u16": "<u2", "u8": "u1", "c64": "<c8", "c128": "<c16",
}
BITS = {"f4e2m1": 4, "u4": 4, "i4": 4, "u2": 2, "i2": 2, "bf16": 16}
SMALLEST_NORMAL = {
    "f64": 2.0**-1022, "c128": 2.0**-1022, "f32": 2.0**-126, "c64": 2.0**-126, "bf16": 2.0**-126,
    "f16": 2.0**-14, "f8e5m2": 2.0**-14, "f8e5m2fnuz": 2.0**-15, "f8e4m3fn": 2.0**-6,
    "f8e4m3fnuz": 2.0**-7, "f4e2m1": 1.0,
}


def random_words(seed, n):
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def small_float(code, exponent_bits, mantissa_bits, bias):
    exponent = code >> mantissa_bits & (1 << exponent_bits) - 1
    mantissa = code & (1 << mantissa_bits) - 1
    sign = -1.0 if code >> (exponent_bits + mantissa_bits) & 1 else 1.0
    if exponent == 0:
        return sign * mantissa * 2.0 ** (1 - bias - mantissa_bits)
    return sign * ((1 << mantissa_bits) + mantissa) * 2.0 ** (exponent - bias - mantissa_bits)


def table(dtype):
    if dtype == "f8e4m3fn":
        return [np.nan if c & 127 == 127 else small_float(c, 4, 3, 7) for c in range(256)]
    if dtype == "f8e4m3fnuz":
        return [np.nan if c == 128 else small_float(c, 4, 3, 8) for c in range(256)]
    if dtype == "f8e5m2fnuz":
        return [np.nan if c == 128 else small_float(c, 5, 2, 16) for c in range(256)]
    if dtype == "f8e5m2":
        special = {0x7C: np.inf, 0xFC: -np.inf}
        return [special.get(c, np.nan) if c & 127 >= 124 else small_float(c, 5, 2, 15)
                for c in range(256)]
    if dtype == "f8e8m0":
        return [np.nan if c == 255 else 2.0 ** (c - 127) for c in range(256)]
    if dtype == "f4e2m1":
        return [small_float(c, 2, 1, 1) for c in range(16)]
    if dtype == "bool":
        return [float(c != 0) for c in range(256)]
    bits = BITS[dtype]
    signed = dtype[0] == "i"
    return [float(c - (1 << bits) if signed and c >> (bits - 1) else c) for c in range(1 << bits)]


def elements(dtype, kind, n, seed, scale, offset):
    """The tensor as an array of its own type, or as float64 where numpy has no such type."""
    words = random_words(seed, n)
    if kind == "normal":
        total = sum((words >> np.uint64(s) & np.uint64(0xFFFF)).astype(np.float64)
                    for s in (0, 16, 32, 48))
        return ((total - 131070.0) * scale + offset).astype(NATIVE[dtype])
    if kind == "few":
        return ((words % np.uint64(1000)).astype(np.float64) * scale + offset).astype(NATIVE[dtype])
    if dtype in NATIVE:
        size = np.dtype(NATIVE[dtype]).itemsize
        data = random_words(seed, (n * size + 7) // 8).astype("<u8").tobytes()
        return np.frombuffer(data[: n * size], NATIVE[dtype])
    bits = BITS.get(dtype, 8)
    data = np.frombuffer(random_words(seed, (n * bits + 63) // 64).astype("<u8").tobytes(), np.uint8)
    if dtype == "bf16":
        return (data.view("<u2")[:n].astype(np.uint32) << 16).view(np.float32)
    if bits < 8:
        per = 8 // bits
        parts = [data >> (bits * k) & ((1 << bits) - 1) for k in range(per)]
        data = np.stack(parts, axis=1).reshape(-1)
    return np.array(table(dtype))[data[:n]]


def first(mask):
    where = np.flatnonzero(mask)
    return int(where[0]) if len(where) else -1


FLOATS_LIKE_F32 = ("bf16", "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "f8e8m0", "f4e2m1")


def histogram(dtype, own):
    """numpy's counts of an array of the tensor's type, or of a wider one where it has no answer."""
    if dtype in FLOATS_LIKE_F32:
        own = own.astype(np.float32)
    if own.dtype == np.float16 and not np.isfinite(own.max() - own.min()):
        own = own.astype(np.float32)
    if own.dtype == np.float32 and not np.isfinite(own.max() - own.min()):
        own = own.astype(np.float64)
    if own.dtype == np.float64 and not np.isfinite(own.max() - own.min()):
        own = own * 2.0**-8
    return np.histogram(own, 256)[0]


def numbers(values):
    return " ".join(float(v).hex() for v in values)


def describe(out, name, dtype, kind, n, seed, scale=1.0, offset=0.0):
    x = elements(dtype, kind, n, seed, scale, offset)
    if dtype in ("c64", "c128"):
        x = np.abs(x.astype(np.complex128))
    own = x  # exact integers where x has them
    v = x.astype(np.float64)
    ok = np.isfinite(v)
    w = v[ok]
    index = np.flatnonzero(ok)
    normal = SMALLEST_NORMAL.get(dtype, 0.0)
    print("case", name, dtype, kind, n, seed, scale.hex(), offset.hex(), file=out)
    argmin = int(index[np.argmin(own[ok])]) if len(w) else -1
    argmax = int(index[np.argmax(own[ok])]) if len(w) else -1
    print("counts", n, len(w), (w == 0).sum(), (w < 0).sum(), (w > 0).sum(),
          ((np.abs(w) < normal) & (w != 0)).sum(), np.isnan(v).sum(), (v == np.inf).sum(),
          (v == -np.inf).sum(), first(np.isnan(v)), first(np.isinf(v)), argmin, argmax,
          len(np.unique(own[ok])), file=out)
    if not len(w):
        print("moments", " ".join(["nan"] * 6 + ["0", "0", "0", "nan"]), file=out)
        print("quantiles", " ".join(["nan"] * 9), file=out)
        print("entropy 0", file=out)
        print("bins", " ".join(["0"] * 256), file=out)
        return
    e = w.astype(np.longdouble)
    mean = e.mean()
    d = e - mean
    d -= d.mean()  # a large mean has too few digits even here
    var, m3, m4 = (d**2).mean(), (d**3).mean(), (d**4).mean()
    constant = w.min() == w.max()
    skew, kurtosis = (np.nan, np.nan) if constant else (m3 / var**np.longdouble(1.5), m4 / var**2 - 3)
    with np.errstate(over="ignore"):
        print("moments", numbers([w.min(), w.max(), mean, 0 if constant else np.sqrt(var), skew,
                                  kurtosis, e.sum(), np.abs(e).sum(), np.sqrt((e**2).sum()),
                                  np.abs(w).max()]), file=out)
    quantiles = np.percentile(np.sort(own[ok]), PERCENTS, method="lower")
    print("quantiles", numbers(quantiles), file=out)
    bins = histogram(dtype, own[ok])
    share = bins[bins > 0] / len(w)
    print("entropy", float(-(share * np.log2(share)).sum()).hex(), file=out)
    print("bins", " ".join(map(str, bins)), file=out)


def main():
    path = pathlib.Path(__file__).resolve().parent.parent / "data" / "statistics_reference.txt"
    path.parent.mkdir(exist_ok=True)
    bytewise = ["i8", "u8", "bool", "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "f8e8m0",
                "f4e2m1", "u4", "i4", "u2", "i2"]
    with np.errstate(invalid="ignore"), path.open("w") as out:
        print("# written by tests/tools/gen_statistics_reference.py with numpy", np.__version__,
              file=out)
        for number, dtype in enumerate(bytewise):
            describe(out, "all-codes", dtype, "bits", 3001 + number, 100 + number)
        for number, dtype in enumerate(["f16", "bf16", "i16", "u16"]):
            describe(out, "short", dtype, "bits", 777, 200 + number)
            describe(out, "long", dtype, "bits", 100003, 300 + number)
        for number, dtype in enumerate(["f32", "f64", "i32", "u32", "i64", "u64", "c64", "c128"]):
            describe(out, "short-bits", dtype, "bits", 5001, 400 + number)
            describe(out, "long-bits", dtype, "bits", 70001, 500 + number)
        for number, dtype in enumerate(["f32", "f64"]):
            describe(out, "weights", dtype, "normal", 20000, 600 + number, 2.0**-20, 0.0)
            describe(out, "many-weights", dtype, "normal", 300007, 610 + number, 2.0**-20, 2.0**-14)
            describe(out, "one", dtype, "normal", 1, 620 + number)
            describe(out, "two", dtype, "normal", 2, 630 + number)
            describe(out, "constant", dtype, "normal", 5003, 640 + number, 0.0, 0.1)
            describe(out, "large-mean", dtype, "normal", 90001, 650 + number, 2.0**-17, 1000.0)
            describe(out, "few", dtype, "few", 200001, 660 + number, 0.25, -100.0)
        for number, (scale, offset) in enumerate([(2.0**-20, 0.0), (2.0**-24, 0.0), (2.0**-14, 1.0),
                                                  (2.0**-30, 0.0)]):
            describe(out, "weights-%d" % number, "f16", "normal", 30000, 700 + number, scale, offset)
            describe(out, "few-weights-%d" % number, "f16", "normal", 500, 710 + number, scale, offset)
        for number, (scale, offset) in enumerate([(2.0**-160, 0.0), (2.0**-140, 0.0), (2.0**100, 0.0),
                                                  (2.0**-20, 1e6), (2.0**-16, -3e4)]):
            describe(out, "far-%d" % number, "f32", "normal", 100000, 720 + number, scale, offset)
            describe(out, "few-far-%d" % number, "f32", "normal", 3000, 730 + number, scale, offset)
        describe(out, "long-few", "f32", "few", 2500000, 740, 1.0, -500.0)
        describe(out, "long", "f32", "normal", 2500000, 741, 2.0**-20, 2.0**-10)
        describe(out, "constant-long", "f32", "normal", 1500000, 742, 0.0, 1e9)
        describe(out, "zero-long", "f32", "normal", 1500000, 743, 0.0, 0.0)
        describe(out, "long-specials", "f32", "bits", 2200001, 744)
        describe(out, "long-specials", "f16", "bits", 2200001, 745)
        describe(out, "long-specials", "bf16", "bits", 2200001, 746)
        describe(out, "long", "i8", "bits", 4500001, 747)
        describe(out, "long", "i16", "bits", 2200001, 748)
        describe(out, "huge-mean", "f64", "normal", 90001, 670, 2.0**-17, 1e9)
        describe(out, "huge", "f64", "normal", 3000, 671, 2.0**900, 0.0)
        describe(out, "tiny", "f64", "normal", 3000, 672, 2.0**-900, 0.0)
        describe(out, "narrow", "f64", "few", 3000, 673, 2.0**-52, 1.0)
        describe(out, "few", "i32", "few", 100000, 680, 1.0, -300.0)
        describe(out, "few", "i64", "few", 100000, 681, 1.0, -300.0)
        describe(out, "few", "u32", "few", 100000, 682, 1.0, 7.0)
        describe(out, "large", "i64", "few", 100000, 683, 4096.0, 2.0**62)


if __name__ == "__main__":
    main()
