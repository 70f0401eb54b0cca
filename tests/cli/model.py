#!/usr/bin/env python3
"""Writes small ONNX files, field by field, also such as no library would: model.py KIND FILE"""

import random
import sys


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def integer(field, value):
    return varint(field << 3) + varint(value)


def chunk(field, content):
    if isinstance(content, str):
        content = content.encode()
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, dims, dtype, raw):
    return b"".join(integer(1, dim) for dim in dims) + integer(2, dtype) + chunk(8, name) + \
        chunk(9, raw)


def node(op_type, inputs, outputs, name):
    return b"".join(chunk(1, i) for i in inputs) + b"".join(chunk(2, o) for o in outputs) + \
        chunk(3, name) + chunk(4, op_type)


def value(name):
    shape = chunk(2, chunk(1, integer(1, 2)))
    return chunk(1, name) + chunk(2, chunk(1, integer(1, 1) + shape))


def model(nodes, tensors, inputs, outputs, metadata=()):
    graph = b"".join(chunk(1, n) for n in nodes) + chunk(2, "graph") + \
        b"".join(chunk(5, t) for t in tensors) + b"".join(chunk(11, value(i)) for i in inputs) + \
        b"".join(chunk(12, value(o)) for o in outputs)
    return integer(1, 8) + chunk(2, "tests") + chunk(7, graph) + \
        chunk(8, chunk(1, "") + integer(2, 13)) + \
        b"".join(chunk(14, chunk(1, k) + chunk(2, v)) for k, v in metadata)


ONE = bytes.fromhex("0000803f00000040")  # 1.0, 2.0 as f32

HOSTILE = [
    b"=1+1", b"+x", b"-x", b"@x", b"\tx", b"\rx", b'quo"te', b"new\nline", b"com,ma", b"<script>",
    b"a|b", b"`x`", b"```", b"*b*", b"[l](u)", b"\\n", b"\xff\xfe", b"\x1b[31mred", b"\x00nul",
    b"\xe2\x80\xaertl", "wide 漢字".encode(), b"&amp;", b"",
]


def small():
    return model([node("Add", ["x", "w"], ["y"], "/block/Add")],
                 [tensor("block.w", [2], 1, ONE), tensor("w", [2], 1, ONE)], ["x"], ["y"])


def hostile():
    names = [name + b"#%d" % i if name in (b"",) else name for i, name in enumerate(HOSTILE)]
    return model([node("Add", ["x", names[0]], ["y"], name) for name in names],
                 [tensor(name, [2], 1, ONE) for name in names], ["x"], ["y"],
                 [(name, name) for name in names])


def wide():
    """Many nodes and tensors: an export that does not fit a pipe's buffer."""
    count = 4000
    return model([node("Add", ["x", f"w{i}"], [f"y{i}"], f"/layer.{i}/Add") for i in range(count)],
                 [tensor(f"w{i}", [2], 1, ONE) for i in range(count)], ["x"], ["y0"])


def long():
    """Tensors of several stripes, which several threads read: any bits, some of them specials."""
    chance = random.Random(3)
    count = (1 << 20) + 50000
    tensors = [tensor(name, [count], number, chance.randbytes(count * size))
               for name, number, size in (("f32", 1, 4), ("f64", 11, 8), ("i64", 7, 8))]
    tensors.append(tensor("bf16", [2 * count], 16, chance.randbytes(4 * count)))
    return model([], tensors, [], [])


def external(count=1000):
    """A tensor of f32 in weights.bin."""
    place = b"".join(chunk(13, chunk(1, key) + chunk(2, word)) for key, word in
                     (("location", "weights.bin"), ("offset", "0"), ("length", str(4 * count))))
    return model([], [integer(1, count) + integer(2, 1) + chunk(8, "w") + place + integer(14, 1)],
                 [], [])


def huge():
    return external(1 << 27)


def main():
    with open(sys.argv[2], "wb") as file:
        file.write({"small": small, "hostile": hostile, "wide": wide,
                    "long": long, "external": external, "huge": huge}[sys.argv[1]]())


if __name__ == "__main__":
    main()
