"""Statistics and histograms against numpy, which adds in extended precision here.

Elements of every dtype are decoded by tables of their own, made from what the formats say. Each
made tensor has NaN, infinities, zeros of both signs and subnormals among its values where its
dtype has them; the sizes lie around those at which mtui goes another way.
"""

import json
import math
import subprocess

import numpy

# name: (ONNX number, bits, how the elements are read)
DTYPES = {
    "f32": (1, 32, "<f4"), "u8": (2, 8, "u1"), "i8": (3, 8, "i1"), "u16": (4, 16, "<u2"),
    "i16": (5, 16, "<i2"), "i32": (6, 32, "<i4"), "i64": (7, 64, "<i8"), "bool": (9, 8, "u1"),
    "f16": (10, 16, "<f2"), "f64": (11, 64, "<f8"), "u32": (12, 32, "<u4"),
    "u64": (13, 64, "<u8"), "c64": (14, 64, "<c8"), "c128": (15, 128, "<c16"),
    "bf16": (16, 16, "table"), "f8e4m3fn": (17, 8, "table"), "f8e4m3fnuz": (18, 8, "table"),
    "f8e5m2": (19, 8, "table"), "f8e5m2fnuz": (20, 8, "table"), "u4": (21, 4, "table"),
    "i4": (22, 4, "table"), "f4e2m1": (23, 4, "table"), "f8e8m0": (24, 8, "table"),
    "u2": (25, 2, "table"), "i2": (26, 2, "table"),
}
SMALLEST_NORMAL = {"f32": 2.0**-126, "c64": 2.0**-126, "bf16": 2.0**-126, "f16": 2.0**-14,
                   "f8e5m2": 2.0**-14, "f8e5m2fnuz": 2.0**-15, "f8e4m3fn": 2.0**-6,
                   "f8e4m3fnuz": 2.0**-7, "f4e2m1": 1.0, "f64": 2.0**-1022, "c128": 2.0**-1022}
PERCENTS = ("0.1", "1", "5", "25", "50", "75", "95", "99", "99.9")
MOST_DISTINCT = 65536
# Of small integers, of few values, just below and above where mtui gathers, of several stripes.
SIZES = (1, 2, 199, 2049, 8191, 9001, 65537, 70001)
LARGE = 2 * (1 << 20) + 4099
FORCED = (["--cpu=plain", "--threads=1"], ["--cpu=avx2", "--threads=2"],
          ["--cpu=auto", "--threads=1"], ["--cpu=auto", "--threads=3"])


def minifloat(code, exponent_bits, mantissa_bits, bias, special):
    magnitude = code & ((1 << (exponent_bits + mantissa_bits)) - 1)
    sign = -1.0 if code >> (exponent_bits + mantissa_bits) else 1.0
    if code in special:
        return special[code]
    exponent = magnitude >> mantissa_bits
    mantissa = magnitude & ((1 << mantissa_bits) - 1)
    if exponent == 0:
        return sign * math.ldexp(mantissa, 1 - bias - mantissa_bits)
    return sign * math.ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits)


def table_of(dtype):
    """The value of every code, in the type numpy is asked with."""
    nan, inf = math.nan, math.inf
    codes = range(1 << DTYPES[dtype][1])
    floats = {
        "f8e4m3fn": (4, 3, 7, {0x7f: nan, 0xff: nan}),
        "f8e4m3fnuz": (4, 3, 8, {0x80: nan}),
        "f8e5m2": (5, 2, 15, {0x7c: inf, 0xfc: -inf, **{s + k: nan for s in (0, 128)
                                                      for k in (0x7d, 0x7e, 0x7f)}}),
        "f8e5m2fnuz": (5, 2, 16, {0x80: nan}),
        "f4e2m1": (2, 1, 1, {}),
    }
    if dtype in floats:
        return numpy.array([minifloat(c, *floats[dtype]) for c in codes], numpy.float32)
    if dtype == "f8e8m0":
        return numpy.array([nan if c == 255 else math.ldexp(1, c - 127) for c in codes], numpy.float32)
    if dtype == "bf16":
        return (numpy.arange(65536, dtype=numpy.uint32) << 16).view(numpy.float32)
    bits = DTYPES[dtype][1]
    signed = dtype[0] == "i"
    return numpy.array([c - (1 << bits) if signed and c >> (bits - 1) else c for c in codes],
                       numpy.int8 if signed else numpy.uint8)


@numpy.errstate(invalid="ignore")
def decode(dtype, data, count):
    """A tensor's elements as numpy would have them; magnitudes of complex ones."""
    _, bits, kind = DTYPES[dtype]
    if kind != "table":
        values = numpy.frombuffer(data, kind, count)
        if dtype[0] == "c":
            wide = numpy.frombuffer(data, f"<f{bits // 16}", 2 * count).astype(numpy.float64)
            return numpy.hypot(wide[0::2], wide[1::2])
        return (values != 0).astype(numpy.uint8) if dtype == "bool" else values
    if bits == 16:
        codes = numpy.frombuffer(data, "<u2", count)
    else:
        codes = numpy.frombuffer(data, "u1")
        per_byte = 8 // bits
        codes = numpy.stack([codes >> bits * k & ((1 << bits) - 1) for k in range(per_byte)],
                            axis=1).ravel()[:count]
    return table_of(dtype)[codes]


# --- what numpy says ----------------------------------------------------------------------------

def moments(finite):
    wide = finite.astype(numpy.longdouble)
    n = len(wide)
    facts = {"sum": wide.sum(), "l1": abs(wide).sum(), "mean": wide.mean()}
    d = wide - facts["mean"]
    square = d * d
    m2, m3, m4 = square.sum() / n, (square * d).sum() / n, (square * square).sum() / n
    facts["l2"] = numpy.sqrt((wide * wide).sum())
    facts["std"] = numpy.sqrt(m2) if finite.min() < finite.max() else 0
    if finite.min() < finite.max() and float(m2) ** 2 > 0:
        facts["skew"] = m3 / (m2 * numpy.sqrt(m2))
        facts["kurtosis"] = m4 / (m2 * m2) - 3
    return facts


def first_of(mask):
    return int(mask.argmax())


def facts_of(dtype, values):
    nan, inf = numpy.isnan(values), numpy.isinf(values)
    special = nan | inf
    finite = values[~special]
    exact = {"count": len(values), "nan": int(nan.sum()), "posinf": int((values == numpy.inf).sum()),
             "neginf": int((values == -numpy.inf).sum()), "zeros": int((finite == 0).sum()),
             "negative": int((finite < 0).sum())}
    tiny = abs(finite.astype(numpy.float64)) < SMALLEST_NORMAL.get(dtype, 0)
    exact["subnormal"] = int((tiny & (finite != 0)).sum())
    if len(finite) == 0:
        return exact, {}
    ordered = numpy.sort(finite)
    least, most = ordered[0], ordered[-1]
    exact["min"], exact["max"] = least.item() + 0, most.item() + 0
    exact["argmin"] = first_of(~special & (values == least))
    exact["argmax"] = first_of(~special & (values == most))
    exact["quantiles"] = {p: ordered[math.floor(float(p) / 100 * (len(ordered) - 1))].item() + 0
                          for p in PERCENTS}
    distinct = 1 + int((ordered[1:] != ordered[:-1]).sum())
    exact["distinct"] = distinct if distinct <= MOST_DISTINCT else None
    return exact, moments(finite)


def close(ours, theirs, floor):
    if ours is None:
        return False
    theirs = numpy.longdouble(theirs)
    if abs(theirs) > numpy.finfo(numpy.float64).max:  # of a double, what mtui prints
        return float(ours) == float(theirs)
    return bool(abs(numpy.longdouble(ours) - theirs) <= 1e-12 * max(abs(theirs), floor))


def check_statistics(diff, where, row, dtype, values):
    exact, near = facts_of(dtype, values)
    for key, theirs in exact.items():
        ours = row.get(key)
        if key == "quantiles":
            ours = {p: v for p, v in (ours or {}).items() if p in PERCENTS}
        diff.check(where, key, ours, theirs)
    # Sums that nearly cancel are right to the digits their terms have, shapes to those of 1.
    floors = {"sum": near.get("l1", 0) * 1e-4, "skew": 1, "kurtosis": 1}
    floors["mean"] = floors["sum"] / max(1, len(values))
    for key, theirs in near.items():
        if not close(row.get(key), theirs, floors.get(key, 0)):
            diff.check(where, key, row.get(key), theirs)


def check_histogram(diff, where, row, values, given, entropy=None):
    finite = values[numpy.isfinite(values)]
    if len(finite) == 0:
        return
    with numpy.errstate(all="ignore"):
        try:
            counts, edges = numpy.histogram(finite, len(row["counts"]), given)
        except (IndexError, ValueError):  # a width that the type cannot hold
            diff.check(where, "all counted", sum(row["counts"]), len(finite))
            return
    diff.check(where, "counts", row["counts"], counts.tolist())
    diff.check(where, "edges", row["edges"], edges.astype(numpy.float64).tolist())
    if entropy is not None:
        share = counts[counts > 0] / numpy.longdouble(counts.sum())
        if not close(entropy, -(share * numpy.log2(share)).sum(), 1):
            diff.check(where, "entropy", entropy, float(-(share * numpy.log2(share)).sum()))


# --- tensors of every dtype ---------------------------------------------------------------------

def random_floats(dtype, chance, n, spread):
    """Normal numbers around a mean, with what is special among them."""
    kind = DTYPES[dtype][2]
    parts = numpy.dtype(kind if kind != "table" else "<f4")
    real = numpy.dtype({"c": "<f%d" % (parts.itemsize // 2)}.get(parts.kind, parts.str))
    count = n * (parts.itemsize // real.itemsize)
    with numpy.errstate(all="ignore"):
        values = (chance.standard_normal(count) * spread + chance.choice((0, spread, 100 * spread))
                  ).astype(real)
        special = numpy.array([numpy.nan, numpy.inf, -numpy.inf, 0, -0.0, numpy.finfo(real).tiny / 4,
                               -numpy.finfo(real).tiny / 8], real)
    where = chance.random(count) < 0.02
    values[where] = chance.choice(special, int(where.sum()))
    return values.tobytes()


def make_tensors(dtype, chance):
    """Pairs of element count and bytes."""
    _, bits, kind = DTYPES[dtype]
    made = []
    for n in SIZES + ((LARGE,) if dtype in ("f32", "f64", "i64", "i8", "bf16") else ()):
        size = (n * bits + 7) // 8
        made.append((n, chance.bytes(size)))
        if kind != "table" and numpy.dtype(kind).kind in "fc":
            for spread in (0.02,) if n == LARGE else (0.02, 1e-30, 1e15):
                made.append((n, random_floats(dtype, chance, n, spread)))
        elif kind != "table" and bits >= 16:
            for bound in (2, 100, 30000):
                values = chance.integers(0, bound, n) - (bound // 2 if "i" in kind else 0)
                made.append((n, values.astype(kind).tobytes()))
        elif dtype == "bf16":
            values = chance.standard_normal(n).astype(numpy.float32).view(numpy.uint32) >> 16
            made.append((n, values.astype("<u2").tobytes()))
        elif n > 2:
            few = chance.choice(numpy.frombuffer(chance.bytes(3), "u1"), size)
            made.append((n, few.tobytes()))
    n = 66000
    size = n * bits // 8
    if bits >= 8:
        element = chance.bytes(bits // 8)
        made.append((n, element * n))  # one value
        made.append((n, bytes(size // 2) + chance.bytes(size - size // 2)))  # zeros and anything
    if dtype in ("f32", "f64", "i32", "i64", "u64"):  # a value that repeats, and an outlier
        n = 300001
        values = numpy.full(n, 1.5 if dtype[0] == "f" else 1234567, kind)
        values[::3] = chance.standard_normal(len(values[::3])) * 1000 + 1000000
        values[1] = 2e9 if dtype[0] == "f" else 2147483647
        made.append((n, values.tobytes()))
        values[1] = 1
        values[::2] = 3
        made.append((n, values.tobytes()))
    if kind != "table" and numpy.dtype(kind).kind == "f":
        made.append((n, numpy.full(n, numpy.nan, kind).tobytes()))
    return made


def write_model(onnx, path, dtype, made):
    model = onnx.ModelProto(ir_version=8)
    for index, (n, data) in enumerate(made):
        tensor = model.graph.initializer.add()
        tensor.name = f"t{index}"
        tensor.data_type = DTYPES[dtype][0]
        tensor.dims.append(n)
        tensor.raw_data = data
    path.write_bytes(model.SerializeToString())


def ask(mtui, path, *arguments):
    run = subprocess.run([mtui, "--export=json", *arguments, "--", str(path)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        raise RuntimeError(f"{mtui} {arguments} {path}: {run.stderr.decode()}")
    return run.stdout


def check_model(diff, mtui, path, dtype, tensors):
    answers = {}
    for forced in FORCED:
        try:
            answers[" ".join(forced)] = ask(mtui, path, "--view=stats", *forced)
        except RuntimeError as error:
            if "avx" not in forced[0]:  # a CPU without it
                raise error
    diff.check(path.name, "different answers by CPU and threads", len(set(answers.values())), 1)
    rows = json.loads(next(iter(answers.values())))["tensors"]
    bins = json.loads(ask(mtui, path, "--view=histogram"))["tensors"]
    zoomed = json.loads(ask(mtui, path, "--view=histogram", "--bins=37", "--range=-0.015,1.25"))
    for row, wide, narrow, values in zip(rows, bins, zoomed["tensors"], tensors):
        where = f"{dtype} {row['name']} ({len(values)})"
        check_statistics(diff, where, row, dtype, values)
        if "counts" in wide:
            check_histogram(diff, where, wide, values, None, row.get("entropy"))
        if "counts" in narrow:
            check_histogram(diff, where + " in a range", narrow, values, (-0.015, 1.25))
    diff.check(path.name, "tensors", len(rows), len(tensors))


def check_file(diff, onnx, path, rows, tensor_facts):
    """The initializers and constants of a real model; returns 1, or 0 where onnx cannot read it."""
    try:
        model = onnx.load(str(path))
    except Exception:  # what it raises is many things
        return 0
    ours = {}
    for row in rows:
        ours.setdefault((row["graph_path"], row["name"]), []).append(row)
    names = {number: name for name, (number, _, _) in DTYPES.items()}
    for (graph, _, name), tensor in tensor_facts(model):
        dtype = names.get(tensor.data_type)
        if dtype is None or not ours.get((graph, name)):
            continue
        row = ours[graph, name].pop(0)
        if row["count"] == 0 or row["count"] != math.prod(tensor.dims):
            continue
        if tensor.raw_data:
            values = decode(dtype, tensor.raw_data, row["count"])
        elif DTYPES[dtype][2] == "table" or dtype[0] == "c":
            continue
        else:
            values = onnx.numpy_helper.to_array(tensor).ravel()
            values = values.astype(numpy.uint8) if dtype == "bool" else values
        check_statistics(diff, f"{path.name} {name}", row, dtype, values)
    return 1


def test(diff, onnx, mtui, folder):
    for seed, dtype in enumerate(DTYPES):
        made = make_tensors(dtype, numpy.random.default_rng(seed))
        path = folder / f"{dtype}.onnx"
        write_model(onnx, path, dtype, made)
        check_model(diff, mtui, path, dtype, [decode(dtype, data, n) for n, data in made])
    return len(DTYPES)
