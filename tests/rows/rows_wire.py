"""Rows B01 to B13: protobuf that is broken, nested too deep, or far too much of it."""

import random

from onnx_write import *
from row import row


@row("B01")
def random_bytes(row):
    rng = random.Random(1)
    plain_model = plain()
    for number in range(12):
        row.file(f"random{number}.onnx", rng.randbytes(rng.randrange(1, 3000)), (4, 5))
    # A beginning that looks right, and bytes that were shaken.
    for number in range(12):
        row.file(f"tail{number}.onnx", plain_model[:40] + rng.randbytes(200), (4, 5))
    row.opens("good.onnx", plain_model)


@row("B02")
def varints(row):
    eleven = b"\x80" * 10 + b"\x01"
    row.file("eleven.onnx", integer(1, 8) + tag(5, VARINT) + eleven, 5,
             ["byte 0x3: ", "varint longer than 10 bytes"])
    row.file("65bits.onnx", integer(1, 8) + tag(5, VARINT) + b"\xff" * 9 + b"\x02", 5,
             ["byte 0x3: ", "varint"])
    row.file("tag.onnx", integer(1, 8) + eleven, 5, ["byte 0x2: ", "varint longer than 10 bytes"])
    row.file("length.onnx", integer(1, 8) + tag(7, BYTES) + eleven, 5, "varint longer than 10 bytes")
    row.file("dims.onnx", model(chunk(5, chunk(1, eleven) + chunk(8, "t"))), 5, "varint")
    row.file("cut.onnx", integer(1, 8) + tag(5, VARINT) + b"\x80\x80", 5, "varint cut off")


@row("B03")
def lengths(row):
    beyond = tag(1, BYTES) + varint(1 << 40) + b"twelve bytes"
    row.file("parent.onnx", model(beyond), 5, "needs 1,099,511,627,776 bytes, ")
    row.file("file.onnx", integer(1, 8) + tag(7, BYTES) + varint(1 << 40) + b"twelve bytes", 5,
             ["byte 0x2: ", "needs 1,099,511,627,776 bytes, 12 left"])
    # One byte more than the message around it, though the file goes on.
    row.file("one.onnx", model(chunk(1, tag(4, BYTES) + varint(5) + b"Relu")), 5,
             "needs 5 bytes, 4 left")
    row.file("raw.onnx", model(chunk(5, dims([4]) + integer(2, F32) + tag(9, BYTES) + varint(16) +
                                     bytes(15))), 5, "needs 16 bytes, 15 left")


@row("B04")
def huge_lengths(row):
    for name, length in (("2_63", 1 << 63), ("2_64", (1 << 64) - 1), ("2_63_1", (1 << 63) - 1)):
        row.file(f"{name}.onnx", integer(1, 8) + tag(7, BYTES) + varint(length), 5, "0 left")
        row.file(f"{name}_raw.onnx", model(chunk(5, tag(9, BYTES) + varint(length))), 5, "0 left")


@row("B05")
def wire_types(row):
    row.file("zero.onnx", integer(1, 8) + b"\x00\x00", 5, ["byte 0x2: ", "field number 0"])
    for number in (6, 7):
        row.file(f"type{number}.onnx", integer(1, 8) + varint(9 << 3 | number), 5,
                 ["byte 0x2: ", f"wire type {number}"])
        row.file(f"inner{number}.onnx", model(chunk(1, varint(9 << 3 | number))), 5,
                 f"wire type {number}")
    row.file("end.onnx", integer(1, 8) + tag(9, GROUP_END), 5, "end of group 9 without its start")
    row.file("other.onnx", integer(1, 8) + tag(9, GROUP) + tag(10, GROUP_END), 5, "end of group 10")
    row.file("open.onnx", integer(1, 8) + tag(9, GROUP), 5, "group 9 is not closed")
    row.opens("unknown.onnx", plain() + tag(99, GROUP) + integer(1, 5) + tag(99, GROUP_END) +
              tag(100, FIXED64) + bytes(8) + tag(101, FIXED32) + bytes(4))


@row("B06")
def groups(row):
    for depth in (101, 5000, 500000):
        row.file(f"groups{depth}.onnx", integer(1, 8) + tag(15, GROUP) * depth +
                 tag(15, GROUP_END) * depth, 5, "nested deeper than 100")
    row.opens("groups99.onnx", plain() + tag(15, GROUP) * 99 + tag(15, GROUP_END) * 99)


def sequence(depth):
    content = b""
    for _ in range(depth):
        content = chunk(4, chunk(1, content))
    return content


@row("B07")
def sequences(row):
    for depth in (100, 5000):
        row.file(f"sequence{depth}.onnx",
                 model(chunk(11, chunk(1, "x") + chunk(2, sequence(depth))) + good()), 5,
                 "nested deeper than 100")
    row.opens("sequence40.onnx", model(chunk(11, chunk(1, "x") + chunk(2, sequence(40))) + good()))


def constant(name, dtype, content):
    body = tensor_body("c", [], dtype, content)
    return node("Constant", [], [name], attributes=attribute("value", 4, chunk(5, body)))


def nested_if(depth, both):
    """If in If: the body of one branch or of both holds the next one."""
    leaf = constant("r0", F32, bytes(4)) + chunk(2, "leaf") + graph_output("r0", ())
    body = leaf
    for level in range(1, depth + 1):
        branches = attribute("then_branch", 5, chunk(6, body)) + \
            attribute("else_branch", 5, chunk(6, body if both else leaf))
        body = constant(f"c{level}", BOOL, b"\1") + chunk(2, f"g{level}") + \
            node("If", [f"c{level}"], [f"r{level}"], attributes=branches) + \
            graph_output(f"r{level}", ())
    return body


@row("B08")
def nested(row):
    deep = "library checks off: nested deeper than 31"

    def shown(depth):
        return lambda facts: facts.equal("subgraphs", 2 * depth) + \
            facts.equal("nodes_total", 3 * depth + 1) + \
            ([] if (depth > 31) == facts.has_notice(deep) else ["the note about depth"])
    for depth in (31, 32, 64):
        row.opens(f"if{depth}.onnx", model(nested_if(depth, False)), deep if depth > 31 else (),
                  check=shown(depth))
    for depth in (65, 1000):
        row.file(f"if{depth}.onnx", model(nested_if(depth, False)), 6,
                 "nested deeper than 64")


@row("B09")
def both_branches(row):
    def shown(depth):
        return lambda facts: facts.equal("subgraphs", 2 * (2 ** depth - 1)) + \
            facts.equal("initializers", 0)
    row.opens("both8.onnx", model(nested_if(8, True)), check=shown(8))
    row.opens("both12.onnx", lambda: model(nested_if(12, True)), check=shown(12), light=True)
    row.opens("both16.onnx", lambda: model(nested_if(16, True)), check=shown(16), memory="b",
              seconds=2, heavy=True, screen=False)


@row("B10")
def node_bomb(row):
    million = 1000000
    row.opens("nodes1M.onnx", lambda: model(b"\x0a\x00" * million), memory="b", seconds=2,
              light=True, check=lambda facts: facts.equal("nodes", million))
    row.opens("nodes10M.onnx", lambda: model(b"\x0a\x00" * 10 * million), memory="c", seconds=10,
              heavy=True, check=lambda facts: facts.equal("nodes", 10 * million))
    row.file("nodes10M1.onnx", lambda: model(b"\x0a\x00" * (10 * million + 1)), 6,
             "more than 10000000 nodes", memory="c", seconds=10, heavy=True)
    row.opens("infos5M.onnx", lambda: model(b"\x6a\x00" * 5 * million), memory="b", seconds=5,
              heavy=True)


@row("B11")
def attribute_bomb(row):
    row.opens("attributes5M.onnx", lambda: model(chunk(1, b"\x2a\x00" * 5000000)), memory="b",
              seconds=5, heavy=True)
    row.opens("attributes20k.onnx", model(chunk(1, chunk(4, "Relu") + b"\x2a\x00" * 20000)))


@row("B12")
def dimension_bomb(row):
    count = 50000000
    said = "50,000,000 dimensions (max 64)"
    row.file("packed.onnx", lambda: model(good() + chunk(5, chunk(1, b"\1" * count))), 5, said,
             heavy=True)
    row.file("single.onnx", lambda: model(good() + chunk(5, b"\x08\1" * count)), 5, said,
             seconds=5, heavy=True)
    row.file("65.onnx", model(initializer("t", [1] * 65, U8, b"x")), 5, "65 dimensions (max 64)")
    row.opens("64.onnx", model(initializer("t", [1] * 64, U8, b"x")))


@row("B13")
def mixed(row):
    body = chunk(1, varint(2) + varint(1)) + integer(1, 3) + integer(2, U8) + integer(2, F32) + \
        chunk(8, "first") + chunk(8, "last") + floats(4, [1, 2]) + tag(4, FIXED32) + f32(3) + \
        floats(4, [4, 5, 6])
    split = chunk(7, chunk(2, "one")) + chunk(7, good("second") + chunk(2, "two"))

    def same(facts):
        tensor = facts.tensor("last")
        return facts.equal("graph_name", "two") + facts.equal("ir_version", 9) + [
            f"{key}: {tensor.get(key)}" for key, wanted in
            (("shape", [2, 1, 3]), ("dtype", "f32"), ("count", 6), ("max", 6.0), ("mean", 3.5))
            if tensor.get(key) != wanted] + ([] if facts.tensor("second") else ["no second"])
    row.opens("mixed.onnx", model(chunk(5, body), extra=split + integer(1, 9)), check=same)
