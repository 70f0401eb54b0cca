"""What must hold for every run of the program, whatever it is given."""

import json
import os
import re
import sys
import unicodedata

SANITIZER = re.compile(rb"AddressSanitizer|LeakSanitizer|runtime error:|SUMMARY:|==\d+==")
SGR = re.compile(r"\x1b\[[0-9;:]*m")
# What curses says to a terminal like xterm: colours, the cursor, erasing, scrolling, modes.
TERMINAL = re.compile(
    r"\x1b(?:\[[0-9;:]*m|\[[0-9;]*[ABCDEFGHJKLMPSTXdfgr@hl]|\[\?[0-9;]*[hl]|\[[0-9;]*b"
    r"|\[>[0-9;]*[cm]|\[!p|\[[0-9;]*t|\([0AB]|\)[0AB]|[=>78MDE])")
# Cf and its like by the standard, and what is as invisible without being one of them.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
SELECTORS = (*range(0xfe00, 0xfe10), *range(0xe0100, 0xe01f0), 0x115f, 0x1160, 0x3164, 0xffa0)
COMBINING_MOST = 2


def bad_text(data, newline="\n"):
    """Where bytes are not plain text that every terminal shows as what it is; or None."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not UTF-8: {data[error.start - 20:error.end + 20]!r}"
    marks = 0
    for index, char in enumerate(text):
        if " " <= char <= "~":
            marks = 0
            continue
        if char in newline:
            continue
        category = unicodedata.category(char)
        marks = marks + 1 if category[0] == "M" and unicodedata.combining(char) else 0
        if category in UNSEEN or ord(char) in SELECTORS or marks > COMBINING_MOST:
            return f"U+{ord(char):04X} in {text[max(0, index - 30):index + 10]!r}"
    return None


def bad_ansi(data):
    """The same for text with colours."""
    return bad_text(SGR.sub("", data.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"))


def bad_terminal(data):
    """The same for what goes to a terminal; how it begins and ends is tested elsewhere."""
    text = TERMINAL.sub("", data.decode("utf-8", "surrogateescape"))
    return bad_text(text.encode("utf-8", "surrogateescape"), "\n\r\b\x0e\x0f")


def columns(line):
    return sum(0 if unicodedata.combining(char) else
               2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def strict_json(data):
    """Parses; raises ValueError for a constant that is none, or for a key twice."""
    def refuse(word):
        raise ValueError(f"{word} in JSON")

    def unique(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError(f"a key twice: {[key for key, _ in pairs]}")
        return dict(pairs)
    return json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique)


def run_problems(run, statuses):
    """U1 and U2: the end, and what sanitizers say."""
    problems = []
    if SANITIZER.search(run.err) or SANITIZER.search(run.out[-4000:]):
        problems.append(f"a sanitizer spoke: {run.err[:3000].decode('utf-8', 'replace')}")
    elif run.status not in statuses:
        problems.append(f"status {run.status}, expected {statuses}: {run.err[:500]!r}")
    bad = bad_text(run.err)
    if bad:
        problems.append(f"standard error: {bad}")
    return problems


def message_problems(data, name, status):
    """The form of a message: mtui: NAME: byte 0xOFF: what is wrong."""
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) != 2 or lines[1]:
        return [f"not one line: {data[:300]!r}"]
    problems = []
    if columns(lines[0]) > 400:
        problems.append(f"{columns(lines[0])} columns")
    plain = re.fullmatch(r"[ -~]*", name) and len(name) < 150
    if not lines[0].startswith(f"mtui: {name}: " if plain else "mtui: "):
        problems.append(f"not the form of a message: {lines[0]!r}")
    if status in (4, 5) and not re.search(r": byte 0x[0-9a-f]+: ", lines[0]):
        problems.append(f"no offset in {lines[0]!r}")
    return problems


# Files that may be opened or asked about besides those of the row (U3).
LIBRARY_PATHS = (
    "/lib", "/usr/lib", "/etc/ld.so.", "/usr/share/locale/", "/usr/share/terminfo/",
    "/etc/terminfo/", "/sys/devices/system/cpu", "/proc/meminfo", "/proc/sys/vm/")
CALL = re.compile(r"^(?:\[pid +\d+\] )?(?:\d+ +)?(\w+)\((.*)$")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
CALLS = "trace=%file,%network,clone,clone3,fork,vfork,ftruncate,unlink,rename,kill"


def stranger(call, rest, path, scope):
    """Whether a path is none of the files that this run may ask about."""
    cut = len(path) >= 4095 and any(name.startswith(path) for name in scope["named"])
    if cut or path in scope["named"] or path.startswith((*LIBRARY_PATHS, scope["home"] + "/")):
        return False
    base = scope["top"] if rest.startswith("AT_FDCWD") or path[:1] == "/" else scope["directory"]
    full = os.path.normpath(os.path.join(base, path))
    if call in ("readlink", "getcwd") and scope["directory"].startswith(full):
        return False  # the real path of the directory
    if os.path.commonpath([full, scope["directory"]]) != scope["directory"]:
        return True
    if full == scope["directory"]:
        return False
    # The kernel refuses what leads out of the directory; other calls may not follow a link there.
    if call == "openat2" and "RESOLVE_BENEATH" in rest:
        return False
    parent = os.path.realpath(os.path.dirname(full))
    return os.path.commonpath([parent, scope["directory"]]) != scope["directory"]


def trace_problems(trace, scope):
    """U3 to U5 from what `strace -f -xx` wrote. scope: `top`, the directory it ran in; `directory`,
    that of the model; `named`, what else may be named; `home`."""
    problems, executed = [], 0
    for line in trace.splitlines():
        match = CALL.match(line)
        if not match:
            continue
        call, rest = match.groups()
        paths = [bytes.fromhex(found.replace("\\x", "")).decode("utf-8", "surrogateescape")
                 for found in STRING.findall(rest)]
        if call == "execve":
            executed += 1
            if executed > 1:
                problems.append(f"a program is run: {paths}")
        elif call in ("clone", "clone3", "fork", "vfork"):
            if "CLONE_THREAD" not in rest:
                problems.append(f"a child: {line[:200]}")
        elif call in ("socket", "connect", "socketpair", "bind", "kill", "ftruncate"):
            problems.append(f"a call without a reason: {line[:200]}")
        elif re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)|^(unlink|rename|mkdir|link|symlink)",
                       call + rest):
            problems.append(f"something is written: {call} {paths}")
        else:
            problems += [f"{call} of {path!r}" for path in paths[:1]
                         if path and stranger(call, rest, path, scope)]
    return problems


def trace_scope(top, case, home):
    """What a run on this file may ask about: the directory of the model and what the row adds."""
    top = os.path.realpath(top)
    given = (case.path, *case.opens)
    directory = os.path.realpath(os.path.join(top, os.path.dirname(case.path)))
    return {"top": top, "directory": directory, "home": home,
            "named": {*given, *(os.path.join(top, path) for path in given),
                      *(os.path.relpath(os.path.join(top, path), directory) for path in given)}}


if __name__ == "__main__":
    sys.exit("a part of tests/rows/run")
