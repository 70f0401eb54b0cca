"""What a row of the matrix is made of: files, and what the program must say about each."""

import dataclasses
import os
import pathlib

# Peak resident bytes by class.
MEMORY = {"a": 64 << 20, "b": 256 << 20, "c": 1 << 30}
ROWS = {}


class Skip(Exception):
    """The row cannot be tested here."""


@dataclasses.dataclass
class Case:
    """One file. `words` stand in the message or, where the file opens, in its notices; `check`
    gets the Facts of a file that opens and returns what is wrong with them."""
    path: str
    exit: int = 0
    words: tuple = ()
    memory: str = "a"
    seconds: float = 1.0
    check: object = None
    opens: tuple = ()    # further files that may be opened
    light: bool = False  # large: only the model report, the check, and one screen
    heavy: bool = False  # light, and too large for the sanitizers' pace
    screen: bool = True  # False: its weights are too many to be read for a screen
    environment: dict = dataclasses.field(default_factory=dict)


class Row:
    def __init__(self, name, directory):
        self.name = name
        self.directory = pathlib.Path(directory)
        self.cases = []
        self.leftovers = []  # files elsewhere, removed when the row is done

    def case(self, path, exit=0, words=(), **more):
        words = (words,) if isinstance(words, str) else tuple(words)
        more["light"] = more.get("light", False) or more.get("heavy", False)
        self.cases.append(Case(path, exit, words, **more))

    def place(self, path):
        return self.directory / path

    def write(self, path, content):
        """A function as content runs in a process of its own: large files leave this one small."""
        target = self.place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not callable(content):
            target.write_bytes(content)
            return
        child = os.fork()
        if child == 0:
            status = 1
            try:
                target.write_bytes(content())
                status = 0
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1] != 0:
            raise RuntimeError(f"{path} could not be made")

    def file(self, path, content, exit=0, words=(), **more):
        self.write(path, content)
        self.case(path, exit, words, **more)

    def opens(self, path, content, words=(), **more):
        self.file(path, content, 0, words, **more)


def row(name):
    """Registers the function that makes a row's files."""
    def register(function):
        ROWS[name] = function
        return function
    return register


def make(name, directory):
    """The row with its files made in the directory."""
    made = Row(name, directory)
    made.directory.mkdir(parents=True, exist_ok=True)
    ROWS[name](made)
    return made
