#!/usr/bin/env python3
"""Writes the seeds of the corpus "engine": what mtui-engine answers to some questions.

    tests/fuzz/engine_seeds.py [ENGINE]      rewrites the files seed-* in corpus/engine
"""

import pathlib
import socket
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REQUEST, MODEL, END = 2, 3, 4
ABOUT, SHAPES, CHECK, OPERATOR = range(4)


def frame(kind, payload=b""):
    return struct.pack("<II", len(payload), kind) + payload


def item(tag, data):
    return struct.pack("<BI", tag, len(data)) + data


def message(field, payload):
    return bytes([field << 3 | 2, len(payload)]) + payload


def value(name, dims):
    shape = b"".join(message(1, message(2, d.encode()) if isinstance(d, str) else
                             bytes([8, d])) for d in dims)
    return message(1, name) + message(2, message(1, b"\x08\x01" + message(2, shape)))


def model():
    graph = message(1, message(1, b"x") + message(2, b"y") + message(4, b"Relu"))
    graph += message(1, message(1, b"y") + message(2, b"z") + message(2, b"w") +
                     message(4, b"Split"))
    graph += message(2, b"g") + message(10, b"0") + message(11, value(b"x", ["N", 4]))
    graph += message(12, message(1, b"z"))
    return b"\x08\x08" + message(7, graph) + message(8, b"\x10\x0d")


def ask(engine, *frames):
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([engine], stdin=theirs, stdout=subprocess.DEVNULL)
    theirs.close()
    ours.sendall(b"".join(frames))
    answer = b""
    while piece := ours.recv(65536):
        answer += piece
    process.wait()
    return answer


def main():
    engine = sys.argv[1] if len(sys.argv) > 1 else str(HERE.parent.parent / "build/mtui-engine")
    folder = HERE / "corpus/engine"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()

    def write(name, kind, piece, *more):
        answer = ask(engine, frame(REQUEST, struct.pack("<I", kind) + b"".join(
            part for part in more if isinstance(part, bytes))), *(
                [frame(MODEL, model()), frame(END)] if kind in (SHAPES, CHECK) else []))
        (folder / f"seed-{name}").write_bytes(bytes([kind, piece]) + answer)

    write("about", ABOUT, 0)
    write("shapes", SHAPES, 7)
    write("check", CHECK, 0)
    for name in ("Relu", "Identity", "Nonsense"):
        write(name, OPERATOR, 100, item(9, name.encode()), item(7, b""), item(8, bytes(8)))


if __name__ == "__main__":
    main()
