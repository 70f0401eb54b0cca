"""Rows P01, P02, P03 and P07 on the files of the others: memory, stack and threads run out."""

import os
import pathlib
import resource
import subprocess

import oracles
import program

ROWS = ("P01", "P02", "P03", "P07")
STACK = 256 << 10
ADDRESS_SPACES = (64 << 20, 128 << 20, 256 << 20)
# Rows whose files take different ways through reader, analysis and views.
STARVED = {"A16", "B03", "B06", "B08", "B13", "B17", "B20", "B22", "B25", "B30", "B39", "B42", "K01"}
STARVED_VIEWS = (["--view=model", "--export=json"], ["--view=nodes", "--export=csv"],
                 ["--view=weights", "--export=json"], ["--view=channels", "--export=json"],
                 ["--size=80x24", "--keys=2367<Tab>*<End>"])
WHOLE = STARVED_VIEWS[:2]  # where nothing may be left out


def tools(home):
    """What the tests of faults and files need: a library that makes calls fail, and strace."""
    library = pathlib.Path(home) / "faults.so"
    compiler = os.environ.get("CC", "cc").split()
    built = subprocess.run(compiler + ["-shared", "-fPIC", "-O1", "-o", str(library),
                                       str(program.TOP / "tests/cli/faults.c"), "-ldl"],
                           check=False)
    try:
        traced = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"],
                                stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        traced = False
    return {"faults": str(library) if built.returncode == 0 else "", "strace": traced}


def statuses(case):
    return case.exit if isinstance(case.exit, tuple) else (case.exit,)


def run_limited(which, most, arguments, row, case):
    def limit():
        resource.setrlimit(which, (most, most))
    try:
        done = subprocess.run([program.PLAIN, *arguments], cwd=row.directory, preexec_fn=limit,
                              env=program.environment(case.environment), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return program.Run(-1000, b"", b"not done")
    return program.Run(done.returncode, done.stdout, done.stderr)


def check_stack(row, cases, problems):
    """P03: everything passes with 256 KiB."""
    for case in cases:
        commands = [["--size=80x24"] if case.screen else ["--view=check"]] if case.light else [
            ["--size=80x24", "--keys=" + program.KEYS], ["--view=weights", "--export=json"]]
        for arguments in commands:
            done = run_limited(resource.RLIMIT_STACK, STACK, [*arguments, "--", case.path], row,
                               case)
            problems += oracles.run_problems(done, statuses(case))


def check_address_space(row, cases, problems):
    """P02: small files as ever; others "out of memory"."""
    for case in cases:
        arguments = ["--view=model" if case.light else "--view=tensors", "--export=json", "--",
                     case.path]
        for most in ADDRESS_SPACES if case.heavy else ADDRESS_SPACES[:1]:
            done = run_limited(resource.RLIMIT_AS, most, arguments, row, case)
            small = not case.light
            problems += oracles.run_problems(done, statuses(case) if small else
                                             {6, *statuses(case)})
            if done.status == 6 and 6 not in statuses(case) and b"out of memory" not in done.err:
                problems.append(f"{case.path}: the message is {done.err!r}")


def check_threads(row, cases, library, problems):
    """P07: the same text without a single thread."""
    arguments = ["--view=tensors", "--export=json", "--", *(case.path for case in cases)]
    with_threads = program.run(arguments, row.directory, cases[0].environment,
                               program=program.PLAIN)
    without = program.run(arguments, row.directory, {
        **cases[0].environment, "LD_PRELOAD": library, "FAULT_CALLS": "pthread_create",
        "FAULT_EVER": "1"}, program=program.PLAIN)
    if (with_threads.status, with_threads.out) != (without.status, without.out):
        problems.append(f"another answer without threads: status {without.status} "
                        f"{without.err[:300]!r}")


def starve(row, case, arguments, library, ever):
    """Allocations fail at the nth call, every one of the first dozen and ever fewer after it."""
    hit = row.directory / ".hit"
    allowed = {6, 8, *statuses(case)}
    whole = program.run([*arguments, "--", case.path], row.directory, case.environment,
                        program=program.PLAIN).out
    at, problems = 1, []
    while not problems:
        hit.unlink(missing_ok=True)
        done = program.run([*arguments, "--", case.path], row.directory, {
            **case.environment, "LD_PRELOAD": library, "FAULT_CALLS": "malloc",
            "FAULT_AT": str(at), "FAULT_HIT": str(hit), **({"FAULT_EVER": "1"} if ever else {})},
            program=program.PLAIN)
        if not hit.exists():
            break
        problems = oracles.run_problems(done, allowed)
        if done.status == 6 and case.exit != 6 and b"out of memory" not in done.err:
            problems.append(f"the message is {done.err!r}")
        if done.status == 0 and "--export=json" in arguments:
            oracles.strict_json(done.out)
        if done.status == 0 and arguments in WHOLE and done.out != whole:
            problems.append("something is missing and nothing says so")
        at += 1 + at // 12
    return [f"{case.path}: {' '.join(arguments)}: allocation {at}{' and on' if ever else ''}: "
            f"{problem}" for problem in problems]


def check_memory(row, cases, library, problems):
    """P01"""
    for case in cases:
        for arguments in STARVED_VIEWS:
            for ever in (False, True):
                problems += starve(row, case, arguments, library, ever)


def check(row, opened, refused, found, shared):
    """opened and refused are the row's cases; found what tools() found."""
    check_stack(row, opened + refused, shared["P03"])
    check_address_space(row, [case for case in opened if case.light] + opened[:2] + refused[:2],
                        shared["P02"])
    if not found["faults"]:
        return
    plain_cases = [case for case in opened if not case.light]
    if plain_cases:
        check_threads(row, plain_cases, found["faults"], shared["P07"])
    if row.name in STARVED:
        check_memory(row, plain_cases[:1] + refused[:1], found["faults"], shared["P01"])
