"""Quantization errors against definitions written again in numpy, and against what other programs
made of the same weights (tests/data/quant_reference.json, by the script beside it).

Every element's restored value is computed here in float32 as the schemes' references say; the error
of it is summed in extended precision. Also: DynamicQuantizeLinear's node tests of ONNX, and the
budget that each scheme's error must keep on normal weights.
"""

import itertools
import json
import math
import pathlib
import subprocess

import numpy

F32 = numpy.float32
NF4 = numpy.array([
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0], F32)
FP4 = numpy.array([0, 0.00520833349943161, 0.16666667163372040, 0.25, 0.3333333432674408, 0.5,
                   0.6666666865348816, 1], F32)
# exponent bits, mantissa bits, bias, largest
FLOATS = {"f16": (5, 10, 15, 65504), "bf16": (8, 7, 127, float.fromhex("0x1.fep127")),
          "f8e4m3fn": (4, 3, 7, 448), "f8e5m2": (5, 2, 15, 57344), "f8e4m3fnuz": (4, 3, 8, 240),
          "f8e5m2fnuz": (5, 2, 16, 57344), "f6e2m3": (2, 3, 1, 7.5), "f6e3m2": (3, 2, 3, 28),
          "f4e2m1": (2, 1, 1, 6)}
MX = {"mxfp8e4m3": "f8e4m3fn", "mxfp8e5m2": "f8e5m2", "mxfp6e2m3": "f6e2m3",
      "mxfp6e3m2": "f6e3m2", "mxfp4": "f4e2m1"}
# Least SQNR in dB of normal weights, 64 x 256.
BUDGET = {
    "int2:channel": 2, "int3:channel": 10, "int4:channel": 17, "int5:channel": 23,
    "int6:channel": 29, "int7:channel": 35, "int8": 39, "int8:channel": 41, "int16": 88,
    "int4:group=32": 20, "int4:group=32:affine": 20.5, "int4:group=32:affine:mse": 21,
    "ternary:group=64": 6.5, "binary:group=64": 4, "f16": 70, "bf16": 54, "f8e4m3fn": 30.5,
    "f8e5m2": 25, "f8e4m3fnuz": 30.5, "f8e5m2fnuz": 25, "f6e2m3:group=32": 30,
    "f6e3m2:group=32": 24.5, "f4e2m1:group=32": 19, "mxfp8e4m3": 30, "mxfp8e5m2": 24,
    "mxfp6e2m3": 29, "mxfp6e3m2": 23.5, "mxfp4": 17.5, "mxint8": 41, "nvfp4": 19.5, "nf4": 20,
    "nf4:double": 20, "fp4": 18, "q4_0": 20, "q4_1": 21, "q5_0": 26, "q5_1": 27, "q8_0": 44,
    "iq4_nl": 21, "q2_k": 8.5, "q3_k": 14.5, "q4_k": 21.5, "q5_k": 27.5, "q6_k": 33.5,
    "kmeans": 19.5, "kmeans:levels=256": 40, "kmeans:lloyd": 19, "pq:vector=2:levels=256": 20,
    "int8:sparse=2/4": 8, "none:prune=50%": 10,
}


def weights(count, seed=7):
    """The same everywhere: sums of four 16-bit numbers of SplitMix64, some 3e-5 to 3."""
    out = numpy.empty(count, F32)
    mask = (1 << 64) - 1
    for i in range(count):
        seed = (seed + 0x9e3779b97f4a7c15) & mask
        z = seed
        z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & mask
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & mask
        z ^= z >> 31
        total = sum(z >> s & 0xffff for s in (0, 16, 32, 48)) - 131070
        out[i] = total * 2.0**-17 * (1 + i % 13)
    return out


def stored(scale, how):
    scale = F32(scale)
    if not scale > 0:
        return F32(1)
    if how == "f16":
        return F32(numpy.float16(min(max(scale, F32(2.0**-24)), F32(65504))))
    if how == "pow2":
        return F32(2.0**math.ceil(math.log2(float(scale))))
    return scale


def rounded(values, how):
    values = values.astype(numpy.float64)
    if how == "away":
        return numpy.sign(values) * numpy.floor(numpy.abs(values) + 0.5)
    return numpy.rint(values)


def integer(values, bits, mode, how, rounding):
    top = 2**(bits - 1)
    low, high = {"symmetric": (1 - top, top - 1), "full": (-top, top - 1),
                 "affine": (0, 2 * top - 1)}[mode]
    zero = 0
    if mode == "affine":
        least, most = min(float(values.min()), 0), max(float(values.max()), 0)
        scale = stored(F32((most - least) / high), how)
        zero = numpy.rint(-least / float(scale))
    else:
        reach = F32(high if mode == "symmetric" else (high - low) / 2)
        scale = stored(numpy.abs(values).max() / reach, how)
    codes = numpy.clip(rounded(values / scale, rounding) + zero, low, high)
    return (codes - zero).astype(F32) * scale


def narrow(values, name):
    """To nearest even in a format, saturating."""
    _, mantissa, bias, most = FLOATS[name]
    sizes = numpy.abs(values.astype(numpy.float64))
    exponents = numpy.frexp(numpy.where(sizes == 0, 1, sizes))[1] - 1
    steps = numpy.exp2(numpy.maximum(exponents, 1 - bias) - mantissa)
    sizes = numpy.minimum(numpy.rint(sizes / steps) * steps, most)
    return (numpy.sign(values) * sizes).astype(F32)


def floating(values, name, how):
    scale = F32(1)
    if how != "none":
        scale = stored(numpy.abs(values).max() / F32(FLOATS[name][3]), how)
    return narrow(values / scale, name) * scale


def table(values, levels, mirrored):
    scale = stored(numpy.abs(values).max(), "f32")
    steps = values * (F32(1) / scale)
    sizes = numpy.abs(steps) if mirrored else steps
    edges = ((levels[1:].astype(numpy.float64) + levels[:-1]) / 2).astype(F32)
    nearest = levels[numpy.searchsorted(edges, sizes, side="left")]
    return (numpy.sign(steps) * nearest if mirrored else nearest) * scale


def sign(values, ternary):
    mean = numpy.abs(values).astype(numpy.float64).mean()
    above = numpy.abs(values) > F32(0.7 * mean) if ternary else numpy.full(values.shape, True)
    size = F32(numpy.abs(values[above]).astype(numpy.float64).mean())
    return numpy.where(above, numpy.where(values < 0, -size, size), 0).astype(F32)


def mx_block(values, name):
    most = float(numpy.abs(values).max())
    if most == 0:
        return values * 0
    exponent = math.frexp(most)[1] - 1
    if name == "mxint8":
        steps = numpy.clip(numpy.rint(values.astype(float) / 2.0**exponent * 64), -127, 127)
        return (steps / 64 * 2.0**exponent).astype(F32)
    reach = math.frexp(FLOATS[MX[name]][3])[1] - 1
    scale = 2.0**(exponent - reach)
    return (narrow(values / scale, MX[name]) * scale).astype(F32)


def nvfp4(values, tensor):
    whole = F32(numpy.abs(tensor).max() / F32(6 * 448))
    scale = narrow(numpy.array([numpy.abs(values).max() / F32(6) / whole]), "f8e4m3fn")[0] * whole
    return narrow(values / scale, "f4e2m1") * scale if scale > 0 else values * 0


def optimum(values, count):
    """Least squared error of any `count` levels: every way to cut the sorted values."""
    values = numpy.sort(values.astype(numpy.float64))
    cells = {}
    for i, j in itertools.combinations(range(len(values) + 1), 2):
        cells[i, j] = ((values[i:j] - values[i:j].mean())**2).sum()
    return min(sum(cells[a, b] for a, b in zip((0,) + cuts, cuts + (len(values),)))
               for cuts in itertools.combinations(range(1, len(values)), count - 1))


def words(spec):
    name, *rest = spec.split(":")
    found = {"name": name, "mode": "symmetric", "scale": "f32", "rounding": "even", "unit": 0,
             "channel": False}
    if name in ("f16", "bf16"):
        found["scale"] = "none"
    for word in rest:
        key, _, value = word.partition("=")
        if word in ("symmetric", "full", "affine"):
            found["mode"] = word
        elif word in ("even", "away"):
            found["rounding"] = word
        elif word == "channel":
            found["channel"] = True
        elif key == "group":
            found["unit"] = int(value)
        elif key == "scale":
            found["scale"] = value
    found["unit"] = {"nf4": 64, "fp4": 64, "nvfp4": 16}.get(name, found["unit"])
    if name.startswith("mx"):
        found["unit"] = 32
    return found


def restore_run(run, say, tensor):
    name = say["name"]
    if name.startswith("int"):
        return integer(run, int(name[3:]), say["mode"], say["scale"], say["rounding"])
    if name in FLOATS:
        return floating(run, name, say["scale"])
    if name in ("nf4", "fp4"):
        return table(run, NF4 if name == "nf4" else FP4, name == "fp4")
    if name in ("ternary", "binary"):
        return sign(run, name == "ternary")
    return nvfp4(run, tensor) if name == "nvfp4" else mx_block(run, name)


def restore(tensor, axis, spec):
    say = words(spec)
    if not say["unit"] and not say["channel"]:
        return restore_run(tensor.ravel(), say, tensor).reshape(tensor.shape)
    lines = numpy.moveaxis(tensor, axis, 0)
    shape = lines.shape
    lines = lines.reshape(shape[0], -1)
    unit = say["unit"] or lines.shape[1]
    out = numpy.empty_like(lines)
    for line, target in zip(lines, out):
        for i in range(0, len(line), unit):
            target[i:i + unit] = restore_run(line[i:i + unit], say, tensor)
    return numpy.moveaxis(out.reshape(shape), 0, axis)


def numbers(original, back):
    x, y = original.ravel().astype(numpy.longdouble), back.ravel().astype(numpy.longdouble)
    error = y - x
    sizes = numpy.abs(error)
    return {"mse": float((error**2).mean()), "bias": float(error.mean()),
            "rel_fro": float(numpy.sqrt((error**2).sum() / (x**2).sum())),
            "sqnr_db": float(10 * numpy.log10((x**2).sum() / (error**2).sum())),
            "cosine": float((x * y).sum() / numpy.sqrt((x**2).sum() * (y**2).sum())),
            "max_abs": float(sizes.max()), "max_index": int(sizes.argmax())}


class Mtui:
    def __init__(self, program, path):
        self.program, self.path = program, path

    def __call__(self, spec, *options):
        run = subprocess.run([self.program, "--view=quant", f"--quant={spec}", "--export=json",
                              *options, str(self.path)], capture_output=True, timeout=300)
        if run.returncode:
            return {}
        return {row["tensor"]: row for row in json.loads(run.stdout)["tensors"]}


def close(ours, theirs, tolerance):
    return isinstance(ours, (int, float)) and abs(ours - theirs) <= tolerance * max(1e-30, abs(theirs))


# Of a sum of squares in single precision, span by span: what squares.h promises, and in decibels.
SQUARES = 6.3e-7
DECIBELS = 10 / math.log(10) * 2 * SQUARES


def compare(diff, where, ours, theirs, tolerance=1e-9):
    for key, value in theirs.items():
        squared = tolerance if key not in ("mse", "rmse", "rel_fro") else max(tolerance, SQUARES)
        if key == "max_index":
            diff.check(where, key, ours.get(key), value)
        elif key == "bias":
            diff.check(where, key, abs(ours.get(key, 1) - value) <=
                       1e-9 * math.sqrt(theirs["mse"]) or (ours.get(key), value), True)
        elif key == "sqnr_db" and isinstance(ours.get(key), float) and math.isfinite(value):
            diff.check(where, key, abs(ours[key] - value) <= DECIBELS or (ours[key], value), True)
        elif not close(ours.get(key), value, squared):
            diff.check(where, key, ours.get(key), value)


def specs():
    for bits in (2, 3, 4, 5, 6, 7, 8, 16):
        for words_ in ("", ":full", ":affine", ":channel", ":channel:full:away",
                       ":channel:affine:scale=f16", ":scale=pow2"):
            yield f"int{bits}{words_}"
        for group in (16, 32, 64, 128, 256):
            yield f"int{bits}:group={group}{':affine' if bits % 2 else ''}"
    for name in FLOATS:
        for words_ in ("", ":channel", ":group=32", ":group=16:scale=pow2"):
            yield name + words_
        yield name + ":scale=none"
    yield from MX
    for name in ("mxint8", "nvfp4", "nf4", "fp4", "ternary", "binary"):
        yield name
    for name in ("ternary", "binary"):
        yield name + ":channel"
        yield name + ":group=64"


def save(onnx, folder, arrays):
    """A model whose operators say which axis the channels are on."""
    helper = onnx.helper
    nodes = {"matmul": ("MatMul", {}), "conv": ("Conv", {}), "gemm": ("Gemm", {"transB": 1})}
    graph = helper.make_graph(
        [helper.make_node(op, ["x" + name, name], ["y" + name], **attributes)
         for name, (op, attributes) in nodes.items() if name in arrays],
        "g", [], [], [onnx.numpy_helper.from_array(array, name)
                      for name, array in arrays.items()])
    path = folder / "quant.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


AXES = {"matmul": 1, "conv": 0, "gemm": 0, "vector": 0}


def test_schemes(diff, mtui, arrays):
    count = 0
    for spec in specs():
        found = mtui(spec)
        for name, array in arrays.items():
            if array.ndim == 1:
                back = restore(array.reshape(1, -1), 0, spec).ravel()
            else:
                back = restore(array, AXES[name], spec)
            theirs = numbers(array, back)
            if theirs["mse"]:
                compare(diff, f"{spec} of {name}", found.get(name, {}), theirs)
            count += 1
    return count


def test_fitted(diff, mtui, arrays):
    """The optimum of few values by brute force, pruning and calibration by search."""
    few, normal = arrays["few"], arrays["matmul"]
    for levels in (4, 5, 7):
        ours = mtui(f"kmeans:levels={levels}").get("few", {})
        if not close(ours.get("mse"), optimum(few, levels) / few.size, 1e-6):
            diff.check(f"kmeans {levels}", "mse", ours.get("mse"), optimum(few, levels) / few.size)
    order = numpy.sort(numpy.abs(normal.ravel()))
    cut = order[int(0.3 * normal.size)]
    compare(diff, "prune=30%", mtui("none:prune=30%").get("matmul", {}),
            numbers(normal, numpy.where(numpy.abs(normal) < cut, F32(0), normal)))
    fours = numpy.abs(normal.T[:, :normal.shape[0] // 4 * 4]).reshape(normal.shape[1], -1, 4)
    lost = (numpy.sort(fours.astype(float), axis=2)[:, :, :2]**2).sum()
    tail = numpy.sort(numpy.abs(normal.T[:, normal.shape[0] // 4 * 4:]).astype(float), axis=1)
    lost += (tail[:, :max(0, tail.shape[1] - 2)]**2).sum()
    compare(diff, "sparse=2/4", mtui("none:sparse=2/4").get("matmul", {}),
            {"mse": float(lost / normal.size)})
    for rank in (1, 17, 129):
        values = numpy.linalg.svd(normal.astype(float), compute_uv=False)
        compare(diff, f"rank {rank}", mtui(f"lowrank:rank={rank}").get("matmul", {}),
                {"mse": float((values[rank:]**2).sum() / normal.size)}, 1e-6)
    compare(diff, "int4:group=32:mse", mtui("int4:group=32:mse").get("matmul", {}),
            {"mse": searched(normal.T, 32, 4)})
    return 9


def searched(lines, unit, bits):
    """Symmetric integers, each group with the best of the ranges that are tried."""
    top = F32(2**(bits - 1) - 1)
    total = 0
    for line in lines:
        for i in range(0, len(line), unit):
            run = line[i:i + unit]
            most = float(numpy.abs(run).max())
            errors = []
            for percent in range(100, 19, -2):
                scale = stored(F32(most * (percent / 100)) / top, "f32")
                codes = numpy.clip(numpy.rint(run / scale), -top, top)
                errors.append(float((((codes * scale).astype(float) - run)**2).sum()))
            total += min(errors)
    return total / lines.size


def test_budget(diff, mtui):
    for spec, least in BUDGET.items():
        ours = mtui(spec, "--select=budget").get("budget", {}).get("sqnr_db", -999)
        if not ours >= least:
            diff.check(f"budget of {spec}", "sqnr_db", ours, least)
    return len(BUDGET)


def test_reference(diff, mtui, path):
    reference = json.loads(path.read_text())
    for spec, theirs in reference["schemes"].items():
        ours = mtui(spec, "--select=reference").get("reference", {})
        compare(diff, f"{spec} by {theirs.pop('by')}", ours, theirs, 1e-6)
    return len(reference["schemes"])


def test_importance(diff, mtui, arrays, folder):
    """Weights on the input channels of a MatMul, from both kinds of file."""
    normal = arrays["matmul"]
    weights_ = numpy.abs(numpy.random.default_rng(5).standard_normal(len(normal)))
    back = restore(normal, 1, "int4:channel")
    error = (back.astype(float) - normal)**2 * weights_[:, None]
    theirs = {"mse": float(error.sum() / (weights_.sum() * normal.shape[1])),
              "rel_fro": float(numpy.sqrt(error.sum() / (normal.astype(float)**2 *
                                                         weights_[:, None]).sum()))}
    numpy.save(folder / "w.npy", weights_)
    (folder / "w.csv").write_text("\n".join(repr(float(w)) for w in weights_) + "\n")
    for name in ("w.npy", "w.csv"):
        ours = mtui("int4:channel", f"--importance={folder / name}")
        compare(diff, f"importance by {name}", ours.get("matmul", {}), theirs)
        diff.check("importance", "problem", "weights" in ours["few"].get("problem", ""), True)
    return 2


def test_nodes(diff, onnx, program, testdata, folder):
    """DynamicQuantizeLinear computes scale and zero point from the data, as int8:affine does."""
    count = 0
    for case in sorted(testdata.glob("**/test_dynamicquantizelinear*/test_data_set_0")):
        load = lambda name: onnx.numpy_helper.to_array(
            onnx.TensorProto.FromString((case / name).read_bytes()))
        if not (case / "output_2.pb").exists():
            continue
        x, y, scale, zero = (load(n) for n in ("input_0.pb", "output_0.pb", "output_1.pb",
                                               "output_2.pb"))
        back = (y.astype(F32) - zero.astype(F32)) * scale
        ours = Mtui(program, save(onnx, folder, {"w": x}))("int8:affine").get("w", {})
        compare(diff, case.parent.name, ours, numbers(x, back))
        count += 1
    return count


def test(diff, onnx, program, folder, data, testdata):
    chance = numpy.random.default_rng(11)
    column = numpy.exp(chance.standard_normal(130))
    arrays = {"matmul": (chance.standard_normal((300, 130)) * column).astype(F32),
              "conv": chance.standard_normal((20, 7, 3, 3)).astype(F32) * F32(0.2),
              "gemm": chance.laplace(size=(40, 512)).astype(F32),
              "vector": chance.standard_normal(77).astype(F32)}
    mtui = Mtui(program, save(onnx, folder, arrays))
    count = test_schemes(diff, mtui, arrays)
    arrays["few"] = chance.standard_normal(12).astype(F32)
    arrays["budget"] = (chance.standard_normal((64, 256)) * 0.05).astype(F32)
    arrays["reference"] = weights(64 * 256).reshape(64, 256)
    mtui = Mtui(program, save(onnx, folder, arrays))
    count += test_fitted(diff, mtui, arrays) + test_budget(diff, mtui)
    count += test_importance(diff, mtui, arrays, folder)
    count += test_nodes(diff, onnx, program, testdata, folder)
    mtui = Mtui(program, save(onnx, folder, {"gemm": arrays["reference"],
                                             "reference": arrays["reference"]}))
    return count + test_reference(diff, mtui, pathlib.Path(data) / "quant_reference.json")
