#!/usr/bin/env python3
"""Writes the seeds of the corpora: small ONNX models that use every field, and broken ones.

    tests/fuzz/seeds.py        rewrites the files seed-* in corpus/onnx and corpus/pbwire
"""

import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def num(field, value):
    return varint(field << 3) + varint(value)


def msg(field, payload):
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def f32(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def f64(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def tensor(name, dims, dtype, data=b""):
    return b"".join(num(1, d) for d in dims) + num(2, dtype) + msg(8, name) + data


def node(op, inputs, outputs, attributes=b"", name="", domain=""):
    return msg(1, b"".join(msg(1, i) for i in inputs) + b"".join(msg(2, o) for o in outputs) +
               (msg(3, name) if name else b"") + msg(4, op) + attributes +
               (msg(7, domain) if domain else b""))


def attribute(name, kind, value):
    return msg(5, msg(1, name) + value + num(20, kind))


def value(field, name, dtype, dims):
    shape = b"".join(msg(1, num(1, d) if isinstance(d, int) else msg(2, d)) for d in dims)
    return msg(field, msg(1, name) + msg(2, msg(1, num(1, dtype) + msg(2, shape))))


def model(graph, extra=b"", ir=8):
    return num(1, ir) + msg(8, num(2, 17)) + msg(7, graph) + extra


def branch(name, capture):
    return msg(2, name) + node("Neg", [capture], [name]) + value(12, name, 1, [])


def entry(key, text):
    return msg(13, msg(1, key) + msg(2, text))


def onnx_seeds():
    relu = value(11, "x", 1, [1, "n"]) + node("Relu", ["x"], ["y"]) + value(12, "y", 1, [])
    yield "relu", model(msg(2, "g") + relu)
    packed = varint(5) + varint(300)
    yield "storages", model(
        msg(5, tensor("raw", [2], 1, msg(9, b"12345678"))) +
        msg(5, tensor("float", [2], 1, msg(4, b"12345678"))) +
        msg(5, tensor("loose", [2], 1, f32(4, 1) + f32(4, 2))) +
        msg(5, tensor("int32", [2], 6, msg(5, packed) + num(5, 1))) +
        msg(5, tensor("int4", [3], 22, msg(5, packed))) +
        msg(5, tensor("int64", [2], 7, msg(7, packed))) +
        msg(5, tensor("uint64", [2], 13, msg(11, packed))) +
        msg(5, tensor("double", [2], 11, f64(10, 1) + msg(10, b"12345678"))) +
        msg(5, tensor("string", [2], 8, msg(6, "a") + msg(6, ""))) +
        msg(5, tensor("external", [2], 1, entry("location", "w.bin") + entry("offset", "4") +
                      entry("length", "8") + num(14, 1))))
    yield "if", model(value(11, "c", 9, []) + value(11, "x", 1, []) + node(
        "If", ["c"], ["y"], attribute("then_branch", 5, msg(6, branch("a", "x"))) +
        attribute("else_branch", 5, msg(6, branch("x", "c")))))
    yield "constants", model(
        node("Constant", [], ["a"], attribute("value", 4, msg(5, tensor("", [1], 3, msg(9, "1"))))) +
        node("Constant", [], ["b"], attribute("value_float", 1, f32(2, 1))) +
        node("Constant", [], ["c"], attribute("value_ints", 7, msg(8, packed) + num(8, 1))) +
        node("Constant", [], ["d"], attribute("value_floats", 6, msg(7, b"12345678"))) +
        node("Constant", [], ["e"], attribute("value_strings", 8, msg(9, "s") + msg(9, "t"))) +
        node("Constant", [], ["f"], attribute("value_string", 3, msg(4, "s"))) +
        node("Constant", [], ["g"], attribute("value_int", 2, num(3, -1))))
    sparse = (msg(1, tensor("s", [1], 1, msg(9, b"1234"))) + msg(2, tensor("", [1], 7, num(7, 2))) +
              num(3, 4))
    yield "sparse", model(msg(15, sparse) + node(
        "Constant", [], ["a"], attribute("sparse_value", 11, msg(22, sparse))))
    kind = msg(1, num(1, 1))
    for number in (4, 9):
        kind = msg(number, msg(1, kind))
    kind = msg(5, num(1, 7) + msg(2, kind))
    yield "types", model(msg(11, msg(1, "x") + msg(2, kind)) + msg(
        11, msg(1, "o") + msg(2, msg(7, msg(1, "d") + msg(2, "n")))) + msg(
            11, msg(1, "s") + msg(2, msg(8, num(1, 1)))) + node(
                "T", [], ["z"], attribute("t", 13, msg(14, kind)) +
                attribute("ts", 14, msg(15, kind) + msg(15, kind))))
    function = (msg(1, "F") + msg(10, "loc") + msg(4, "i") + msg(5, "o") + msg(6, "k") +
                msg(11, msg(1, "d")) + msg(9, num(2, 17)) +
                msg(7, node("Neg", ["i"], ["o"], attribute("a", 2, msg(21, "k")))[2:]))
    yield "functions", model(relu + node("F", ["y"], ["z"], domain="loc"), msg(25, function) +
                             msg(20, msg(1, relu) + msg(2, relu)) +
                             msg(14, msg(1, "key") + msg(2, "value")) + msg(2, "maker") +
                             msg(3, "1") + msg(4, "d") + num(5, 2) + msg(6, "doc"))
    yield "quant", model(msg(5, tensor("q", [1], 3, msg(9, "1"))) + msg(
        14, msg(1, "q") + msg(2, msg(1, "SCALE_TENSOR") + msg(2, "s"))))
    yield "lists", model(node("L", [], ["z"], attribute(
        "ts", 9, msg(10, tensor("a", [], 2, msg(9, "1")))) + attribute(
            "gs", 10, msg(11, relu) + msg(11, relu)) + attribute(
                "ss", 12, msg(23, sparse) + msg(23, sparse)) + attribute("none", 0, num(3, 1))))
    yield "cycle", model(node("A", ["a"], ["b"]) + node("B", ["b"], ["a"]) + node("C", ["c"], ["a"]))
    yield "merged", model(relu, msg(7, relu) + num(1, 3))
    yield "group", model(relu) + b"\x7b\x08\x01\x7c"
    yield "cut", model(relu)[:-3]
    # Large enough, for a build with sanitizers, that its weights are read ahead.
    yield "ahead", model(
        b"".join(node("Mul", [f"x{i}", f"w{i}"], [f"x{i + 1}"]) for i in range(8)) + msg(2, "g") +
        b"".join(msg(5, tensor(f"w{i}", [2, 4], 1, msg(9, bytes(32)))) for i in range(16)) +
        value(11, "x0", 1, [8]))
    yield "not", b"\x93NUMPY"


def main():
    for target in ("onnx", "pbwire"):
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("seed-*"):
            old.unlink()
        for name, data in onnx_seeds():
            prefix = b"\x05" if target == "pbwire" else b""
            (folder / f"seed-{name}").write_bytes(prefix + data)


if __name__ == "__main__":
    main()
