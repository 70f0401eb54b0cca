"""Writes protobuf and ONNX messages byte by byte, also such as no library would.

Messages are bytes; a field is appended to them with +. Numbers of fields are those of onnx.proto.
"""

import struct

F32, U8, I8, I32, I64, STRING, BOOL, F16, F64, C64, BF16, F8E4M3, U4, F4, F8E8M0, U2 = (
    1, 2, 3, 6, 7, 8, 9, 10, 11, 14, 16, 17, 21, 23, 24, 25)
VARINT, FIXED64, BYTES, GROUP, GROUP_END, FIXED32 = range(6)


def varint(value):
    """Ten bytes for negative numbers, as protobuf has it."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(field, wire_type):
    return varint(field << 3 | wire_type)


def integer(field, value):
    return tag(field, VARINT) + varint(value)


def raw(text):
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def chunk(field, content):
    content = raw(content)
    return tag(field, BYTES) + varint(len(content)) + content


def packed(field, values):
    return chunk(field, b"".join(map(varint, values)))


def floats(field, values):
    return chunk(field, struct.pack(f"<{len(values)}f", *values))


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def dims(values):
    return b"".join(integer(1, value) for value in values)


def tensor_body(name, shape, dtype, content=None, extra=b""):
    """A TensorProto; content is its raw_data."""
    return (dims(shape) + integer(2, dtype) + chunk(8, name) +
            (chunk(9, content) if content is not None else b"") + extra)


def external(*entries):
    """The end of a TensorProto whose elements lie in another file."""
    return b"".join(chunk(13, chunk(1, key) + chunk(2, value)) for key, value in entries) + \
        integer(14, 1)


def initializer(*arguments, **named):
    return chunk(5, tensor_body(*arguments, **named))


def good(name="good"):
    """A tensor that must stay readable whatever is beside it."""
    return initializer(name, [2], F32, f32(1, 2))


def attribute(name, kind, content):
    """content is the field that kind says: 1 float, 2 int, 3 string, 4 tensor, 5 graph, ..."""
    return chunk(5, chunk(1, name) + content + integer(20, kind))


def node(op_type, inputs=(), outputs=(), name="", attributes=b"", domain=""):
    return chunk(1, b"".join(chunk(1, item) for item in inputs) +
                 b"".join(chunk(2, item) for item in outputs) +
                 (chunk(3, name) if name else b"") + chunk(4, op_type) + attributes +
                 (chunk(7, domain) if domain else b""))


def tensor_type(shape, dtype=F32):
    """A TypeProto of a tensor; a text in the shape is a name."""
    axes = b"".join(chunk(1, chunk(2, axis) if isinstance(axis, (str, bytes)) else
                          integer(1, axis)) for axis in shape)
    return chunk(1, integer(1, dtype) + chunk(2, axes))


def value(field, name, shape=(2,), dtype=F32):
    return chunk(field, chunk(1, name) + chunk(2, tensor_type(shape, dtype)))


def graph_input(name, shape=(2,), dtype=F32):
    return value(11, name, shape, dtype)


def graph_output(name, shape=(2,), dtype=F32):
    return value(12, name, shape, dtype)


def opset(version, domain=""):
    return chunk(8, chunk(1, domain) + integer(2, version))


def metadata(key, content):
    return chunk(14, chunk(1, key) + chunk(2, content))


def model(graph, ir_version=8, opsets=None, extra=b""):
    """A ModelProto around the fields of a graph, which gets the name "graph"."""
    return integer(1, ir_version) + chunk(2, "tests") + chunk(7, chunk(2, "graph") + graph) + \
        (opset(13) if opsets is None else opsets) + extra


def plain():
    """A small model without a flaw."""
    return model(graph_input("x") + node("Add", ["x", "good"], ["y"], "/block/Add") + good() +
                 graph_output("y"))
