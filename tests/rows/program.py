"""Runs the program for the rows, and answers questions about what it said."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import oracles

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SANITIZED = os.environ.get("MTUI", str(TOP / "build/san/mtui"))
PLAIN = os.environ.get("MTUI_PLAIN", str(TOP / "build/mtui"))
# Every tab of the detail, of the model and of the tensor "bad" where there is one; the tree folded,
# unfolded, sorted and searched.
KEYS = "12L3a6x<Down><Right>78<Esc>*<Down><Down>2<Esc>/bad<Enter>2+x=-3a6xi1<Enter><End>8a7<Esc>" + \
    "<End>268<Esc>/b<Enter>nsS-pc"


@dataclasses.dataclass
class Run:
    status: int
    out: bytes
    err: bytes
    seconds: float = 0.0
    peak: int = 0


def environment(more):
    """The environment that tests/run gives, without its locale where the row sets one."""
    env = dict(os.environ)
    env.setdefault("LC_ALL", "C.UTF-8")
    env.setdefault("MTUI_LIBONNX", "off")
    env.setdefault("ASAN_OPTIONS", "exitcode=99:allocator_may_return_null=1")
    env.update(more)
    return env


def run(arguments, directory, more=(), limit=120, program=SANITIZED):
    try:
        done = subprocess.run([program, *arguments], cwd=directory, env=environment(dict(more)),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        return Run(-1000, error.stdout or b"", f"not done after {limit} s".encode())
    return Run(done.returncode, done.stdout, done.stderr)


def measure(arguments, directory, more=()):
    """The plain program: time and memory, too."""
    read, write = os.pipe()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "measure.py"), str(write), PLAIN, *arguments],
            cwd=directory,
            env=environment(dict(more)), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            pass_fds=(write,))
        os.close(write)
        try:
            child.wait(120)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        with os.fdopen(read) as file:
            words = file.read().split()
        out.seek(0)
        err.seek(0)
        if len(words) != 3:
            return Run(-1000, out.read(), err.read() + b" no measure")
        return Run(int(words[0]), out.read(), err.read(), float(words[1]), int(words[2]))


def views():
    """Their names, as --help lists them, but the one that needs training runs."""
    listed = run(["--help"], "/").out.decode()
    names = re.findall(r"[a-z]+", listed[listed.index("\nviews:") + 7:].split("\n\n")[0])
    return [name for name in names if name != "curves"]


class Facts:
    """What the program says about one file that opens. Views are read when they are asked for."""

    def __init__(self, directory, case):
        self.directory, self.case = directory, case
        self.reports = {}

    def _run(self, *arguments, program=SANITIZED):
        done = run([*arguments, "--", self.case.path], self.directory, self.case.environment,
                   program=program)
        problems = oracles.run_problems(done, (0,))
        if problems:
            raise AssertionError(f"{arguments}: {problems}")
        return done.out

    def report(self, view):
        if view not in self.reports:
            self.reports[view] = oracles.strict_json(
                self._run("--view=" + view, "--export=json"))
        return self.reports[view]

    def text(self, view, *arguments):
        return self._run("--view=" + view, "--export=text", *[
            word for word in arguments if not word.startswith("--size")]).decode()

    def screen(self, keys="", size="--size=80x24"):
        return self._run(size, "--keys=" + keys).decode()

    def seconds(self, keys):
        """Time of the plain program for a key script."""
        done = measure(["--size=120x40", "--keys=" + keys, "--", self.case.path], self.directory,
                       self.case.environment)
        return done.seconds

    def nodes(self):
        return self.report("nodes")["nodes"]

    def tensors(self):
        return self.report("tensors")["tensors"]

    def tensor(self, name):
        return next((tensor for tensor in self.tensors() if tensor["name"] == name), {})

    def notices(self):
        return [notice["message"] for notice in self.report("check")["notices"]]

    def has_notice(self, text):
        return any(text in message for message in self.notices())

    def equal(self, key, wanted):
        found = self.report("check" if key == "notices" else "model")[key]
        return [] if found == wanted else [f"{key} is {found}, expected {wanted}"]

    def has_width(self, width):
        """No row of the screen is wider or narrower in cells than the screen."""
        problems = []
        for keys in ("", "*", "1", "2", "7"):
            for line in self.screen(keys, f"--size={width}x24").rstrip("\n").split("\n"):
                if oracles.columns(line) > width:
                    problems.append(f"{width} columns, {keys}: {oracles.columns(line)} in {line!r}")
        return problems
