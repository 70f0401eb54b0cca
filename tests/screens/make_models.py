#!/usr/bin/env python3
"""Writes the models of the scenes into models/; they are committed, so that only whoever changes
them needs python3-onnx. Every run writes the same bytes.

    blocks.onnx        scopes with numbers, float16, NaN, a dead tensor, tied weights
    control.onnx       If, Loop, a function of the model; captures from the graph around
    dtypes.onnx        a tensor of every element type
    float.onnx         two convolutions' worth of weights, and
    quantized.onnx     the same, quantized per channel, with a zero point, in blocks
    hostile.onnx       names that would harm a terminal, and problems
    initializers.onnx  no node at all
    empty.onnx         nothing
"""

import pathlib
import random
import struct

from onnx import TensorProto, ValueInfoProto, helper

MODELS = pathlib.Path(__file__).resolve().parent / "models"


def noise(seed, count, spread=1.0):
    source = random.Random(seed)
    return [source.gauss(0, spread) for _ in range(count)]


def raw(name, data_type, dims, data):
    tensor = TensorProto(name=name, data_type=data_type, raw_data=data)
    tensor.dims.extend(dims)
    return tensor


def f32(name, dims, values):
    return raw(name, TensorProto.FLOAT, dims, struct.pack(f"<{len(values)}f", *values))


def f16(name, dims, values):
    return raw(name, TensorProto.FLOAT16, dims, struct.pack(f"<{len(values)}e", *values))


def value(name, shape=("batch", 8), data_type=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, data_type, shape)


def save(name, graph, functions=(), opsets=(("", 17),), metadata=None):
    model = helper.make_model(
        graph, producer_name="mtui tests", producer_version="1", functions=functions,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in opsets])
    model.ir_version = 8
    if metadata:
        helper.set_model_props(model, metadata)
    (MODELS / name).write_bytes(model.SerializeToString(deterministic=True))


def blocks():
    nodes, tensors, at = [], [], "tokens"
    for block in range(12):
        scope = f"/model/layers.{block}"
        for number, part in enumerate(("q_proj", "k_proj", "v_proj", "o_proj")):
            weight = f"model.layers.{block}.attention.{part}.weight"
            values = noise(block * 10 + number, 64, 0.02 * (block + 1))
            if (block, part) == (3, "v_proj"):
                values[5], values[17], values[40] = float("nan"), float("inf"), float("nan")
            if (block, part) == (7, "o_proj"):
                values = [0.0] * 64
            if (block, part) == (9, "k_proj"):
                values[0] = 300.0  # an outlier that ruins the scale of the others
            tensors.append((f16 if part == "v_proj" else f32)(weight, (8, 8), values))
            out = f"{scope}/attention/{part}/MatMul_output_0"
            nodes.append(helper.make_node("MatMul", [at, weight], [out],
                                          name=f"{scope}/attention/{part}/MatMul"))
            at = out
        norm = f"model.layers.{block}.norm.weight"
        tensors.append(f32(norm, (8,), [1.0 + v for v in noise(1000 + block, 8, 0.01)]))
        out = f"{scope}/norm/Mul_output_0"
        nodes.append(helper.make_node("Mul", [at, norm], [out], name=f"{scope}/norm/Mul"))
        at = out
    tensors.append(f32("lm_head.weight", (8, 32), noise(7, 256, 0.3)))
    nodes.append(helper.make_node("MatMul", [at, "lm_head.weight"], ["logits"],
                                  name="/lm_head/MatMul"))
    save("blocks.onnx", helper.make_graph(
        nodes, "main_graph", [value("tokens")], [value("logits", ("batch", 32))], tensors),
        metadata={"task": "text-generation", "licence": "none"})


def control():
    deep = helper.make_graph(
        [helper.make_node("Add", ["x", "bias"], ["deep_out"], name="deep_add")],
        "deep", [], [value("deep_out")])
    yes = helper.make_graph(
        [helper.make_node("If", ["again"], ["yes_out"], name="inner_if", then_branch=deep,
                          else_branch=helper.make_graph(
                              [helper.make_node("Neg", ["x"], ["neg_out"], name="neg")],
                              "negative", [], [value("neg_out")]))],
        "yes", [], [value("yes_out")])
    no = helper.make_graph(
        [helper.make_node("Mul", ["x", "scale"], ["no_out"], name="mul")],
        "no", [], [value("no_out")], [f32("scale", (8,), noise(3, 8))])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_out"], name="keep_going"),
         helper.make_node("Affine", ["state", "scale_by", "bias"], ["state_out"], name="step",
                          domain="local")],
        "body", [value("i", (), TensorProto.INT64), value("go", (), TensorProto.BOOL),
                 value("state")],
        [value("go_out", (), TensorProto.BOOL), value("state_out")],
        [f32("scale_by", (8,), noise(4, 8))])
    affine = helper.make_function(
        "local", "Affine", ["a", "b", "c"], ["y"],
        [helper.make_node("Mul", ["a", "b"], ["ab"], name="times"),
         helper.make_node("Add", ["ab", "c"], ["y"], name="plus")],
        [helper.make_opsetid("", 17)])
    main = helper.make_graph(
        [helper.make_node("If", ["condition"], ["branched"], name="choose", then_branch=yes,
                          else_branch=no),
         helper.make_node("Loop", ["trips", "condition", "branched"], ["y"], name="repeat",
                          body=body)],
        "control", [value("x"), value("condition", (), TensorProto.BOOL),
                    value("again", (), TensorProto.BOOL)], [value("y")],
        [f32("bias", (8,), noise(5, 8)), raw("trips", TensorProto.INT64, (), struct.pack("<q", 3))])
    save("control.onnx", main, [affine], (("", 17), ("local", 1)))


def dtypes():
    sixteen = [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    tensors = []

    def add(number, name, data):
        tensors.append(raw(name, number, (4, 4), data))

    add(1, "f32", struct.pack("<16f", *noise(1, 16)))
    add(11, "f64", struct.pack("<16d", *noise(2, 16)))
    add(10, "f16", struct.pack("<16e", *noise(3, 16)))
    add(16, "bf16", b"".join(struct.pack("<f", v)[2:] for v in noise(4, 16)))
    for number, name in ((17, "f8e4m3fn"), (18, "f8e4m3fnuz"), (19, "f8e5m2"), (20, "f8e5m2fnuz"),
                         (24, "f8e8m0")):
        add(number, name, bytes(range(0x30, 0x40)))
    for number, name in ((23, "f4e2m1"), (22, "i4"), (21, "u4")):
        add(number, name, bytes((0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe)))
    for number, name in ((26, "i2"), (25, "u2")):
        add(number, name, bytes((0xe4, 0x1b, 0xe4, 0x00)))
    for number, name, code in ((3, "i8", "b"), (5, "i16", "h"), (6, "i32", "i"), (7, "i64", "q")):
        add(number, name, struct.pack(f"<16{code}", *sixteen))
    for number, name, code in ((2, "u8", "B"), (4, "u16", "H"), (12, "u32", "I"), (13, "u64", "Q")):
        add(number, name, struct.pack(f"<16{code}", *(abs(v) for v in sixteen)))
    add(9, "bool", bytes((0, 1) * 8))
    add(14, "c64", struct.pack("<32f", *noise(5, 32)))
    add(15, "c128", struct.pack("<32d", *noise(6, 32)))
    words = TensorProto(name="string", data_type=TensorProto.STRING)
    words.dims.extend((2, 3))
    words.string_data.extend((b"cat", b"dog", "größer".encode(), "猫".encode(), b"\x1b[31mred", b""))
    tensors.append(words)
    nodes = [helper.make_node("Identity", [tensor.name], [f"{tensor.name}_out"],
                              name=f"use_{tensor.name}") for tensor in tensors]
    save("dtypes.onnx", helper.make_graph(nodes, "dtypes", [], [value("f32_out", (4, 4))], tensors),
         opsets=(("", 25),))


def hostile():
    names = ("\x1b]0;title\x07\x1b[31mred", "right\u202eleft", "wide 猫の名前 🐈 name",
             "tabs\tand\nlines", "e\u0301" + "\u0301" * 12 + " marks", "~" * 90, "-o /etc/passwd",
             "a/" * 40 + "deep")
    nodes = [helper.make_node("Relu", ["x"], [f"out{number}"], name=name)
             for number, name in enumerate(names)]
    nodes.append(helper.make_node("Add", ["x", "nobody_makes_this"], ["x2"], name="dangling"))
    nodes.append(helper.make_node("Conv\x1b[2J", ["x", "short"], ["x3"], name=""))
    nodes.append(helper.make_node("Relu", ["x"], ["out0"], name="twice"))
    short = raw("short", TensorProto.FLOAT, (4, 4), b"\0" * 20)
    overflow = raw("overflow", TensorProto.FLOAT, (1 << 40, 1 << 40), b"")
    save("hostile.onnx", helper.make_graph(
        nodes, "\x1b[2Jgraph", [value("x")], [value("x3")], [short, overflow]),
        metadata={"\x1b[31mkey": "value\x07", "long": "word " * 60})


def restore(nodes, name, weight, axis=None):
    nodes.append(helper.make_node("DequantizeLinear", [name, f"{name}_scale", f"{name}_zero"],
                                  [weight], name=f"{weight}/DequantizeLinear",
                                  **({} if axis is None else {"axis": axis})))


def quantized():
    """Per channel int8, per tensor uint8 with a zero point off centre, MatMulNBits."""
    first, second, third = noise(21, 16 * 9), noise(22, 16 * 32, 0.3), noise(23, 32 * 32, 0.2)
    for i in range(16 * 9):  # channels of different ranges
        first[i] *= 1 + i // 9 % 5
    second = [v + 0.2 for v in second]
    floats = [f32("conv.weight", (16, 1, 3, 3), first), f32("dense.weight", (16, 32), second),
              f32("out.weight", (32, 32), third), f32("free.weight", (4, 4), noise(24, 16))]

    scales = [max(abs(v) for v in first[9 * c:9 * c + 9]) / 127 for c in range(16)]
    codes = [round(v / scales[i // 9]) for i, v in enumerate(first)]
    low, high = min(second), max(second) * 0.7  # too narrow: codes pile up at the end
    scale = (high - low) / 255
    zero = round(-low / scale)
    dense = [min(max(round(v / scale) + zero, 0), 255) for v in second]
    blocks, packed = [], bytearray()
    for row in range(32):  # B is [N, K]: a column of the float weight each
        values = [third[k * 32 + row] for k in range(32)]
        blocks.append(max(abs(v) for v in values) / 7)
        block = [min(max(round(v / blocks[-1]) + 8, 0), 15) for v in values]
        packed += bytes(a | b << 4 for a, b in zip(block[0::2], block[1::2]))
    tensors = [
        raw("conv.weight_quantized", TensorProto.INT8, (16, 1, 3, 3), struct.pack("<144b", *codes)),
        f32("conv.weight_quantized_scale", (16,), scales),
        raw("conv.weight_quantized_zero", TensorProto.INT8, (16,), bytes(16)),
        raw("dense.weight_quantized", TensorProto.UINT8, (16, 32), bytes(dense)),
        f32("dense.weight_quantized_scale", (), [scale]),
        raw("dense.weight_quantized_zero", TensorProto.UINT8, (), bytes([zero])),
        raw("out.weight_Q4", TensorProto.UINT8, (32, 1, 16), bytes(packed)),
        f32("out.weight_scales", (32,), blocks),
        raw("lost_quantized", TensorProto.INT8, (5, 3), bytes(range(15))),
        f32("lost_quantized_scale", (), [0.5]), raw("lost_quantized_zero", TensorProto.INT8, (), bytes(1)),
    ]
    nodes = []
    restore(nodes, "conv.weight_quantized", "conv.weight", 0)
    restore(nodes, "dense.weight_quantized", "dense.weight")
    restore(nodes, "lost_quantized", "lost")
    nodes += [helper.make_node("Conv", ["x", "conv.weight"], ["a"], name="conv"),
              helper.make_node("ReduceMean", ["a"], ["b"], name="pool", axes=[2, 3], keepdims=0),
              helper.make_node("MatMul", ["b", "dense.weight"], ["c"], name="dense"),
              helper.make_node("MatMulNBits", ["c", "out.weight_Q4", "out.weight_scales"], ["y"],
                               name="out", domain="com.microsoft", K=32, N=32, bits=4,
                               block_size=32)]
    x, y = value("x", ("batch", 1, 8, 8)), value("y", ("batch", 32))
    save("quantized.onnx", helper.make_graph(nodes, "quantized", [x], [y], tensors),
         opsets=(("", 17), ("com.microsoft", 1)))
    plain = [nodes[3], nodes[4], nodes[5],
             helper.make_node("MatMul", ["c", "out.weight"], ["y"], name="out")]
    save("float.onnx", helper.make_graph(plain, "float", [x], [y], floats))


def main():
    MODELS.mkdir(exist_ok=True)
    blocks()
    control()
    dtypes()
    hostile()
    quantized()
    save("initializers.onnx", helper.make_graph(
        [], "weights only", [], [], [f32("first", (3, 4), noise(1, 12)),
                                     raw("second", TensorProto.INT64, (2,), bytes(16))]))
    save("empty.onnx", helper.make_graph([], "", [], []))


main()
