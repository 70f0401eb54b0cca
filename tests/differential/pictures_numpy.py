"""Tensors as matrices against numpy: heat maps, singular values, principal components.

Values are compared in terms of the largest one: singular values to 1e-13 of it, which small ones
of a matrix far from full rank show; shares of variance to 1e-9 and points to 1e-6, which is what
the residual of 1e-10 gives where the first variances lie close to each other.
"""

import ctypes
import json
import subprocess

import numpy

SINGULAR = 1e-13
SHARE = 1e-9
POINT = 1e-5
SHARES = (0.9, 0.99, 0.999)
CELLS = 64
REAL = 40000  # elements of a real tensor, at most
VIEWS = ("0,1", "0,2", "1,2,3", "2,3,7")


def has_lapack():
    for name in ("liblapack.so.3", "libopenblas.so.0"):
        try:
            ctypes.CDLL(name)
            return True
        except OSError:
            pass
    return False


def made(random):
    """Matrices of many shapes; some of low rank, with decaying values, equal rows, large offsets."""
    normal = random.normal
    left = numpy.linalg.qr(normal(size=(200, 200)))[0]
    right = numpy.linalg.qr(normal(size=(100, 100)))[0]
    nan = normal(size=(9, 5)).astype("f4")
    nan[2, 3] = numpy.nan
    nan[7, 0] = numpy.inf
    return {
        "tall": normal(size=(500, 60)).astype("f4"),
        "wide": normal(size=(60, 3000)).astype("f4"),
        "stripes": normal(size=(5, 120000)).astype("f4"),
        "signs": numpy.array([[1, 2], [3, 4], [5, 6]], "f4"),
        "square": normal(size=(150, 150)),
        "low-rank": normal(size=(200, 10)) @ normal(size=(10, 150)),
        "decaying": (left[:, :100] * numpy.logspace(0, -13, 100)) @ right,
        "one": numpy.array([[3.5]], "f4"), "row": normal(size=(1, 70)).astype("f4"),
        "column": normal(size=(70, 1)).astype("f4"), "two": normal(size=(2, 9)),
        "zeros": numpy.zeros((5, 4), "f4"), "equal": numpy.full((9, 4), 0.25, "f4"),
        "huge": normal(size=(20, 20)) * 1e300, "tiny": normal(size=(20, 20)) * 1e-310,
        "offset": normal(size=(400, 20)) * 1e-3 + 1000,
        "bytes": random.integers(-100, 100, size=(40, 30)).astype("i1"),
        "half": normal(size=(70, 65)).astype("f2"), "conv": normal(size=(16, 8, 5, 3)).astype("f4"),
        "nan": nan, "vector": normal(size=17).astype("f4"), "scalar": numpy.array(2.0, "f4"),
        "nothing": numpy.zeros((0, 3), "f4"),
    }


def run(mtui, path, view, *options):
    out = subprocess.run([mtui, f"--view={view}", "--export=json", "--select=*", *options, str(path)],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return {tensor["name"]: tensor for tensor in json.loads(out)["tensors"]}


def matrix_of(array, view="0,1"):
    lead, split, number = ([int(word) for word in view.split(",")] + [0])[:3]
    if array.ndim < 2:
        return array.reshape(1, -1).astype("f8")
    slices = array.reshape((-1,) + array.shape[lead:]) if lead else array[None]
    chosen = slices[number].astype("f8")
    rows = int(numpy.prod(array.shape[lead:split]))
    return chosen.reshape(rows, int(numpy.prod(array.shape[split:])))


def check_singular(diff, where, ours, matrix):
    if matrix.size == 0 or not numpy.isfinite(matrix).all():
        diff.check(where, "problem", "problem" in ours, True)
        return
    if "problem" in ours:
        diff.check(where, "problem", ours["problem"], None)
        return
    largest = abs(matrix).max() or 1.0
    theirs = numpy.linalg.svd(matrix / largest, compute_uv=False)
    values = numpy.array(ours["values"]) / largest
    diff.check(where, "singular values", len(values), len(theirs))
    worst = abs(values - theirs).max() / max(theirs[0], 1e-300)
    diff.check(where, f"singular values off by {worst}", worst <= SINGULAR, True)
    kept = numpy.cumsum(theirs**2) / max((theirs**2).sum(), 1e-300)
    for share, rank in zip(SHARES, ours["ranks"].values()):
        near = [abs(kept[at] - share) < 1e-9 for at in (rank - 1,)] if rank else [True]
        right = int(numpy.searchsorted(kept, share) + 1) if theirs[0] > 0 else None
        diff.check(where, f"rank of {share}", rank == right or near[0], True)


def check_points(diff, where, ours, matrix):
    rows = matrix[numpy.isfinite(matrix).all(axis=1)] if matrix.size else matrix
    if len(rows) < 2 or (rows == rows[0]).all():
        diff.check(where, "problem", "problem" in ours, True)
        return
    if "problem" in ours:
        diff.check(where, "problem", ours["problem"], None)
        return
    rows = rows / abs(rows).max()
    centred = rows - rows.mean(axis=0)
    left, values, right = numpy.linalg.svd(centred, full_matrices=False)
    shares = (values**2 / (values**2).sum())[:2]
    diff.check(where, "left out", ours["left_out"], len(matrix) - len(rows))
    diff.check(where, "approximate", ours["approximate"], False)
    for k, share in enumerate(shares):
        diff.check(where, f"share {k}: {ours['shares'][k]} for {share}",
                   abs(ours["shares"][k] - share) <= SHARE, True)
    points = numpy.array([p for p in ours["points"] if p[0] != "NaN"], "f8")
    points = points / max(abs(points).max(), 1e-320)
    for k in range(len(shares)):
        beside = [values[i] for i in (k - 1, k + 1) if 0 <= i < len(values)]
        if any(abs(other - values[k]) < 1e-3 * values[0] for other in beside) or \
           values[k] < 1e-9 * values[0]:
            continue  # no direction of its own
        theirs = left[:, k] * values[k]
        theirs = theirs / abs(left[:, :2] * values[:2]).max()
        worst = min(abs(points[:, k] - theirs).max(), abs(points[:, k] + theirs).max())
        diff.check(where, f"points {k} off by {worst}", worst <= POINT, True)
    distances = numpy.sqrt(((left[:, :2] * (values[:2] > 1e-9 * values[0]))**2).sum(axis=1) * len(rows))
    farthest = float(ours["outliers"][0]["distance"])
    if len(values) < 3 or values[1] - values[2] > 1e-3 * values[0]:
        diff.check(where, f"farthest at {farthest} for {distances.max()}",
                   abs(farthest - distances.max()) <= 1e-4 * distances.max(), True)


def check_map(diff, where, ours, matrix):
    if matrix.size == 0:
        diff.check(where, "problem", "problem" in ours, True)
        return
    rows = [i * len(matrix) // min(CELLS, len(matrix)) for i in range(min(CELLS, len(matrix)) + 1)]
    width = matrix.shape[1]
    columns = [i * width // min(CELLS, width) for i in range(min(CELLS, width) + 1)]
    diff.check(where, "row_edges", ours["row_edges"], rows)
    diff.check(where, "column_edges", ours["column_edges"], columns)
    for y, (top, bottom) in enumerate(zip(rows, rows[1:])):
        for x, (first, end) in enumerate(zip(columns, columns[1:])):
            block = matrix[top:bottom, first:end]
            block = block[numpy.isfinite(block)]
            got = [ours[key][y][x] for key in ("cell_min", "cell_max", "cell_mean")]
            if block.size == 0:
                diff.check(where, f"cell {y},{x}", got, [None] * 3)
                continue
            diff.check(where, f"cell {y},{x}", got[:2], [block.min(), block.max()])
            unit = abs(block).max() or 1.0
            mean = (block / unit).mean()
            diff.check(where, f"mean of cell {y},{x}", abs(got[2] / unit - mean) < 1e-12, True)


def test(diff, onnx, mtui, folder, shared):
    tensors = made(numpy.random.default_rng(5))
    graph = onnx.helper.make_graph([], "made", [], [], initializer=[
        onnx.numpy_helper.from_array(numpy.ascontiguousarray(array), name)
        for name, array in tensors.items()])
    path = folder / "made.onnx"
    onnx.save(onnx.helper.make_model(graph), path)
    files = [(path, tensors)]
    for real in sorted((shared / "data").glob("onnx/*.onnx"))[:60]:
        try:
            initializers = onnx.load(real).graph.initializer
            arrays = {t.name: onnx.numpy_helper.to_array(t) for t in initializers
                      if t.data_type in (1, 3, 10, 11)}
        except Exception:  # hostile ones, and data that lies elsewhere
            continue
        arrays = {name: array for name, array in arrays.items()
                  if array.ndim > 1 and 0 < array.size <= REAL}
        names = [t.name for t in initializers]
        if arrays and len(names) == len(set(names)):
            files.append((real, arrays))
    for where, arrays in files:
        for view, check in (("svd", check_singular), ("pca", check_points), ("picture", check_map)):
            got = run(mtui, where, view)
            for name, array in arrays.items():
                if name in got:
                    check(diff, f"{where.name}: {name}: {view}", got[name], matrix_of(array))
    for view in VIEWS:
        conv = matrix_of(tensors["conv"], view)
        for name, check in (("svd", check_singular), ("picture", check_map)):
            check(diff, f"conv as {view}: {name}", run(mtui, path, name, f"--matrix={view}")["conv"],
                  conv)
    diff.check("twice", "the same bytes", run(mtui, path, "pca"), run(mtui, path, "pca"))
    return len(files)
