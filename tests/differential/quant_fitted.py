"""Fitted ranges and codebooks, pruning, large low rank, the histogram of errors, the frontier and
folded normalizations, each against a plain definition in numpy."""

import json
import subprocess

import numpy

from quant_numpy import F32, Mtui, close, compare, numbers, restore, save

PERCENTS = range(100, 19, -2)


def quantized(run, low, high, bits, affine):
    """Integers over a range: what is outside goes to its ends."""
    top = 2**(bits - 1)
    if affine:
        low, high = min(low, 0), max(high, 0)
        scale = F32((high - low) / (2 * top - 1)) if high > low else F32(1)
        zero = numpy.rint(-low / float(scale))
        codes = numpy.clip(numpy.rint(run / scale) + zero, 0, 2 * top - 1) - zero
    else:
        scale = F32(max(abs(low), abs(high)) / F32(top - 1))
        codes = numpy.clip(numpy.rint(run / scale), 1 - top, top - 1)
    return codes, codes.astype(F32) * scale


def percentile_range(run, share, affine):
    """The first of the ascending values that this share does not exceed."""
    def at(values, part):
        count = numpy.arange(1, len(values) + 1)
        return float(numpy.sort(values)[numpy.argmax((count >= part * len(values)) |
                                                     (count == len(values)))])
    if affine:
        return at(run, 1 - share), at(run, share)
    most = at(numpy.abs(run), share)
    return -most, most


def divergence(run, codes, low, high):
    """KL of the values, those outside put to the ends, from what each level makes of the inner."""
    order = numpy.argsort(run, kind="stable")
    values, codes = run[order].astype(float), codes[order]
    inside = (values >= low) & (values <= high)
    if not inside.any():
        return numpy.inf
    p = inside.astype(float)
    first, last = numpy.flatnonzero(inside)[[0, -1]]
    p[first] += (values < low).sum()
    p[last] += (values > high).sum()
    total = 0
    for code in numpy.unique(codes[inside]):
        level = inside & (codes == code)
        q = 1 / inside.sum()
        total += (p[level] / len(run) * numpy.log2(p[level] / len(run) / q)).sum()
    return total


def groups(tensor, unit):
    for line in tensor.T:
        for i in range(0, len(line), unit):
            yield line[i:i + unit]


def test_percentile(diff, mtui, normal):
    for bits, affine, percent in ((4, False, 95), (4, True, 90), (8, True, 99)):
        spec = f"int{bits}:group=64:percentile={percent}" + (":affine" if affine else "")
        error = 0
        for run in groups(normal, 64):
            low, high = percentile_range(run, percent / 100, affine)
            error += ((quantized(run, low, high, bits, affine)[1].astype(float) - run)**2).sum()
        compare(diff, spec, mtui(spec).get("matmul", {}), {"mse": float(error / normal.size)})
    return 3


def test_divergence(diff, mtui, normal):
    """Partitions that are alike are equally good: any of them is right."""
    least = most = 0
    for run in groups(normal, 64):
        reach, tried = float(numpy.abs(run).max()), []
        for percent in PERCENTS:
            high = reach * (percent / 100)
            codes, back = quantized(run, -high, high, 4, False)
            tried.append((divergence(run, codes, -high, high),
                          float(((back.astype(float) - run)**2).sum())))
        best = min(tried)[0]
        errors = [error for kl, error in tried if kl <= best + 1e-9]
        least, most = least + min(errors), most + max(errors)
    ours = mtui("int4:group=64:kl").get("matmul", {}).get("mse", -1) * normal.size
    diff.check("int4:group=64:kl", "mse", least * (1 - 1e-6) <= ours <= most * (1 + 1e-6) or
               (ours, least, most), True)
    return 1


def test_pruning(diff, mtui, normal):
    cut = numpy.where(numpy.abs(normal) < F32(0.25), F32(0), normal)
    compare(diff, "threshold", mtui("none:threshold=0.25").get("matmul", {}),
            numbers(normal, cut))
    norms = (normal.astype(float)**2).sum(axis=0)
    gone = numpy.argsort(norms, kind="stable")[:int(0.2 * normal.shape[1])]
    left = normal.copy()
    left[:, gone] = 0
    compare(diff, "channels=20%", mtui("none:channels=20%").get("matmul", {}),
            numbers(normal, left))
    back = restore(numpy.where(numpy.abs(normal) < F32(0.25), F32(0), normal), 1, "int8:channel")
    compare(diff, "threshold and int8", mtui("int8:channel:threshold=0.25").get("matmul", {}),
            numbers(normal, back))
    return 3


def lloyd(vectors, count, chance):
    """Least mean squared error of a few runs of Lloyd's iterations."""
    best = numpy.inf
    for _ in range(4):
        levels = vectors[chance.choice(len(vectors), count, replace=False)]
        for _ in range(25):
            far = ((vectors[:, None] - levels)**2).sum(axis=2)
            nearest = far.argmin(axis=1)
            for i in range(count):
                if (nearest == i).any():
                    levels[i] = vectors[nearest == i].mean(axis=0)
        best = min(best, ((vectors[:, None] - levels)**2).sum(axis=2).min(axis=1).mean())
    return best / vectors.shape[1]


def test_vectors(diff, mtui, arrays, chance):
    """Of sixteen different vectors nothing is lost; of many about what Lloyd's iterations lose."""
    diff.check("pq", "exact", mtui("pq:vector=2:levels=256").get("sixteen", {}).get("mse"), 0)
    vectors = arrays["gemm"].astype(float).reshape(-1, 4)
    theirs = lloyd(vectors, 16, chance)
    ours = mtui("pq:vector=4:levels=16").get("gemm", {}).get("mse", 9)
    diff.check("pq", "mse", 0.9 * theirs < ours < 1.03 * theirs or (ours, theirs), True)
    return 2


def test_errors(diff, mtui, arrays):
    """Counts of x' - x over the range that is told, which is hardly wider than the errors."""
    for spec, name in (("int8", "matmul"), ("int3:channel", "gemm"), ("f8e4m3fn", "matmul")):
        x = arrays[name]
        back = restore(x, {"matmul": 1, "gemm": 0}[name], spec)
        found = mtui(spec).get(name, {})
        histogram = found.get("error_histogram", {"low": -1, "high": 1, "counts": []})
        errors = back.astype(float) - x
        counts = numpy.histogram(errors, 256, (histogram["low"], histogram["high"]))[0]
        diff.check(f"errors of {spec}", "counts", histogram["counts"], counts.tolist())
        most = numpy.abs(errors).max()
        diff.check(f"errors of {spec}", "range", most < histogram["high"] <= 1.126 * most, True)
    return 3


def test_frontier(diff, mtui, program):
    """Each point is what the view quant says, and on the hull if no line of others is below it."""
    run = subprocess.run([program, "--view=frontier", "--export=json", "--select=gemm",
                          str(mtui.path)], capture_output=True, timeout=300)
    points = json.loads(run.stdout)["points"]
    for point in points[::9]:
        ours = mtui(point["scheme"]).get("gemm", {})
        diff.check(point["scheme"], "bits_per_weight", point["bits_per_weight"],
                   point["bytes"] * 8 / ours.get("count", 1))
        for key, name in (("mse", "mse"), ("sqnr_db", "sqnr_db"), ("bytes", "bytes_after")):
            if not close(point.get(key), ours.get(name, -1), 1e-9):
                diff.check(point["scheme"], key, point.get(key), ours.get(name))
    for point in points:
        at, error = point["bytes"], point["mse"]
        below = any(p is not point and p["bytes"] <= at and
                    (p["mse"] < error or (p["mse"] == error and p["bytes"] < at))
                    for p in points)
        for p in points:
            for q in points:
                if p["bytes"] < at < q["bytes"]:
                    share = (at - p["bytes"]) / (q["bytes"] - p["bytes"])
                    below |= p["mse"] + share * (q["mse"] - p["mse"]) <= error
        if below == point["on_hull"]:
            diff.check(point["scheme"], "on_hull", point["on_hull"], not below)
    return len(points)


def test_fusion(diff, onnx, program, folder, chance):
    """A folded weight beside the one that is multiplied after it was quantized."""
    helper, array = onnx.helper, onnx.numpy_helper.from_array
    weight = (chance.standard_normal((12, 5, 3, 3)) * 0.1).astype(F32)
    gamma, beta, mean = (chance.standard_normal(12).astype(F32) for _ in range(3))
    variance = (chance.random(12) * 4 + 0.01).astype(F32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["a"], name="conv"),
         helper.make_node("BatchNormalization", ["a", "g", "b", "m", "v"], ["y"], name="norm",
                          epsilon=0.01)],
        "g", [helper.make_tensor_value_info("x", 1, [1, 5, 8, 8])],
        [helper.make_tensor_value_info("y", 1, [1, 12, 6, 6])],
        [array(a, n) for n, a in (("w", weight), ("g", gamma), ("b", beta), ("m", mean),
                                  ("v", variance))])
    path = folder / "fusion.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    factor = gamma.astype(float) / numpy.sqrt(variance.astype(float) + float(F32(0.01)))
    wide = factor.reshape(-1, 1, 1, 1)
    folded = (weight.astype(float) * wide).astype(F32)
    run = subprocess.run([program, "--view=fusion", "--quant=int4", "--export=json", str(path)],
                         capture_output=True, timeout=60)
    ours = json.loads(run.stdout)["patterns"][0]
    channels = numpy.abs(weight).max(axis=(1, 2, 3)), numpy.abs(folded).max(axis=(1, 2, 3))
    theirs = {"factor_min": numpy.abs(factor).min(), "factor_max": numpy.abs(factor).max(),
              "range_before": numpy.abs(weight).max(), "range_after": numpy.abs(folded).max(),
              "spread_before": channels[0].max() / float(numpy.sort(channels[0])[5]),
              "spread_after": channels[1].max() / float(numpy.sort(channels[1])[5])}
    for name, spec in (("tensor_", "int4"), ("channel_", "int4:channel")):
        apart = restore(weight, 0, spec).astype(float) * wide
        back = restore(folded, 0, spec).astype(float)
        for key, values, whole in (("apart", apart, weight.astype(float) * wide),
                                   ("folded", back, folded.astype(float))):
            theirs[f"{name}sqnr_db_{key}"] = 10 * numpy.log10(
                (whole**2).sum() / ((values - whole)**2).sum())
    for key, value in theirs.items():
        if not close(ours.get(key), float(value), 1e-6):
            diff.check("fusion", key, ours.get(key), float(value))
    return 1


def test_rank(diff, onnx, program, folder, chance):
    """More than 1,024 on both sides, with a spectrum that falls."""
    rows, columns, rank = 1100, 1030, 40
    matrix = sum(0.8**i * numpy.outer(chance.standard_normal(rows), chance.standard_normal(columns))
                 for i in range(60)).astype(F32)
    mtui = Mtui(program, save(onnx, folder, {"gemm": matrix}))
    values = numpy.linalg.svd(matrix.astype(float), compute_uv=False)
    compare(diff, "rank of a large matrix", mtui(f"lowrank:rank={rank}").get("gemm", {}),
            {"mse": float((values[rank:]**2).sum() / matrix.size)}, 1e-4)
    return 1


def test(diff, onnx, program, folder):
    chance = numpy.random.default_rng(23)
    sixteen = chance.standard_normal((16, 2))
    arrays = {"matmul": chance.standard_normal((200, 60)).astype(F32),
              "gemm": chance.laplace(size=(40, 256)).astype(F32),
              "sixteen": sixteen[chance.integers(0, 16, 512)].reshape(32, 32).astype(F32).T}
    arrays["sixteen"] = numpy.ascontiguousarray(arrays["sixteen"])
    mtui = Mtui(program, save(onnx, folder, arrays))
    return (test_percentile(diff, mtui, arrays["matmul"]) +
            test_divergence(diff, mtui, arrays["matmul"]) +
            test_pruning(diff, mtui, arrays["matmul"]) + test_vectors(diff, mtui, arrays, chance) +
            test_errors(diff, mtui, arrays) + test_frontier(diff, mtui, program) +
            test_fusion(diff, onnx, program, folder, chance) +
            test_rank(diff, onnx, program, folder, chance))
