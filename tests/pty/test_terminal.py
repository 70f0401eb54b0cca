#!/usr/bin/env python3
"""The program in bad and good terminals: the rows N01..N19 and what a frame costs in bytes.

    tests/pty/test_terminal.py [NAME...]        NAME: a row, "N08", or a part of a test's name

Prints `ok NAME`, `FAIL NAME: why` or `skip NAME: why`. $MTUI is the program (else build/mtui),
$MTUI_PLAIN the one without sanitizers for what is measured, $MODEL the model (else the demo).
"""

import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import termios
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "rows"))
import onnx_write  # noqa: E402
from pseudo_terminal import Emulator, PseudoTerminal  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PLAIN = os.environ.get("MTUI_PLAIN", str(TOP / "build/mtui"))
PROGRAM = os.environ.get("MTUI", PLAIN)
MODEL = os.environ.get("MODEL", str(TOP / "tests/demo/digits.onnx"))
SCREEN = b"\x1b[?1049h"
STRAY = re.compile(rb"AddressSanitizer|runtime error|LeakSanitizer|Segmentation")


class Skip(Exception):
    pass


def mtui(*arguments, program=PROGRAM, **options):
    return PseudoTerminal([program, *arguments, MODEL], **options)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def started(terminal):
    check(terminal.expect(SCREEN, 20), f"no screen: {bytes(terminal.output[-300:])!r}")
    terminal.settle(0.4)
    return terminal


def quit_well(terminal, status=0):
    """Leaves whatever is open and ends."""
    for keys in ("\x1b", "\x1b", "\x1b", "q"):
        terminal.send(keys)
        terminal.settle(0.1)
    check(terminal.wait(5) == status, f"status {terminal.status} after q, not {status}")
    check(terminal.is_restored(), "the terminal is not as before")
    check(not STRAY.search(terminal.output), "a sanitizer complained")


def test_N01_sizes():
    for width, height in ((1, 1), (200, 1), (1, 200), (2, 2), (3, 3), (20, 5), (19, 5), (20, 4),
                          (0, 0), (2000, 500)):
        with mtui(width=width, height=height) as t:
            started(t)
            t.send("jjk]")
            t.settle(0.1)
            quit_well(t)
    with mtui(width=65535, height=65535) as t:
        check(t.wait(10) == 7, f"65535x65535: status {t.status}")
        check(b"65535x65535" in t.output and SCREEN not in t.output, "no message")
    if Emulator.is_here():
        with mtui(width=10, height=3) as t:
            rows = started(t).screen()
            check("window" in rows[0], f"{rows}")


def test_N02_resize_storm():
    with mtui() as t:
        started(t)
        begin, start, n = len(t.output), time.monotonic(), 0
        rng = random.Random(2)
        while time.monotonic() - start < 3:
            t.resize(rng.randint(1, 300), rng.randint(1, 80))
            t.kill(signal.SIGWINCH)
            if n % 50 == 0:
                t.send(b"\x1b[<0;%d;%dM" % (rng.randint(0, 300), rng.randint(0, 80)))
            t.settle(0, 0.05)
            n += 1
        seconds = time.monotonic() - start
        repaints = t.output.count(b"\x1b[2J", begin)
        check(n > 100, f"only {n} resizes")
        check(repaints / seconds <= 33, f"{repaints} repaints in {seconds:.1f} s")
        t.resize(80, 24)
        t.settle(0.3)
        quit_well(t)


def test_N03_no_TERM():
    for term, word in ((None, b"TERM is not set"), ("", b"TERM is not set"), ("nonesuch", b"unknown"),
                       ("../../etc/passwd", b"unknown"), ("x" * 5000, b"unknown")):
        with mtui(term=term) as t:
            check(t.wait(10) == 7, f"TERM={term!r:.20}: status {t.status}")
            check(word in t.output and b"--export=text" in t.output, f"{bytes(t.output)!r}")
            check(b"\x1b" not in t.output, "escapes")


def test_N04_dumb():
    with mtui(term="dumb") as t:
        check(t.wait(10) == 7, f"status {t.status}")
        check(b"--export=text" in t.output, f"{bytes(t.output)!r}")


def test_N05_terminals():
    for term in ("vt100", "linux", "screen", "tmux-256color", "xterm", "xterm-direct"):
        with mtui(term=term) as t:
            t.settle(0.5)
            if b"is unknown" in t.output:
                continue
            t.send("jj]?")
            t.settle(0.2)
            t.send("\x1b\x1bq")
            check(t.wait(5) == 0, f"{term}: status {t.status}")
            if term == "vt100":
                check(not colours(t.output), "colours on a vt100")


def test_N05_broken_description():
    entry = next((p for p in ("/lib/terminfo/x/xterm-256color",
                              "/usr/share/terminfo/x/xterm-256color") if os.path.exists(p)), None)
    if not entry:
        raise Skip("no compiled terminfo entry to change")
    good = pathlib.Path(entry).read_bytes()
    rng = random.Random(5)
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "x" / "xterm-256color"
        path.parent.mkdir()
        for _ in range(int(os.environ.get("MTUI_DESCRIPTIONS", "60"))):
            bad = bytearray(good)
            for _ in range(rng.choice((1, 3, 30))):
                bad[rng.randrange(2, len(bad))] = rng.randrange(256)
            if rng.random() < 0.2:
                del bad[rng.randrange(len(bad)):]
            path.write_bytes(bad)
            with mtui(env={"TERMINFO": directory}, program=PLAIN) as t:
                t.settle(0.15)
                t.send("j")
                t.send("q")
                status = t.wait(5)
                check(status in (0, 7), f"status {status}")


def test_N06_not_a_terminal():
    run = subprocess.run([PROGRAM, MODEL], capture_output=True, stdin=subprocess.DEVNULL,
                         env=dict(os.environ, TERM="xterm-256color"))
    check(run.returncode == 0 and b"\x1b" not in run.stdout, "a pipe gets escapes")
    check(len(run.stdout) > 50, "a pipe gets nothing")


def test_N06_model_piped_in():
    with PseudoTerminal([PROGRAM, "-"], stdin=MODEL) as t:
        started(t)
        t.send("j")
        t.settle(0.2)
        quit_well(t)


def colours(output):
    found = []
    for match in re.finditer(rb"\x1b\[([0-9;:]*)m", bytes(output)):
        for number in re.split(rb"[;:]", match[1]):
            if number and (30 <= int(number) < 50 or int(number) >= 90):
                found.append(match[0])
    return found


def test_N07_no_colour():
    for arguments, env in (((), {"NO_COLOR": "1"}), (("--color=never",), {}),
                           (("--color=never", "--theme=contrast"), {})):
        with mtui(*arguments, env=env) as t:
            started(t)
            t.send("jjl]]t?")
            t.settle(0.3)
            check(not colours(t.output), f"{arguments} {env}: {colours(t.output)[:3]}")
            t.send("\x1b")
            quit_well(t)
    with mtui(env={"NO_COLOR": ""}) as t:
        started(t)
        check(colours(t.output), "an empty NO_COLOR means nothing")


def test_N08_signals():
    for keys in ("", "?", "/conv", ":", "e", "]]jj"):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            with mtui() as t:
                started(t)
                t.send(keys)
                t.settle(0.1)
                begin = time.monotonic()
                t.kill(number)
                status = t.wait(5)
                seconds = time.monotonic() - begin
                check(status == 128 + number, f"after {keys!r}, signal {number}: status {status}")
                check(seconds < 1 if PROGRAM == PLAIN else 2, f"took {seconds:.1f} s")
                check(t.is_restored(), f"after {keys!r}, signal {number}: not restored")


def test_N09_stalled():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with mtui(width=200, height=50) as t:
            started(t)
            for i in range(60):  # what nobody reads
                t.resize(199 + i % 2, 50)
                time.sleep(0.035)
            cpu = t.cpu()
            time.sleep(1)
            check(t.cpu() - cpu < 0.1, "busy while the terminal is stalled")
            t.kill(number)
            begin = time.monotonic()
            status = t.wait(6, read=False)
            check(status == 128 + number, f"status {status} after {time.monotonic() - begin:.1f} s")
            check(time.monotonic() - begin < 3, "took more than 3 s")
            check(t.modes()[:4] == t.modes_before[:4], "terminal settings left changed")


def test_N10_vanished():
    for ignored in (False, True):
        with mtui(before=(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if ignored
                  else None) as t:
            started(t)
            begin, cpu = time.monotonic(), t.cpu()
            t.close()
            status = t.wait(3, read=False)
            check(status == 128 + signal.SIGHUP, f"status {status}")
            check(time.monotonic() - begin < (1 if PROGRAM == PLAIN else 2), "took too long")
            check(cpu < 5, "cpu")


def shell():
    t = PseudoTerminal(["/bin/bash", "--norc", "--noprofile", "-i"],
                       env={"PS1": "ready> ", "HISTFILE": ""})
    check(t.expect("ready> "), "no shell")
    return t


def test_N11_suspend():
    if not os.path.exists("/bin/bash"):
        raise Skip("needs bash for its job control")
    with shell() as t:
        t.send(f"'{PROGRAM}' '{MODEL}'\n")
        started(t)
        begin = len(t.output)
        t.send("\x1a")
        check(t.expect("Stopped", begin=begin), "Ctrl-Z does not stop it")
        check(t.expect("ready> ", begin=begin), "no prompt")
        check(b"\x1b[?1049l" in t.output[begin:], "still in the alternate screen")
        t.resize(100, 30)
        begin = len(t.output)
        t.send("fg\n")
        check(t.expect(SCREEN, begin=begin), "no screen after fg")
        t.settle(0.4)
        if Emulator.is_here():
            rows = Emulator(100, 30).rows(bytes(t.output[begin:]))
            check(rows[0] and rows[-1], "not drawn anew in the new size")
        t.send("q")
        check(t.expect("ready> ", begin=len(t.output) - 5), "no prompt after q")
        # started in the background: stops, does not spin
        begin = len(t.output)
        t.send(f"'{PROGRAM}' '{MODEL}' &\n")
        t.settle(1.0)
        t.send("jobs\n")
        check(t.expect("Stopped", begin=begin), "does not stop in the background")
        check(SCREEN not in t.output[begin:], "draws in the background")
        begin = len(t.output)
        t.send("fg\n")
        check(t.expect(SCREEN, begin=begin), "no screen")
        t.settle(0.3)
        t.send("q")
        t.settle(0.3)
        t.send("exit\n")


def test_N11_stopped_from_outside():
    with mtui() as t:
        started(t)
        t.kill(signal.SIGSTOP)
        time.sleep(0.1)
        check(t.is_stopped(), "not stopped")
        termios.tcsetattr(t.master, termios.TCSANOW, t.modes_before)
        t.resize(100, 30)
        begin = len(t.output)
        t.kill(signal.SIGCONT)
        t.settle(0.4)
        check(not t.is_cooked(), "not in raw mode again")
        check(len(t.output) - begin > 500, "not drawn anew")
        quit_well(t)


def test_N14_nonblocking():
    def set_nonblocking():
        os.set_blocking(1, False)
    with mtui(width=200, height=50, before=set_nonblocking) as t:
        started(t)
        for i in range(20):
            t.resize(190 + i % 7, 50)
            time.sleep(0.04)
        cpu = t.cpu()
        time.sleep(0.5)
        check(t.cpu() - cpu < 0.2, "spins")
        t.resize(120, 40)
        t.settle(0.4)
        begin = len(t.output)
        t.send("\x0c")
        t.settle(0.4)
        if Emulator.is_here():
            rows = Emulator(120, 40).rows(bytes(t.output[begin:]))
            check(rows[0] and rows[-1], "cells are lost")
        quit_well(t)


def test_N15_half_sequences():
    with mtui() as t:
        started(t)
        t.send("\x1b[")
        time.sleep(0.1)
        t.send("B")
        t.settle(0.2)
        t.send("\x1b")
        t.settle(0.3)
        t.send("\x1b" * 10000)
        t.settle(0.3)
        t.send("?")
        check(t.settle(0.3), "no answer to ? after 10,000 ESC")
        t.send("\x1b")
        t.settle(0.2)
        t.send("\x1b[12;34")  # never finished
        time.sleep(0.6)
        t.send("?")
        check(t.settle(0.3), "stuck in a sequence")
        t.send("\x1b")
        t.settle(0.2)
        t.send("\x1b[200~never ended")
        time.sleep(2.3)
        t.send("\x1b")
        t.settle(0.3)
        quit_well(t)


def long_model(directory):
    """Many large tensors over the same zeros: an export of their numbers takes long."""
    with open(f"{directory}/zeros.bin", "wb") as file:
        file.truncate(64 << 20)
    place = onnx_write.external(("location", "zeros.bin"))
    path = f"{directory}/long.onnx"
    with open(path, "wb") as file:
        file.write(onnx_write.model(b"".join(
            onnx_write.initializer(f"w{i}", [4096, 4096], onnx_write.F32, extra=place)
            for i in range(2000))))
    return path


def test_export_stops():
    """Esc stops a long export of the e key, which shows how far it is; so does the end."""
    for ending in ("escape", "signal"):
        with tempfile.TemporaryDirectory() as directory:
            path = long_model(directory)
            with PseudoTerminal([PROGRAM, "--view=weights", path],
                                before=lambda: os.chdir(directory)) as t:
                started(t)
                begin = len(t.output)
                t.send(":export out.json\r")
                check(t.expect(b"Esc stops", 10, begin=begin), "no progress")
                if ending == "escape":
                    begin = len(t.output)
                    t.send("\x1b")
                    check(t.expect(b"stopped", 5, begin=begin), "Esc does not stop it")
                    quit_well(t)
                else:
                    t.kill(signal.SIGTERM)
                    check(t.wait(5) == 128 + signal.SIGTERM, f"status {t.status}")
                    check(t.is_restored(), "the terminal is not as before")
            check(sorted(os.listdir(directory)) == ["long.onnx", "zeros.bin"],
                  f"left behind: {os.listdir(directory)}")


def storm(seed, n):
    """Random keys and bytes in one run after the other; a quit starts the next."""
    rng = random.Random(seed)
    likely = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\t", b"\r",
              b"\x1b", b"\x1bOA", b"\x1b[Z", b"/", b":", b"n", b"?", b"1", b"2", b"3", b"6", b"7",
              b"]", b"[", b"s", b"S", b"f", b"t", b"u", b"p", b"c", b"-", b"+", b" ", b"\x7f"]
    done = 0
    with tempfile.TemporaryDirectory() as directory:
        while done < n:
            with mtui(before=lambda: os.chdir(directory)) as t:
                started(t)
                while done < n and t.poll() is None:
                    burst = bytearray()
                    for _ in range(64):
                        if rng.random() < 0.6:
                            burst += rng.choice(likely)
                        else:
                            byte = rng.randrange(256)
                            burst += bytes([byte if byte not in b"\x03\x1aq" else 0x6a])
                    done += 64
                    t.send(bytes(burst))
                    t.settle(0.01, 0.5)
                    if rng.random() < 0.05:
                        t.resize(rng.randint(1, 200), rng.randint(1, 60))
                t.settle(0.2)
                if t.poll() is None:
                    t.kill(signal.SIGTERM)
                status = t.wait(5)
                check(status in (0, 128 + signal.SIGTERM),
                      f"seed {seed}: status {status} {bytes(t.output[-2000:])!r}")
                check(t.is_restored(), f"seed {seed}: not restored")
                check(not STRAY.search(t.output), f"seed {seed}: a sanitizer complained")


def test_N16_all_bytes():
    with tempfile.TemporaryDirectory() as directory:
        for byte in range(256):
            if byte in b"\x03\x1aq" or byte % 8 and PROGRAM != PLAIN:
                continue
            with mtui(before=lambda: os.chdir(directory), program=PLAIN) as t:
                check(t.expect(SCREEN, 10), "no screen")
                t.send(bytes([byte]))
                t.settle(0.06)
                check(t.poll() in (None, 0), f"byte {byte:#x}: status {t.status}")


def test_N16_random_keys():
    storm(16, int(os.environ.get("MTUI_KEYS", "6000")))


def test_N17_mouse():
    with mtui() as t:
        started(t)
        for report in (b"\x1b[<0;-1;-1M", b"\x1b[<0;0;0M", b"\x1b[<0;65535;65535M", b"\x1b[<0;5;5m",
                       b"\x1b[<0;99999999999999999999;3M", b"\x1b[<;;M", b"\x1b[<0;1M", b"\x1b[M\xff\xff\xff",
                       b"\x1b[M   ", b"\x1b[M !!", b"\x1b[<35;4;4M", b"\x1b[<255;4;4M"):
            t.send(report)
        t.send(b"\x1b[<64;10;10M" * 500 + b"\x1b[<65;10;10M" * 500)
        for y in range(1, 25):
            t.send(b"\x1b[<0;%d;%dM\x1b[<0;%d;%dm" % (y * 3, y, y * 3, y) * 2)
        t.settle(0.3)
        check(t.poll() is None, f"status {t.status}")
        quit_well(t)


def test_N18_late_answers():
    with mtui() as t:
        started(t)
        before = t.screen() if Emulator.is_here() else None
        t.send(b"\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[>1;10;0c\x1bP>|q\x1b\\\x1b[24;80R")
        t.settle(0.3)
        check(t.poll() is None, "an answer was taken for a key")
        if before:
            check(t.screen() == before, "an answer was taken for a key")
        quit_well(t)


def test_N19_tmux():
    if not shutil.which("tmux"):
        raise Skip("tmux is not installed")
    with tempfile.TemporaryDirectory() as directory:
        base = ["tmux", "-f", "/dev/null", "-S", f"{directory}/s"]

        def tmux(*arguments):
            return subprocess.run(base + list(arguments), capture_output=True, text=True).stdout

        env = dict(os.environ, LANG="C.UTF-8", TERM="xterm-256color")
        env.pop("TMUX", None)
        subprocess.run(base + ["new-session", "-d", "-x", "120", "-y", "32",
                               f"'{PROGRAM}' '{MODEL}'"], env=env, check=True)
        try:
            def captured(width, height):
                for _ in range(40):
                    rows = tmux("capture-pane", "-p").split("\n")
                    if len(rows) > height - 2 and rows[0].strip() and rows[height - 1].strip():
                        return rows
                    time.sleep(0.1)
                raise AssertionError(f"{width}x{height}: {rows}")
            tmux("set-option", "status", "off")
            tmux("resize-window", "-x", "120", "-y", "32")
            captured(120, 32)
            for width, height in ((80, 24), (200, 50), (40, 10)):
                tmux("resize-window", "-x", str(width), "-y", str(height))
                time.sleep(0.3)
                rows = captured(width, height)
                check(all(len(row) <= width for row in rows), "wider than the window")
        finally:
            tmux("kill-server")


def test_cost_of_frames():
    with mtui(program=PLAIN, width=200, height=50) as t:
        started(t)
        t.settle(1.0)
        first = len(t.output)
        t.send("+")
        t.settle(0.5)
        costs = {}
        for view in "17":  # where the other pane follows, and where it does not
            t.send(view)
            t.settle(0.5)
            costs[view] = []
            for key in ("j", "j", "j", "k", "j", "\x1b[B", "\x1b[A", "j", "j"):
                t.send(key)
                costs[view].append(len(t.settle(0.3)))
        print(f"# 200x50: first frame {first} bytes; cursor moves with the overview {costs['1']}, "
              f"with the check {costs['7']}")
        begin, cpu = len(t.output), t.cpu()
        time.sleep(3.5)
        t.settle(0.05)
        check(len(t.output) == begin, f"{len(t.output) - begin} bytes while idle")
        check(t.cpu() - cpu <= 0.02, f"{t.cpu() - cpu:.2f} s of CPU while idle")
        check(statistics.median(costs["7"]) <= 300, f"a cursor move costs {costs['7']}")
        quit_well(t)


def grown(path, text):
    with open(path, "a", encoding="ascii") as out:
        out.write(text)


def shows(terminal, text, limit):
    """True as soon as the text is on the screen."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        terminal.settle(0.1, 0.3)
        if any(text in row for row in terminal.screen()):
            return True
    return False


def test_runs_are_followed():
    """A log that grows by whole and half lines; a second run that appears; then silence."""
    if not Emulator.is_here():
        raise Skip("libvterm is not installed")
    with tempfile.TemporaryDirectory(prefix="mtui-live-") as folder:
        log = f"{folder}/a.csv"
        grown(log, "step,loss\n" + "".join(f"{i},{9 - i / 100}\n" for i in range(300)))
        with PseudoTerminal([PLAIN, folder], width=100, height=30) as t:
            started(t)
            t.send("/loss\r")
            t.settle(0.3)
            grown(log, "300,4.4")
            check(not shows(t, "4.4", 1), "half a line was taken for a value")
            grown(log, "321\n")
            check(shows(t, "4.4321", 2), "the new value is not shown")
            os.mkdir(f"{folder}/second")
            grown(f"{folder}/second/b.csv", "step,loss\n0,1\n7777,2\n")
            check(shows(t, "7,777", 4), "the new run is not shown")
            t.settle(1.5)
            cpu, begin = t.cpu(), len(t.output)
            for step in range(6):
                grown(log, f"{400 + step},3\n")
                time.sleep(1)
            live = (t.cpu() - cpu) / 6
            check(live <= 0.02, f"{live:.1%} of a core for a line a second")
            t.settle(1.5)
            cpu, begin = t.cpu(), len(t.output)
            time.sleep(4)
            idle = (t.cpu() - cpu) / 4
            check(idle <= 0.005, f"{idle:.2%} of a core when nothing grows")
            check(len(t.output) == begin, "bytes for nothing new")
            quit_well(t)


def main():
    if not os.path.exists(PROGRAM):
        print(f"skip terminal: {PROGRAM} is not built")
        return 0
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or not callable(test):
            continue
        name = name[5:].replace("_", " ")
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        try:
            test()
            print(f"ok {name}", flush=True)
        except Skip as reason:
            print(f"skip {name}: {reason}", flush=True)
        except Exception as reason:  # one bad row must not hide the others
            failed += 1
            print(f"FAIL {name}: {reason}", flush=True)
            if not isinstance(reason, AssertionError):
                traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
