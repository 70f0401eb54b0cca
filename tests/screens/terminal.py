"""The program in a tmux of its own: a server, a window of some size, keys in, text out."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time

NAMES = {"Enter": "Enter", "Esc": "Escape", "Tab": "Tab", "BackTab": "BTab", "Up": "Up",
         "Down": "Down", "Left": "Left", "Right": "Right", "PgUp": "PPage", "PgDn": "NPage",
         "Home": "Home", "End": "End", "Space": "Space", "Backspace": "BSpace", "Delete": "DC"}
PATIENCE = 15  # seconds for a screen to become what is expected


def tmux_missing():
    """Why there is no tmux to test with, or None."""
    if not shutil.which("tmux"):
        return "tmux is not installed"
    with Terminal(20, 5, dict(os.environ)) as terminal:
        return terminal.start(["sleep", "1"])


def key_words(script):
    """A key script as arguments of send-keys: ["-l", TEXT] or [NAME]."""
    for word in re.findall(r"<[^<>]+>|[^<]+", script):
        name = word[1:-1]
        if not word.startswith("<"):
            for character in word:
                yield ["-l", character]
        elif name == "lt":
            yield ["-l", "<"]
        else:
            yield [NAMES.get(name, name)]


class Terminal:
    def __init__(self, width, height, environment):
        self.width, self.height = width, height
        self.environment = environment
        self.directory = tempfile.TemporaryDirectory(prefix="mtui-tmux-")
        self.socket = str(pathlib.Path(self.directory.name) / "socket")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.tmux("kill-server")
        self.directory.cleanup()

    def tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self.socket, "-f", "/dev/null", *words],
                              env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False)

    def start(self, command):
        """Why it did not start, or None."""
        # tmux gives its own environment to the program, but for these.
        words = " ".join(shlex.quote(word) for word in command)
        done = self.tmux(
            "set-option", "-g", "status", "off", ";",
            "set-option", "-g", "default-terminal", "tmux-256color", ";",
            "set-option", "-s", "escape-time", "0", ";",
            "new-session", "-d", "-x", str(self.width), "-y", str(self.height), f"exec {words}")
        return f"tmux does not start: {done.stderr.strip()}" if done.returncode else None

    def press(self, script):
        words = list(key_words(script))
        if words:
            self.wait_for(lambda text: text.strip())
        for word in words:
            self.tmux("send-keys", *word)
            time.sleep(0.03)

    def type(self, text):
        """Bytes as they are, such as reports of the mouse."""
        self.tmux("send-keys", "-H", *[f"{byte:x}" for byte in text.encode()])

    def resize(self, width, height):
        self.width, self.height = width, height
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def capture(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else [])).stdout

    def wait_for(self, reached):
        """The screen once it is as wished, or what it is when patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.capture()
            if reached(text) or time.monotonic() > end:
                return text
            time.sleep(0.05)
