"""Rows A01 to A18: what the operating system can have under a name. Those that need a living
screen, other rights or limits are in tests/cli."""

import os
import socket

from onnx_write import *
from row import Skip, row


def gguf():
    return b"GGUF" + (3).to_bytes(4, "little") + bytes(16)


def zip_end():
    return b"PK\5\6" + bytes(18)


@row("A01")
def missing(row):
    row.case("nope.onnx", 3, "No such file or directory")
    row.case("no/such/directory", 3, "No such file or directory")
    row.case("", 3, "No such file or directory")


@row("A02")
def empty(row):
    for name in ("e", "e.onnx", "e.gguf", "e.safetensors", "e.npy", "e.csv", "e.pb", "e.wandb"):
        row.file(name, b"", 5, "file is empty")


@row("A03")
def short_prefixes(row):
    content = plain()
    for length in range(1, 65):
        row.file(f"p{length:02}.onnx", content[:length], (4, 5))
    for name, magic in (("zip", b"PK\3\4\x14\0"), ("gguf", gguf()), ("hdf5", b"\x89HDF\r\n\x1a\n\0")):
        for length in range(1, len(magic) + 1):
            row.file(f"{name}{length:02}", magic[:length], (4, 5))


@row("A05")
def directory(row):
    row.place("d").mkdir()
    row.case("d", 3, "is a directory")
    row.case("d/", 3, "is a directory")
    row.case("/etc", 3, "is a directory")


@row("A06")
def fifo(row):
    os.mkfifo(row.place("f"))
    row.case("f", 6, "not a regular file (fifo)", seconds=0.1)


@row("A07")
def devices(row):
    for name in ("/dev/zero", "/dev/full", "/dev/null", "/dev/random", "/dev/tty"):
        if os.path.exists(name):
            row.case(name, 6, "not a regular file (character device)", seconds=0.1)
    blocks = [name for name in ("/dev/loop0", "/dev/vda", "/dev/sda") if os.path.exists(name)]
    if blocks:
        row.case(blocks[0], 6, "not a regular file (block device)", seconds=0.1)


@row("A08")
def strange_files(row):
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(os.path.relpath(row.place("s")))
    row.case("s", 6, "not a regular file (socket)")
    for name in ("/proc/self/mem", "/proc/kmsg", "/proc/self/status", "/proc/self/environ",
                 "/proc/self/pagemap", "/sys/kernel/uevent_seqnum", "/proc/kallsyms"):
        if os.path.exists(name):
            row.case(name, (3, 4, 5, 6))


@row("A11")
def good_link(row):
    row.write("real.onnx", plain())
    os.symlink("real.onnx", row.place("link.onnx"))
    row.case("link.onnx", opens=("real.onnx",), check=lambda facts: [
        f"the title lacks {name}" for name in ("link.onnx", "real.onnx")
        if name not in facts.screen("", "--size=100x24").split("\n")[0]])


@row("A12")
def bad_links(row):
    os.symlink("b", row.place("a"))
    os.symlink("a", row.place("b"))
    os.symlink("nowhere", row.place("c"))
    row.case("a", 3, "Too many levels of symbolic links")
    row.case("c", 3, "No such file or directory")


@row("A13")
def odd_names(row):
    names = ("\x1b]0;x\x07\n", b"c1\x9bx", b"bad\xff", "\u202exnno.evil", "n" * 255, "-dash", "a\nb",
             "  ", "%s%n", "\u00ad\u200b")
    for name in map(os.fsdecode, map(raw, names)):
        row.opens("./" + name if name[0] == "-" else name, plain())
        row.case("no " + name[:200], 3, "No such file or directory")
    # The directory is named in the message of the file beside.
    row.opens(os.fsdecode(b"d\x1b[31m\xff/m.onnx"), model(good() + initializer(
        "bad", [1], F32, extra=external(("location", "\x1b[2Jno.bin")))), "No such file")


@row("A14")
def long_path(row):
    row.case("0" * 5000, 3, "File name too long")
    row.case("d/" * 2500 + "m.onnx", 3, "File name too long")
    row.case("0" * 256, 3, "File name too long")


@row("A15")
def lying_names(row):
    row.opens("model.gguf", plain(), check=lambda facts: facts.equal("format", "onnx"))
    row.file("gguf.onnx", gguf(), 4, "extension says ONNX, content is GGUF")
    row.file("jpeg.npy", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + bytes(100), 4, "JPEG")
    row.file("text.onnx", b"not a model, but a note\n", 4, "extension says ONNX, content is text")


@row("A16")
def polyglots(row):
    row.file("both.gguf", gguf() + b"PK\3\4" + bytes(40) + zip_end(), 4, "GGUF")
    safetensors = b'{"__metadata__":{}}'
    row.file("both.safetensors", len(safetensors).to_bytes(8, "little") + safetensors + zip_end(), 4,
             "safetensors")
    # A zip reads as fields without a meaning, or as broken ones: a model is not guessed from it.
    row.file("both.onnx", plain() + b"PK\3\4" + bytes(40) + zip_end(), (0, 5))


def holes(row, name, size, content=b""):
    with open(row.place(name), "wb") as file:
        file.write(content)
        try:
            file.truncate(size)
        except OSError as error:
            raise Skip(f"no file of {size} bytes here: {error}")


@row("A17")
def sparse_giant(row):
    holes(row, "zeros.onnx", 15 << 40)
    row.case("zeros.onnx", (4, 5))
    holes(row, "tail.onnx", 15 << 40, plain())
    row.case("tail.onnx", 5)
    holes(row, "graph.onnx", 15 << 40, integer(1, 8) + tag(7, BYTES) + varint(14 << 40))
    row.case("graph.onnx", 5)
    # The offset in the message has more than 32 bits.
    head = dims([14 << 40]) + integer(2, U8) + tag(9, BYTES) + varint(14 << 40)
    holes(row, "raw.onnx", 15 << 40, integer(1, 8) + opset(13) + tag(7, BYTES) + varint(
        len(head) + (14 << 40) + 1 + len(varint(len(head) + (14 << 40)))) + tag(5, BYTES) + varint(
            len(head) + (14 << 40)) + head)
    row.case("raw.onnx", 5, "byte 0xe00000000")


@row("A18")
def greatest_size(row):
    size = (1 << 63) - 1
    shm = f"/dev/shm/mtui-row-{os.getpid()}"
    for name, content in (("zeros", b""), ("tail", plain())):
        path = f"{shm}-{name}.onnx"
        try:
            with open(path, "wb") as file:
                file.write(content)
                os.truncate(path, size)
        except OSError as error:
            raise Skip(f"no file of {size} bytes here: {error}")
        finally:
            row.leftovers.append(path)
        row.case(path, (4, 5))
