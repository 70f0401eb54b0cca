"""A program under a pseudo-terminal, for tests (standard library only).

    with PseudoTerminal([program, "model.onnx"], width=120, height=32) as t:
        t.settle()                      # until nothing has been written for a while
        t.send("jj")
        changed = t.settle()            # the bytes written since
        print("\\n".join(t.screen()))    # what a terminal would show (needs libvterm)

Everything written is in t.output.
"""

import ctypes
import ctypes.util
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

TICKS = os.sysconf("SC_CLK_TCK")


class PseudoTerminal:
    def __init__(self, argv, width=80, height=24, term="xterm-256color", env=None, stdin=None,
                 before=None):
        """term None: TERM is unset. stdin: a path that takes the place of the terminal there.
        before: called in the child before the program starts."""
        self.width, self.height = width, height
        self.output = bytearray()
        self.status = None
        self.master, slave = pty.openpty()
        self.resize(width, height)
        self.modes_before = termios.tcgetattr(slave)
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("TERM", "LINES", "COLUMNS", "NO_COLOR", "COLORTERM")}
        if term is not None:
            environment["TERM"] = term
        environment.setdefault("LANG", "C.UTF-8")
        environment.setdefault("MTUI_LIBONNX", "off")
        environment.update(env or {})
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for fd in (0, 1, 2):
                    os.dup2(slave, fd)
                if stdin:
                    fd = os.open(stdin, os.O_RDONLY)
                    os.dup2(fd, 0)
                os.closerange(3, 64)
                if before:
                    before()
                os.execve(argv[0], argv, environment)
            finally:
                os._exit(127)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.close()

    def close(self):
        """Hangs up."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def resize(self, width, height):
        self.width, self.height = width, height
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def send(self, keys):
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            self._read(0)  # a program that is answering must not be kept waiting
            _, writable, _ = select.select([], [self.master], [], 5)
            if not writable:
                raise TimeoutError("the program reads no keys")
            try:
                data = data[os.write(self.master, data[:512]):]
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return

    def _read(self, seconds):
        """Bytes that come within the time, or None."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return None
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return None
        self.output += data
        return data or None

    def settle(self, quiet=0.2, limit=5.0):
        """Reads until nothing comes for `quiet` seconds, at most `limit`; returns what came."""
        begin, start = len(self.output), time.monotonic()
        while time.monotonic() - start < limit:
            if self._read(quiet) is None:
                break
        return bytes(self.output[begin:])

    def expect(self, needle, limit=5.0, begin=0):
        """Reads until the bytes have been written; False after the limit."""
        needle = needle.encode() if isinstance(needle, str) else needle
        start = time.monotonic()
        while self.output.find(needle, begin) < 0:
            if time.monotonic() - start > limit:
                return False
            if self._read(0.05) is None and self.poll() is not None:
                return self.output.find(needle, begin) >= 0
        return True

    def poll(self):
        """Exit status (negative: the signal it died of), or None while it runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self, limit=5.0, read=True):
        """Waits for the end; the status, or None after the limit. read False: a stalled terminal
        stays so."""
        start = time.monotonic()
        while self.poll() is None and time.monotonic() - start < limit:
            if not read or self._read(0.01) is None:
                time.sleep(0.01)
        if read and self.master >= 0:
            self.settle(0.02)
        return self.status

    def kill(self, number):
        os.kill(self.pid, number)

    def _stat(self):
        with open(f"/proc/{self.pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()

    def cpu(self):
        """Seconds of processor time so far."""
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def is_stopped(self):
        return self._stat()[0] == "T"

    def modes(self):
        return termios.tcgetattr(self.master)

    def is_cooked(self):
        return bool(self.modes()[3] & termios.ICANON)

    def is_restored(self):
        """Settings as before, and the screen, its modes and the cursor given back at the end."""
        out = bytes(self.output)
        if self.modes()[:4] != self.modes_before[:4]:
            return False
        pairs = ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?2004h", b"\x1b[?2004l"),
                 (b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?25l", b"\x1b[?25h"))
        return all(out.rfind(off) >= out.rfind(on) for on, off in pairs)

    def screen(self):
        """What a terminal shows that has got all the output: a list of rows."""
        return Emulator(self.width, self.height).rows(bytes(self.output))


class Rect(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("top", "bottom", "left", "right")]


class Emulator:
    """libvterm. The window's size is fixed: feed it the output of one size."""

    library = None

    @classmethod
    def is_here(cls):
        if cls.library is None:
            name = ctypes.util.find_library("vterm") or "libvterm.so.0"
            try:
                vterm = ctypes.CDLL(name)
            except OSError:
                return False
            vterm.vterm_new.restype = ctypes.c_void_p
            vterm.vterm_obtain_screen.restype = ctypes.c_void_p
            vterm.vterm_obtain_screen.argtypes = [ctypes.c_void_p]
            vterm.vterm_set_utf8.argtypes = [ctypes.c_void_p, ctypes.c_int]
            vterm.vterm_free.argtypes = [ctypes.c_void_p]
            vterm.vterm_screen_reset.argtypes = [ctypes.c_void_p, ctypes.c_int]
            vterm.vterm_screen_enable_altscreen.argtypes = [ctypes.c_void_p, ctypes.c_int]
            vterm.vterm_input_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
            vterm.vterm_screen_get_text.restype = ctypes.c_size_t
            vterm.vterm_screen_get_text.argtypes = [ctypes.c_void_p, ctypes.c_char_p,
                                                    ctypes.c_size_t, Rect]
            cls.library = vterm
        return True

    def __init__(self, width, height):
        if not self.is_here():
            raise RuntimeError("libvterm is not installed")
        self.width, self.height = width, height

    def rows(self, output):
        vterm = self.library
        terminal = vterm.vterm_new(self.height, self.width)
        vterm.vterm_set_utf8(terminal, 1)
        screen = vterm.vterm_obtain_screen(terminal)
        vterm.vterm_screen_enable_altscreen(screen, 1)
        vterm.vterm_screen_reset(screen, 1)
        vterm.vterm_input_write(terminal, output, len(output))
        rows = []
        buffer = ctypes.create_string_buffer(self.width * 12 + 1)
        for y in range(self.height):
            n = vterm.vterm_screen_get_text(screen, buffer, len(buffer) - 1,
                                            Rect(y, y + 1, 0, self.width))
            rows.append(buffer.raw[:n].decode("utf-8", "replace").rstrip(" \n\0"))
        vterm.vterm_free(terminal)
        return rows
