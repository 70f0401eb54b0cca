"""The view xray against numpy: schemes, codes and losses of models quantized here."""

import json
import pathlib
import subprocess
import tempfile


def near(a, b):
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def per_channel(numpy, weight, axis, bits):
    other = tuple(i for i in range(weight.ndim) if i != axis)
    scale = (abs(weight).max(axis=other) / (2 ** (bits - 1) - 1)).astype(numpy.float32)
    shape = [-1 if i == axis else 1 for i in range(weight.ndim)]
    codes = numpy.round(weight / scale.reshape(shape)).astype(numpy.int8)
    return codes, scale, codes * scale.astype(float).reshape(shape)


def affine(numpy, weight):
    low, high = min(weight.min(), 0), max(weight.max(), 0)
    scale = numpy.float32((high - low) / 255)
    zero = numpy.uint8(round(-low / float(scale)))
    codes = numpy.clip(numpy.round(weight / scale) + zero, 0, 255).astype(numpy.uint8)
    return codes, scale, zero, (codes.astype(float) - zero) * float(scale)


def n_bits(numpy, weight, block):
    """weight [K, N]: codes, scales and zero points as MatMulNBits has them, and what they restore."""
    k, n = weight.shape
    blocks = -(-k // block)
    padded = numpy.zeros((blocks * block, n))
    padded[:k] = weight
    parts = padded.T.reshape(n, blocks, block)
    scale = (numpy.ptp(parts, axis=2) / 15 + 1e-3).astype(numpy.float32)
    zero = numpy.clip(numpy.round(-parts.min(axis=2) / scale), 0, 15).astype(numpy.uint8)
    codes = numpy.clip(numpy.round(parts / scale[..., None]) + zero[..., None], 0, 15)
    codes = codes.astype(numpy.uint8)
    packed = codes[..., 0::2] | codes[..., 1::2] << 4
    wide = numpy.zeros((n, (blocks + 1) // 2 * 2), numpy.uint8)
    wide[:, :blocks] = zero
    restored = (codes.astype(float) - zero[..., None]) * scale[..., None].astype(float)
    restored = restored.reshape(n, -1)[:, :k]
    return packed, scale.reshape(-1), (wide[:, 0::2] | wide[:, 1::2] << 4).reshape(-1), codes, restored


def make(onnx, numpy, folder):
    """(original, quantized, [(tensor, matched by, scheme, original, restored, codes)])"""
    helper, array = onnx.helper, onnx.numpy_helper.from_array
    rng = numpy.random.default_rng(11)
    conv = rng.normal(size=(6, 4, 3, 3)).astype(numpy.float32)
    dense = rng.normal(0.3, 1, size=(40, 7)).astype(numpy.float32)
    packed = rng.normal(size=(50, 12)).astype(numpy.float32)
    square = rng.normal(size=(16, 16)).astype(numpy.float32)
    conv_codes, conv_scale, conv_back = per_channel(numpy, conv, 0, 8)
    dense_codes, dense_scale, dense_zero, dense_back = affine(numpy, dense)
    bytes_, scale, zero, _, packed_back = n_bits(numpy, packed, 16)
    square_bytes, square_scale, square_zero, square_codes, square_back = n_bits(numpy, square, 16)
    floats = [array(conv, "conv.weight"), array(dense, "dense.weight"), array(packed, "other"),
              array(square, "square")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [], [], floats)
    original = pathlib.Path(folder) / "float.onnx"
    onnx.save(helper.make_model(graph), str(original))
    nodes = [
        helper.make_node("DequantizeLinear", ["conv.weight_quantized", "cs", "cz"], ["cw"], axis=0),
        helper.make_node("DequantizeLinear", ["dense.weight_q", "ds", "dz"], ["dw"]),
        helper.make_node("MatMulNBits", ["x", "anonymous", "ps", "pz"], ["p"],
                         domain="com.microsoft", K=50, N=12, bits=4, block_size=16),
        helper.make_node("MatMulNBits", ["x", "square_Q4G16", "ss", "sz"], ["s"],
                         domain="com.microsoft", K=16, N=16, bits=4, block_size=16)]
    parts = [array(conv_codes, "conv.weight_quantized"), array(conv_scale, "cs"),
             array(numpy.zeros(6, numpy.int8), "cz"), array(dense_codes, "dense.weight_q"),
             array(numpy.array(dense_scale), "ds"), array(numpy.array(dense_zero), "dz"),
             array(bytes_, "anonymous"), array(scale, "ps"), array(zero, "pz"),
             array(square_bytes, "square_Q4G16"), array(square_scale, "ss"),
             array(square_zero, "sz")]
    graph = helper.make_graph(nodes, "g", [], [], parts)
    quantized = pathlib.Path(folder) / "quantized.onnx"
    onnx.save(helper.make_model(graph), str(quantized))
    return original, quantized, [
        ("conv.weight_quantized", "name", "int8:channel:axis=0", conv, conv_back, conv_codes),
        ("dense.weight_q", "name", "int8:tensor:affine", dense, dense_back, dense_codes),
        ("anonymous", "position", "int4:group=16:affine", packed.T, packed_back, None),
        ("square_Q4G16", "name", "int4:group=16:affine", square.T, square_back, square_codes)]


def check(diff, numpy, row, facts):
    name, matched, scheme, original, restored, codes = facts
    error = restored - original
    diff.check(name, "matched by", row["matched_by"], matched)
    diff.check(name, "scheme", row["scheme"].replace(":tensor", ""), scheme.replace(":tensor", ""))
    diff.check(name, "count", row["count"], original.size)
    if codes is not None:
        diff.check(name, "levels used", row["levels_used"], len(numpy.unique(codes)))
        lowest = 0 if codes.dtype == numpy.uint8 else -128
        diff.check(name, "lowest", near(row["low_share"], (codes == lowest).mean()), True)
    wanted = {"mse": (error ** 2).mean(), "bias": error.mean(), "max_abs": abs(error).max(),
              "rel_fro": (error ** 2).sum() ** 0.5 / (original.astype(float) ** 2).sum() ** 0.5,
              "sqnr_db": 10 * numpy.log10((original.astype(float) ** 2).sum() / (error ** 2).sum()),
              "cosine": (original * restored).sum() / (
                  (original.astype(float) ** 2).sum() * (restored ** 2).sum()) ** 0.5,
              "min": restored.min(), "max": restored.max(), "mean": restored.mean(),
              "std": restored.std()}
    for key, value in wanted.items():
        if not near(row[key], float(value)):
            diff.check(name, key, row[key], float(value))
    diff.check(name, "max_index", row["max_index"], int(abs(error).argmax()))


def test_xray(onnx, differences, mtui):
    if not onnx:
        print("skip xray: python3-onnx is not installed")
        return True
    import numpy
    diff = differences()
    with tempfile.TemporaryDirectory() as folder:
        original, quantized, facts = make(onnx, numpy, folder)
        out = subprocess.run([mtui, "--view=xray", "--export=json", f"--against={original}",
                              str(quantized)], stdout=subprocess.PIPE, check=True)
        view = json.loads(out.stdout)
    rows = {row["tensor"]: row for row in view["tensors"]}
    diff.check("view", "weights", sorted(rows), sorted(fact[0] for fact in facts))
    diff.check("view", "matched", (view["matched"], view["unmatched"]), (4, 0))
    for fact in facts:
        if fact[0] in rows:
            check(diff, numpy, rows[fact[0]], fact)
    return diff.report("xray", len(facts))
