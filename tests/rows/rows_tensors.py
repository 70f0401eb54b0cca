"""Rows B14 to B28, B39 and B40: tensors that contradict themselves, and data in other files."""

import os
import socket

from onnx_write import *
from row import Skip, row

BIG = 1 << 32


def beside_good(*initializers):
    return model(graph_input("x") + node("Relu", ["x"], ["y"], "n") + good() +
                 b"".join(initializers) + graph_output("y"))


def good_is_fine(facts):
    tensor = facts.tensor("good")
    wanted = {"count": 2, "min": 1.0, "max": 2.0, "mean": 1.5, "zeros": 0}
    return [f"good: {key} is {tensor.get(key)}" for key in wanted
            if tensor.get(key) != wanted[key]] + [
        "good: problem" for _ in [0] if tensor.get("problem")]


def tensor_has(**wanted):
    """The tensor "bad" is reported so, and the good one beside it as ever."""
    def check(facts):
        bad = facts.tensor("bad")
        return good_is_fine(facts) + [
            f"bad: {key} is {bad.get(key)!r}, expected {wanted[key]!r}"
            for key in wanted if bad.get(key) != wanted[key]]
    return check


def bad_tensor(row, path, words, shape, dtype, content=None, extra=b"", **wanted):
    row.opens(path + ".onnx", beside_good(initializer("bad", shape, dtype, content, extra)), words,
              check=tensor_has(**wanted))


@row("B14")
def product_wraps(row):
    said = "element count overflows 64 bits"
    bad_tensor(row, "wraps", said, [BIG, BIG], F32, b"")
    bad_tensor(row, "none", said, [BIG, BIG, 4], F32)
    bad_tensor(row, "four", said, [BIG, BIG], F32, bytes(4))
    # The count fits 64 bits, the bytes do not.
    bad_tensor(row, "bytes", "shape needs 4,611,686,018,427,387,904", [1 << 62], F64, bytes(4))
    bad_tensor(row, "typed", said, [BIG, BIG], F32, extra=floats(4, [1, 2]))
    bad_tensor(row, "square", "raw_data holds 2 elements", [1 << 31, 1 << 31], F32, f32(1, 2))


@row("B15")
def odd_dimensions(row):
    bad_tensor(row, "negative", "negative dimension", [3, -5], F32, bytes(60))
    bad_tensor(row, "least", "negative dimension", [-1 << 63], F32, bytes(4))
    bad_tensor(row, "minus", "negative dimension", [-1], I64, bytes(8))
    bad_tensor(row, "zero", (), [1 << 62, 0, 1], F32, b"", count=0)
    bad_tensor(row, "zero_wraps", "overflows 64 bits", [(1 << 63) - 1, 0, 3], F32, b"")
    bad_tensor(row, "zero_data", "shape needs 0", [0], F32, bytes(4))


@row("B16")
def raw_lengths(row):
    bad_tensor(row, "short", "raw_data 4 bytes, shape needs 4,000,000", [1000000], F32, f32(7),
               present=1, min=7.0, max=7.0)
    bad_tensor(row, "long", "raw_data 12 bytes, shape needs 4", [1], F32, f32(7, 8, 9), max=7.0)
    bad_tensor(row, "odd", "raw_data 7 bytes, shape needs 8", [2], F32, f32(7) + b"abc",
               present=1, max=7.0)
    bad_tensor(row, "odd1", "raw_data 3 bytes, shape needs 4", [1], F32, b"abc")
    bad_tensor(row, "nibbles", "raw_data 2 bytes, shape needs 3", [5], U4, b"\x21\x43",
               present=4, max=4)
    bad_tensor(row, "half", "raw_data 3 bytes, shape needs 4", [2, 1], F16, b"\0\x3c\0")
    bad_tensor(row, "typed", "float_data holds 2 elements, shape needs 3", [3], F32,
               extra=floats(4, [5, 6]), present=2, max=6.0)
    bad_tensor(row, "ragged", "float_data", [3], F32, extra=chunk(4, f32(5, 6) + b"xy"))
    bad_tensor(row, "complex", "raw_data 12 bytes, shape needs 16", [2], C64, f32(1, 2, 3))


@row("B17")
def storages(row):
    bad_tensor(row, "both", "raw_data is used", [1], F32, f32(7), floats(4, [8]), max=7.0)
    bad_tensor(row, "none", "no data", [3], F32)
    bad_tensor(row, "typed", "float_data is used", [1], F32,
               extra=floats(4, [8]) + packed(5, [9]), max=8.0)
    bad_tensor(row, "wrong", "f32 elements cannot be in int32_data", [1], F32,
               extra=packed(5, [9]))
    bad_tensor(row, "all", "raw_data is used", [1], F32, f32(7),
               floats(4, [8]) + packed(5, [9]) + packed(7, [9]) + packed(11, [9]) +
               chunk(6, "s") + chunk(10, bytes(8)), max=7.0)
    row.opens("external.onnx",
              beside_good(initializer("bad", [1], F32, f32(7), external(("location", "no.bin")))),
              "more than one")


@row("B18")
def data_types(row):
    for name, number in (("0", 0), ("99", 99), ("negative", -3), ("huge", (1 << 31) - 1)):
        bad_tensor(row, name, f"data type {number} is not known", [1], number, bytes(4))
    # The enumeration has 32 bits: what does not fit is cut, as libprotobuf cuts it.
    bad_tensor(row, "cut", (), [1], BIG + 1, f32(7), max=7.0)
    bad_tensor(row, "string", "string elements cannot be in raw_data", [1], STRING, bytes(4))
    bad_tensor(row, "strings", "string_data holds 1", [2], STRING, extra=chunk(6, b"\xff\x1b[m"))


def bad_external(row, path, location, words, *more, opens=(), check=good_is_fine, shape=(4,)):
    entries = (("location", location),) if location is not None else ()
    row.opens(path + ".onnx", beside_good(
        initializer("bad", shape, F32, extra=external(*entries, *more))), words, opens=opens,
        check=check)


@row("B19")
def outside(row):
    said = "points outside the model's directory"
    row.write("d/inside.bin", bytes(16))
    for name, location in (
            ("up", "../../etc/passwd"), ("root", "/etc/passwd"), ("middle", "d/../../x"),
            ("back", "d/../d/inside.bin"), ("drive", "C:\\x"), ("share", "\\\\srv\\x"),
            ("drive_slash", "c:/x"), ("deep", "../" * 200 + "etc/passwd"), ("dots", "..")):
        bad_external(row, name, location, said)
    bad_external(row, "backslash", "d\\..\\x", "\\")


@row("B20")
def links(row):
    said = "points outside the model's directory"
    row.directory.joinpath("m").mkdir()
    row.write("secret.bin", bytes(16))
    os.symlink("../secret.bin", row.place("m/out.bin"))
    os.symlink("/", row.place("m/rootlink"))
    os.symlink("/etc/passwd", row.place("m/absolute.bin"))
    os.symlink("circle", row.place("m/circle"))
    row.write("m/in.bin", f32(1, 2, 3, 4))
    os.symlink("in.bin", row.place("m/inside"))
    bad_external(row, "m/out", "out.bin", [said, 'the link "out.bin"'])
    bad_external(row, "m/root", "rootlink/etc/passwd", [said, 'the link "rootlink"'])
    bad_external(row, "m/absolute", "absolute.bin", [said, 'the link "absolute.bin"'])
    bad_external(row, "m/circle", "circle", "circle")
    bad_external(row, "m/inside", "inside", (),
                 check=tensor_has(max=4.0))
    bad_external(row, "m/proc", "rootlink/proc/self/fd/0", said)


@row("B21")
def cache(row):
    revision = row.place("hub/models--a--b/snapshots/0123456789abcdef")
    blobs = row.place("hub/models--a--b/blobs")
    revision.mkdir(parents=True)
    blobs.mkdir(parents=True)
    names = {"good": "0123456789abcdef" * 4, "short": "0123456789", "word": "g" * 64}
    for name in names.values():
        blobs.joinpath(name).write_bytes(f32(1, 2, 3, 4))
    other = row.place("hub/models--c--d/blobs")
    other.mkdir(parents=True)
    other.joinpath(names["good"]).write_bytes(f32(1, 2, 3, 4))
    for name, target in (("good", "../../blobs/" + names["good"]),
                         ("short", "../../blobs/" + names["short"]),
                         ("word", "../../blobs/" + names["word"]),
                         ("other", "../../../models--c--d/blobs/" + names["good"])):
        os.symlink(target, revision.joinpath(name + ".data"))
        where = f"hub/models--a--b/snapshots/0123456789abcdef/{name}"
        if name == "good":
            bad_external(row, where, name + ".data", (), check=tensor_has(max=4.0),
                         opens=(where + ".data", "hub/models--a--b/blobs/" + names["good"],
                                "hub/models--a--b"))
        else:
            bad_external(row, where, name + ".data", "points outside the model's directory")


@row("B22")
def odd_names(row):
    row.write("ok.bin", f32(1, 2, 3, 4))
    row.place("dir").mkdir()
    os.mkfifo(row.place("fifo"))
    socket.socket(socket.AF_UNIX).bind(os.path.relpath(row.place("socket")))
    row.write("esc\x1b]0;x\x07.bin", f32(1, 2, 3, 4))
    for name, location, words in (
            ("nul", b"ok.bin\0/../../etc/shadow", "NUL"), ("nul_end", b"ok.bin\0", "NUL"),
            ("newline", "no\nsuch", "No such file"), ("empty", "", "empty"),
            ("dot", ".", "directory"), ("dots", "..", "outside"), ("dotdir", "./.", "directory"),
            ("directory", "dir", "directory"), ("slash", "dir/", "directory"),
            ("fifo", "fifo", "fifo"), ("socket", "socket", "socket"),
            ("device", "/dev/zero", "outside"), ("below", "ok.bin/x", "Not a directory"),
            ("long", "x" * 300, "File name too long"), ("missing", "no.bin", "No such file")):
        bad_external(row, name, location, words)
    bad_external(row, "megabyte", "x" * (1 << 20), "File name too long")
    bad_external(row, "megabytes", "x/" * (1 << 19), "File name too long")
    bad_external(row, "escape", "esc\x1b]0;x\x07.bin", (),
                 check=tensor_has(max=4.0))
    bad_external(row, "good", "ok.bin", (), check=tensor_has(max=4.0))
    bad_external(row, "itself", "itself.onnx", (), check=None)


@row("B23")
def numbers(row):
    row.write("w.bin", f32(1, 2, 3, 4))
    where = "w.bin"
    decimal = "is not a decimal number"
    for key in ("offset", "length"):
        for name, text in (("exponent", "1e1"), ("space", " 5"), ("hex", "0x10"), ("minus", "-4"),
                           ("plus", "+4"), ("big", str(1 << 64)), ("nothing", ""),
                           ("nul", b"4\0"), ("unicode", "４"), ("bigger", "9" * 5000)):
            bad_external(row, f"{key}_{name}", where, decimal, (key, text))
    beyond = "lie outside their file of 16 bytes"
    bad_external(row, "beyond", where, beyond, ("offset", "17"))
    bad_external(row, "far", where, beyond, ("offset", str(1 << 63)), ("length", "16"))
    bad_external(row, "longer", where, beyond, ("offset", "8"), ("length", "16"),
                 check=tensor_has(present=2, max=4.0))
    bad_external(row, "missing", None, "external data without a location")
    bad_external(row, "twice", where, "repeated key", ("offset", "4"), ("offset", "0"),
                 ("length", "16"), check=tensor_has(max=4.0))
    bad_external(row, "unknown", where, 'unknown key "offsets"', ("offsets", "4"))
    bad_external(row, "zeros", where, (), ("offset", "0" * 40), ("length", "0016"),
                 check=tensor_has(max=4.0))
    bad_external(row, "shape", where, "16 bytes, shape needs 4", shape=(1,))


@row("B24")
def offset_wraps(row):
    row.write("w.bin", f32(1, 2, 3, 4))
    said = "lie outside their file of 16 bytes"
    for name, offset, length in (("wraps", (1 << 64) - 8, 16), ("both", (1 << 64) - 1, (1 << 64) - 1),
                                 ("zero", (1 << 64) - 16, 16), ("half", 1 << 63, 1 << 63)):
        bad_external(row, name, "w.bin", said, ("offset", str(offset)), ("length", str(length)))


def external_tensor(name, offset, length, shape, location="w.bin"):
    return initializer(name, shape, F32, extra=external(
        ("location", location), ("offset", str(offset)), ("length", str(length))))


@row("B25")
def overlaps(row):
    row.write("w.bin", lambda: f32(*range(50000)))

    def shown(facts):
        return good_is_fine(facts) + [
            f"{name}: max {facts.tensor(name).get('max')}" for name, wanted in
            (("a", 3.0), ("b", 5.0), ("c", 40001.0)) if facts.tensor(name).get("max") != wanted]
    row.opens("overlap.onnx", beside_good(
        external_tensor("a", 0, 16, [4]), external_tensor("b", 8, 16, [4]),
        external_tensor("c", 160000, 8, [2]), external_tensor("d", 199998, 2, [1])),
        ['tensors "a" and "b" overlap by 8 bytes', "unused bytes before tensor \"c\"",
         "is not a multiple of 4 bytes"], check=shown)


@row("B26")
def absent(row):
    bad_external(row, "missing", "no.bin", "No such file or directory")
    row.write("w.bin", f32(1, 2))
    bad_external(row, "short", "w.bin", "lie outside their file of 8 bytes", ("length", "16"), check=tensor_has(present=2, max=2.0))
    row.write("empty.bin", b"")
    bad_external(row, "empty", "empty.bin", "shape needs")
    if os.getuid() != 0:
        row.write("closed.bin", f32(1, 2, 3, 4))
        os.chmod(row.place("closed.bin"), 0)
        bad_external(row, "closed", "closed.bin", "Permission denied")


@row("B27")
def memory_marker(row):
    for name, location in (("stars", "*/_ORT_MEM_ADDR_/*"), ("plain", "_ORT_MEM_ADDR_"),
                           ("within", "a/_ORT_MEM_ADDR_/b")):
        bad_external(row, name, location, "in-memory address marker",
                     ("offset", str(0xdeadbeefcafe)), ("length", "16"))


def sparse_giant(row, name, size):
    """One initializer of zeros makes the file exactly that large; a hole holds it."""
    def around(count):
        head = dims([count]) + integer(2, U8) + chunk(8, "bad") + tag(9, BYTES) + varint(count)
        rest = chunk(2, "graph") + good()
        length = len(rest) + len(tag(5, BYTES)) + len(varint(len(head) + count)) + len(head) + count
        return integer(1, 8) + opset(13) + tag(7, BYTES) + varint(length) + rest + tag(5, BYTES) + \
            varint(len(head) + count) + head
    count = size
    while len(around(count)) + count > size:
        count -= len(around(count)) + count - size
    with open(row.place(name), "wb") as file:
        file.write(around(count))
        try:
            file.truncate(size)
        except OSError as error:
            raise Skip(f"no file of {size} bytes here: {error}")
    said = "larger than 2 GiB: library checks work on a copy without weights"

    def shown(facts):
        return facts.equal("file_size", size) + facts.equal("parameters", count + 2) + (
            [] if facts.has_notice(said) == (size >= 1 << 31) else ["the note about the size"])
    row.case(name, light=True, screen=False, check=shown)


@row("B28")
def giants(row):
    for name, size in (("2G-1", (1 << 31) - 1), ("2G", 1 << 31), ("3G", 3 << 30), ("6G", 6 << 30)):
        sparse_giant(row, name + ".onnx", size)


def sparse(name, values, indices, index_shape, shape, index_type=I64):
    body = chunk(1, tensor_body(name, [len(values)], F32, f32(*values))) + \
        chunk(2, tensor_body("", index_shape, index_type, indices)) + b"".join(
            integer(3, axis) for axis in shape)
    return chunk(15, body)


def i64(*values):
    return b"".join(value.to_bytes(8, "little", signed=True) for value in values)


@row("B39")
def sparse_tensors(row):
    for name, arguments, words in (
            ("beyond", ([1, 2], i64(0, 100), [2], [10]), "index number 1 is 100"),
            ("negative", ([1, 2], i64(0, -1), [2], [10]), "index number 1 is -1"),
            ("matrix", ([1, 2], i64(0, 0, 9, 9), [2, 2], [3, 3]), "is 9, allowed 0 to below 3"),
            ("shape", ([1, 2], i64(0, 1, 2), [3], [10]), "indices are neither"),
            ("type", ([1, 2], bytes(8), [2], [10], I32), "indices are not 64-bit integers"),
            ("many", ([1, 2, 3], i64(0, 1, 2), [3], [2]), "more values than"),
            ("wraps", ([1], i64(0), [1], [BIG, BIG]), "overflows 64 bits"),
            ("minus", ([1], i64(0), [1], [-3]), "negative dimension"),
            ("short", ([1, 2], i64(0), [2], [10]), "shape needs"),
            ("huge", ([1, 2], i64(0, 1 << 50), [2], [1 << 51]), ())):
        row.opens(name + ".onnx", beside_good(sparse("bad", *arguments)), words, check=good_is_fine)
    row.opens("empty.onnx", beside_good(chunk(15, b"")), check=good_is_fine)
    row.opens("values.onnx", beside_good(chunk(15, chunk(1, tensor_body("bad", [1], F32, f32(1))))),
              check=good_is_fine)


@row("B40")
def claims(row):
    kilobyte = f32(*range(256))
    bad_tensor(row, "raw", "raw_data 1,024 bytes, shape needs 4,398,046,511,104", [1 << 40], F32,
               kilobyte, present=256, max=255.0)
    bad_tensor(row, "typed", "float_data holds 256 elements", [1 << 20, 1 << 20], F32,
               extra=floats(4, range(256)), present=256, max=255.0)
    bad_tensor(row, "strings", "string_data holds 2", [1 << 40], STRING,
               extra=chunk(6, "a") * 2, present=2)
    bad_tensor(row, "channels", "raw_data 1,024 bytes", [1 << 32, 4, 3, 3], F32, kilobyte,
               present=256, max=255.0)
    bad_tensor(row, "inner", "raw_data 1,024 bytes", [4, 1 << 40], F32, kilobyte, present=256)
    row.write("w.bin", kilobyte)
    bad_external(row, "external", "w.bin", "shape needs 4,398,046,511,104",
                 check=tensor_has(present=256, max=255.0), shape=(1 << 40,))
