"""Files with hostile texts on a terminal: every byte that is written must be one a terminal may
get, and the terminal is given back as it was."""

import os
import pathlib
import sys

import oracles
import program

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pty"))
from pseudo_terminal import PseudoTerminal  # noqa: E402

KEYS = ("*\x1b[B\x1b[B", "2", "36", "71", "\tG", "/e\r", ":goto \t\t", "\x1b", "?", "\x1b", "e", "\x1b",
        "]\x0c")


def check(row, case):
    problems = []
    size = {"width": 80, "height": 24} if len(case.path) % 2 else {"width": 160, "height": 40}

    def enter():
        os.chdir(row.directory)
    with PseudoTerminal([program.SANITIZED, "--", case.path], before=enter,
                        env=program.environment(case.environment) | {"TERM": "xterm-256color"},
                        **size) as terminal:
        if not terminal.expect(b"\x1b[?1049h", 20):
            return [f"{case.path!r}: no screen: {bytes(terminal.output[-300:])!r}"]
        terminal.settle(0.05)
        for keys in KEYS:
            terminal.send(keys)
            terminal.settle(0.03)
        for _ in range(4):
            terminal.send("\x1b")
            terminal.settle(0.06)
        terminal.send("q")
        status = terminal.wait(10)
        if status != 0:
            problems.append(f"status {status}")
        elif not terminal.is_restored():
            problems.append("the terminal is not as before")
    bad = oracles.bad_terminal(bytes(terminal.output))
    if bad:
        problems.append(f"on a terminal: {bad}")
    return [f"{case.path[:60]!r}: {problem}" for problem in problems]
