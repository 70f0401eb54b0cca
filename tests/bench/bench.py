#!/usr/bin/python3
"""Prints what mtui takes as a ratio to what its peers take, side by side in one run.

    bench.py [--mtui build/mtui] [--dir build/bench] [--only WORD]

The models are made on the first run (2 GB on disk) and kept. A peer that is not installed is
skipped, and the line says so. Times are medians of interleaved runs: the machine is shared.
"""
import argparse, json, os, pty, random, select, shutil, statistics, struct, subprocess
import sys, termios, fcntl, time

MEASURE = None
HERE = os.path.dirname(os.path.abspath(__file__))


# --- a protobuf writer just large enough for ModelProto -----------------------------------------

def varint(n):
    out = bytearray()
    while True:
        b = n & 127
        n >>= 7
        if n:
            out.append(b | 128)
        else:
            out.append(b)
            return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number(n, value):
    return varint(n << 3) + varint(value)


def text(n, s):
    return field(n, s.encode())


def model_head(graph_len, ir=8, opset=17):
    return number(1, ir) + text(2, "bench") + field(8, number(2, opset)) + varint(7 << 3 | 2) + varint(graph_len)


def node(op, ins, outs, name):
    return field(1, b"".join(text(1, i) for i in ins) + b"".join(text(2, o) for o in outs)
                 + text(3, name) + text(4, op))


def value_info(n, name, dims):
    shape = b"".join(field(1, number(1, d)) for d in dims)
    return field(n, text(1, name) + field(2, field(1, number(1, 1) + field(2, shape))))


def make_large(path, tensors=20, rows=4608, columns=5156):
    """About 1.9 GB of f32 initializers, inline, each with a MatMul that uses it."""
    if os.path.exists(path):
        return
    size = rows * columns * 4
    head = number(1, rows) + number(1, columns) + number(2, 1)
    parts, length = [], 0
    for i in range(tensors):
        t = head + text(8, "model.layers.%d.weight" % i)
        body = len(t) + len(varint(9 << 3 | 2)) + len(varint(size)) + size
        start = varint(5 << 3 | 2) + varint(body) + t + varint(9 << 3 | 2) + varint(size)
        parts.append(start)
        length += len(start) + size
    nodes = b"".join(node("MatMul", ["x%d" % i, "model.layers.%d.weight" % i], ["x%d" % (i + 1)],
                          "/model/layers.%d/MatMul" % i) for i in range(tensors))
    tail = nodes + text(2, "large") + value_info(11, "x0", [1, rows]) + value_info(12, "x%d" % tensors, [1, columns])
    rng = random.Random(7)
    block = b"".join(struct.pack("<f", rng.gauss(0, 0.02)) for _ in range(1 << 18))
    with open(path + ".part", "wb") as f:
        f.write(model_head(length + len(tail)))
        for start in parts:
            f.write(start)
            left = size
            while left:
                n = min(left, len(block))
                f.write(block[:n])
                left -= n
        f.write(tail)
    os.rename(path + ".part", path)


def make_weight(path, elements=100_000_000):
    """One f32 initializer, written by numpy: this many normal numbers take too long otherwise."""
    if os.path.exists(path):
        return
    import numpy
    rng = numpy.random.default_rng(1)
    size = 4 * elements
    t = number(1, elements) + number(2, 1) + text(8, "weight") + varint(9 << 3 | 2) + varint(size)
    start = varint(5 << 3 | 2) + varint(len(t) + size) + t
    tail = text(2, "weight")
    with open(path + ".part", "wb") as f:
        f.write(model_head(len(start) + size + len(tail)))
        f.write(start)
        for first in range(0, elements, 1 << 20):
            n = min(1 << 20, elements - first)
            f.write((rng.standard_normal(n) * 0.02).astype("<f4").tobytes())
        f.write(tail)
    os.rename(path + ".part", path)


def make_nodes(path, count):
    """A chain of blocks of four nodes with an initializer each, as exporters write them."""
    if os.path.exists(path):
        return
    body, weights = [], []
    ops = ("MatMul", "Add", "Relu", "Mul")
    for i in range(count):
        op = ops[i % 4]
        scope = "/model/layers.%d/block.%d/%s" % (i // 40, i // 4 % 10, op)
        ins = ["x%d" % i]
        if op != "Relu":
            w = "model.layers.%d.block.%d.%s.weight" % (i // 40, i // 4 % 10, op)
            ins.append(w)
            weights.append(field(5, number(1, 8) + number(2, 1) + text(8, w) + field(9, bytes(32))))
        body.append(node(op, ins, ["x%d" % (i + 1)], scope))
    graph = b"".join(body) + text(2, "nodes") + b"".join(weights) \
        + value_info(11, "x0", [1, 8]) + value_info(12, "x%d" % count, [1, 8])
    with open(path + ".part", "wb") as f:
        f.write(model_head(len(graph)))
        f.write(graph)
    os.rename(path + ".part", path)


# --- measuring ----------------------------------------------------------------------------------

def measure(argv):
    """Wall seconds, peak resident bytes and CPU seconds of one process."""
    p = subprocess.run([MEASURE] + argv, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError("%s: exit %d" % (argv[0], p.returncode))
    wall, resident, cpu = p.stdout.split()
    return float(wall), int(resident) * 1024, float(cpu)


def run(argv):
    return measure(argv)[:2]


def warm(path):
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 22):
            pass


def cold(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def median(values):
    return statistics.median(values)


def report(name, ours, theirs, goal):
    ratio = ours / theirs
    verdict = "ok  " if ratio <= goal else "MISS"
    share = lambda r: "1/%.4g" % (1 / r) if r < 1 else "%.2f" % r
    print("%s %-46s %8.2f %s against %9.2f %s: %s (goal %s)"
          % (verdict, name, ours * 1e3, "ms", theirs * 1e3, "ms", share(ratio), share(goal)))


def limit(name, value, goal, unit):
    print("%s %-46s %8.2f %s (goal %g %s)" % ("ok  " if value <= goal else "MISS", name, value, unit, goal, unit))


def least(name, value, goal, unit):
    print("%s %-46s %8.3f %s (goal %g)" % ("ok  " if value >= goal else "MISS", name, value, unit, goal))


def skip(name, why):
    print("skip %-46s %s" % (name, why))


def have(module):
    return subprocess.call(["/usr/bin/python3", "-c", "import " + module], stderr=subprocess.DEVNULL) == 0


def compile_peer(source, out, libs, compiler):
    src = os.path.join(HERE, source)
    if not shutil.which(compiler):
        return None
    if os.path.exists(out) and os.path.getmtime(out) > os.path.getmtime(src):
        return out
    p = subprocess.run([compiler, "-O2", "-w", "-o", out, src] + libs, capture_output=True)
    return out if p.returncode == 0 else None


# --- the terminal -------------------------------------------------------------------------------

class Screen:
    """A program under a pty, and the bytes it writes."""

    def __init__(self, argv, rows=50, columns=200):
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", XDG_CONFIG_HOME="/nonexistent")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(argv[0], argv)

    def read(self, quiet=0.3, limit=20.0):
        """All that comes until nothing has come for `quiet` seconds; with the time of the last."""
        out, last = b"", time.perf_counter()
        end = last + limit
        while time.perf_counter() < end:
            if not select.select([self.fd], [], [], quiet)[0]:
                break
            try:
                chunk = os.read(self.fd, 1 << 16)
            except OSError:
                break
            if not chunk:
                break
            out += chunk
            last = time.perf_counter()
        return out, last

    def key(self, keys, quiet=0.15):
        start = time.perf_counter()
        os.write(self.fd, keys)
        out, last = self.read(quiet)
        return out, last - start

    def held(self, keys, times, interval=1 / 30):
        """A key held down: bytes a press, without what comes after the last one."""
        self.key(keys)
        out = b""
        for _ in range(times):
            os.write(self.fd, keys)
            end = time.perf_counter() + interval
            while time.perf_counter() < end:
                if select.select([self.fd], [], [], max(0, end - time.perf_counter()))[0]:
                    out += os.read(self.fd, 1 << 16)
        self.read(0.2)
        return len(out) / times, out

    def cpu(self):
        f = open("/proc/%d/stat" % self.pid).read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        try:
            os.write(self.fd, b"q")
            self.read(0.2, 2)
            os.kill(self.pid, 9)
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def first_frame(argv, last_word):
    """Seconds from the start until the last word of the first frame is there."""
    s = Screen(argv)
    out = b""
    while last_word not in out:
        if not select.select([s.fd], [], [], 10)[0]:
            raise RuntimeError("%s: no first frame" % argv[0])
        out += os.read(s.fd, 1 << 16)
    wall = time.perf_counter() - s.started
    s.read(0.3)
    s.close()
    return wall


# --- what is measured ---------------------------------------------------------------------------

def bench_open(mtui, d):
    path = os.path.join(d, "large.onnx")
    make_large(path)
    warm(path)
    argv = [mtui, "--view=model", "--export=json", path]
    ours = [run(argv) for _ in range(15)]
    peer = ["/usr/bin/python3", "-c", "import sys, onnx; onnx.load(sys.argv[1])", path]
    if have("onnx"):
        theirs = []
        for _ in range(3):
            warm(path)
            theirs.append(run(peer)[0])
            ours += [run(argv) for _ in range(5)]
        report("open 1.9 GB, warm, against onnx.load", median([w for w, _ in ours]), median(theirs), 1 / 500)
    else:
        skip("open 1.9 GB against onnx.load", "python3-onnx is not installed")
    limit("open 1.9 GB, resident", max(r for _, r in ours) / 2**20, 12, "MiB")
    walls = []
    for _ in range(7):
        cold(path)
        walls.append(run(argv)[0])
    limit("open 1.9 GB, cold", median(walls) * 1e3, 25, "ms")


def bench_nodes(mtui, d):
    path = os.path.join(d, "nodes50k.onnx")
    make_nodes(path, 50000)
    warm(path)
    argv = [mtui, "--view=model", "--export=json", path]
    peer = compile_peer("parse_libonnx.cc", os.path.join(d, "parse_libonnx"), ["-DONNX_ML=1", "-DONNX_NAMESPACE=onnx", "-lonnx", "-lonnx_proto", "-lprotobuf"], "g++") \
        or compile_peer("parse_libonnx.cc", os.path.join(d, "parse_libonnx"), ["-DONNX_ML=1", "-DONNX_NAMESPACE=onnx", "-lonnx_proto", "-lprotobuf"], "g++")
    ours, theirs = [], []
    for _ in range(15):
        ours.append(run(argv)[0])
        if peer:
            p = subprocess.run([peer, path], capture_output=True, text=True)
            theirs.append(float(p.stdout))
    if peer:
        report("50,000 nodes with edges, against libonnx parse", median(ours), median(theirs), 1 / 4)
    else:
        skip("50,000 nodes against libonnx", "libonnx-dev, libprotobuf-dev or g++ is not installed")
        limit("50,000 nodes with edges", median(ours) * 1e3, 16, "ms")


def bench_screen(mtui, d, demo):
    empty = compile_peer("empty_curses.c", os.path.join(d, "empty_curses"), ["-lncursesw", "-ltinfo"], "cc")
    if empty and demo:
        ours, theirs = [], []
        for _ in range(15):
            theirs.append(first_frame([empty], b"empty"))
            ours.append(first_frame([mtui, demo], b"quit"))
        report("first frame, against an empty curses program", median(ours), median(theirs), 3)
    path = os.path.join(d, "nodes100k.onnx")
    make_nodes(path, 100000)
    s = Screen([mtui, path])
    s.read(0.5)
    s.key(b"*")
    n, _ = s.held(b"j", 20)
    limit("cursor move, key held, 200x50", n, 300, "bytes")
    moves = [len(s.key(b"j")[0]) for _ in range(12)]
    limit("cursor move and the detail after it", median(moves), 1600, "bytes")
    waits = []
    for _ in range(10):
        waits.append(s.key(b"\x1b[6~", quiet=0.03)[1])
        s.read(0.2)
    limit("page down, 100,000 nodes", median(waits) * 1e3, 16, "ms")
    waits = []
    for i in range(6):
        s.key(b"/layers.%d/" % (2000 + i * 83))
        waits.append(s.key(b"\r", quiet=0.03)[1])
        s.read(0.2)
    limit("search, 100,000 nodes", median(waits) * 1e3, 16, "ms")
    s.read(1.0)
    before = s.cpu()
    out, _ = s.read(quiet=5.0, limit=5.0)
    limit("idle for 5 s", len(out), 0, "bytes")
    limit("idle for 5 s", (s.cpu() - before) * 1e3, 10, "ms of CPU")
    s.close()


def bench_one_tensor(mtui, path, name, label, turns):
    """One tensor against numpy, whole processes, by one thread and by two."""
    warm(path)
    argv = [mtui, "--view=tensors", "--export=json", "--threads=1", "--select=" + name, path]
    facts = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["tensors"][0]
    peer = ["/usr/bin/python3", os.path.join(HERE, "numpy_statistics.py"), path,
            str(facts["offset"]), str(facts["count"])]
    two = [a.replace("--threads=1", "--threads=2") for a in argv]
    ours, both, theirs = [], [], []
    for _ in range(turns):
        theirs.append(run(peer)[0])
        for _ in range(3):
            ours.append(run(argv))
            both.append(run(two))
    report("statistics of %s, one thread, against numpy" % label, median([w for w, _ in ours]), median(theirs), 1 / 30)
    report("statistics of %s, two threads, against numpy" % label, median([w for w, _ in both]), median(theirs), 1 / 50)
    limit("statistics of %s, resident" % label, max(r for _, r in ours + both) / 2**20, 16, "MiB")


def make_external(path, data, elements):
    """A model of one f32 tensor whose elements are a file of their own: a few numbers repeated."""
    import numpy
    block = (numpy.random.default_rng(2).standard_normal(1 << 23) * 0.02).astype("<f4").tobytes()
    entry = lambda key, value: field(13, text(1, key) + text(2, value))
    t = number(1, elements) + number(2, 1) + text(8, "weight") + entry("location", os.path.basename(data)) \
        + entry("length", str(4 * elements)) + number(14, 1)
    graph = field(5, t) + text(2, "external")
    with open(path, "wb") as f:
        f.write(model_head(len(graph)) + graph)
    with open(data, "wb") as f:
        for first in range(0, 4 * elements, len(block)):
            f.write(block[:4 * elements - first])


def available(path):
    """Bytes that the disk and the page cache have room for."""
    memory = next(int(line.split()[1]) * 1024 for line in open("/proc/meminfo")
                  if line.startswith("MemAvailable"))
    return min(shutil.disk_usage(path).free, memory)


def bench_bounded(mtui, d):
    """A tensor of 4 GB; the file is removed again."""
    size, bounded = 4 << 30, os.path.join(os.path.dirname(mtui), "bench", "bench_bounded")
    model, data = os.path.join(d, "external.onnx"), os.path.join(d, "external.bin")
    name = "statistics of 4 GB"
    if not have("numpy") or not os.path.exists(bounded):
        skip(name, "python3-numpy or bench_bounded is not there")
        return
    if available(d) < 2 * size:
        skip(name, "less than 8 GB of disk or memory are free")
        return
    try:
        make_external(model, data, size // 4)
        warm(data)
        windows, whole, resident = [], [], []
        for _ in range(5):
            whole.append(run([bounded, "whole", data])[0])
            windows.append(run([bounded, "windows", data])[0])
            resident.append(run([mtui, "--view=stats", "--export=json", model])[1])
        report(name + ", against one mapping of all", median(windows), median(whole), 1.3)
        limit(name + ", resident", max(resident) / 2**20, 16, "MiB")
    finally:
        for path in (model, data):
            if os.path.exists(path):
                os.remove(path)


# Of the lines of bench_kernels: least share of the plain read limit, by variant.
SHARES = {
    "f32: moments, extremes": {"avx512": 0.6, "avx2": 0.6, "plain": 0.2},
    "survey of f32": {"avx512": 0.6, "avx2": 0.6, "plain": 0.2},
    "f32: first pass": {"avx512": 0.35, "avx2": 0.35},
    "f32: second pass": {"avx512": 0.27},
    "error of int8:tensor": {"avx512": 0.5},
    "error of int8:channel:axis=0": {"avx512": 0.8, "avx2": 0.6},
    "error of int8:channel:axis=1": {"avx512": 0.5},
    "error of int4:group=32:axis=0": {"avx512": 0.85, "avx2": 0.6},
    "error of int4:group=32:axis=0:affine": {"avx512": 0.85, "avx2": 0.6},
    "error of nf4:axis=0": {"avx512": 0.6},
    "error of f8e4m3fn:tensor": {"avx512": 0.95},
}

# The same errors by torch, in the order of torch_quant.py, and how often as fast this must be.
TORCH = (("error of int8:channel:axis=0", 45), ("error of int4:group=32:axis=0:affine", 85),
         ("error of nf4:axis=0", 130))


def bench_torch(speed):
    """speed: GB/s of the lines of bench_kernels."""
    if not have("torch"):
        skip("quantization errors against torch", "python3-torch is not installed")
        return
    p = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "torch_quant.py")],
                       capture_output=True, text=True, check=True)
    for (name, goal), theirs in zip(TORCH, map(float, p.stdout.split())):
        report(name + ", 16.7 M values", 4 * 4096 * 4096 / speed[name] * 1e-9, theirs, 1 / goal)


def bench_kernels(mtui, d):
    """Shares of the plain read limit; of narrow types, values a second beside those of f32."""
    program = os.path.join(os.path.dirname(mtui), "bench", "bench_kernels")
    if not os.path.exists(program):
        skip("kernels", "bench_kernels is not there")
        return
    for cpu in ("avx512", "avx2", "plain"):
        p = subprocess.run([program, "64", cpu], capture_output=True, text=True)
        if p.returncode:
            skip("kernels of " + cpu, "not on this CPU")
            continue
        speed, share = {}, {}
        for line in p.stdout.splitlines()[2:]:
            speed[line[:40].strip()], share[line[:40].strip()] = map(float, line[40:].split())
        for name, goals in SHARES.items():
            if cpu in goals:
                least("%s (%s)" % (name, cpu), share[name], goals[cpu], "of the read limit")
        values = lambda dtype, bits: speed["statistics of %s, whole" % dtype] / bits
        for dtype, bits, goal in (("i8", 8, 1), ("bf16", 16, 1), ("f16", 16, 1), ("i4", 4, 1)):
            least("values a second, %s (%s)" % (dtype, cpu),
                  values(dtype, bits) / values("f32", 32), goal, "of those of f32")
        for name in speed:
            if name.startswith("by two, "):
                limit("error, 16.7 M values %s (%s)" % (name, cpu),
                      4 * 4096 * 4096 / speed[name] * 1e-6, 8, "ms")
        if cpu == "avx512":
            bench_torch(speed)


def bench_layout(mtui, d):
    """Layouts of drawn graphs, by the core alone."""
    program = os.path.join(os.path.dirname(mtui), "bench", "bench_layout")
    if not os.path.exists(program):
        skip("layout", "bench_layout is not there")
        return
    lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    spent = {name: float(value) for name, value in (line.split() for line in lines.splitlines())}
    limit("graph of 5,000 nodes laid out", spent["layout_whole_5000"], 40, "ms")
    limit("graph of 50,000 nodes, first window", spent["layout_window_50000"], 50, "ms")


def against_python(mtui, d, events):
    """A million scalars, with checksums, by the whole program and by the loop of TensorBoard."""
    shared = os.environ.get("MTUI_SHARED") or os.path.join(HERE, "../../../shared")
    loop = os.path.join(shared, "prototypes/tb_read.py")
    part, ours, theirs, resident = 100000, [], [], 0
    argv = [mtui, "--view=curves", "--export=text", events]
    peer = ["/usr/bin/python3", loop, "full", events]
    for _ in range(9):
        wall, most, cpu = measure(argv)
        ours.append((wall, cpu))
        resident = max(resident, most)
    limit("1 M scalars opened and drawn, resident", resident / 2**20, 32, "MiB")
    if not os.path.exists(loop) or not have("google.protobuf"):
        skip("1 M scalars against Python", "no prototypes or no python3-protobuf")
        return
    for _ in range(3):
        whole, start = measure(peer + [str(part)]), measure(peer + ["1"])
        theirs.append([(whole[i] - start[i]) * 1000000 / part for i in (0, 2)])
        ours += [measure(argv)[::2] for _ in range(5)]
    report("1 M scalars opened and drawn, CPU", median([c for _, c in ours]), median([c for _, c in theirs]), 1 / 200)
    report("1 M scalars opened and drawn, wall", median([w for w, _ in ours]), median([w for w, _ in theirs]), 1 / 200)


def bench_large_logs(mtui, d, write):
    """Cold from the disk, and ten million points."""
    path = os.path.join(d, "events.out.tfevents.large")
    argv = [mtui, "--view=curves", "--export=text", path]
    try:
        subprocess.run([write, path, "970000", "20"], check=True)
        walls = []
        for _ in range(9):
            cold(path)
            walls.append(run(argv)[0])
        limit("970,000 scalars of %.0f MB, cold" % (os.path.getsize(path) / 1e6), median(walls) * 1e3, 84, "ms")
        subprocess.run([write, path, "10000000", "20"], check=True)
        limit("10 M scalars opened and drawn, resident", run(argv)[1] / 2**20, 256, "MiB")
    finally:
        if os.path.exists(path):
            os.remove(path)


def bench_live(mtui, d, write):
    """A run that gets a point a second, looked at by nobody; then frames of a million points."""
    folder = os.path.join(d, "live")
    path, more = os.path.join(folder, "events.out.tfevents.live"), os.path.join(d, "events.more")
    os.makedirs(folder, exist_ok=True)
    try:
        subprocess.run([write, path, "1000000", "1"], check=True)
        subprocess.run([write, more, "20", "1"], check=True)
        record = open(more, "rb").read(-(-os.path.getsize(more) // 20))
        s = Screen([mtui, folder])
        s.read(1.0)
        before, start = s.cpu(), time.perf_counter()
        while time.perf_counter() < start + 20:
            with open(path, "ab") as f:
                f.write(record)
            s.read(quiet=1.0, limit=1.0)
        share = (s.cpu() - before) / (time.perf_counter() - start)
        limit("idle with a log that grows every second", share * 100, 0.5, "% of a core")
        for key in (b"G", b"k", b"k", b"\r"):
            out, _ = s.key(key)
        if b"at step" not in out:
            raise RuntimeError("no chart of the live log")
        before = s.cpu()
        for _ in range(40):
            s.key(b"z", quiet=0.05)
            s.key(b"Z", quiet=0.05)
        limit("frame of a chart of 1 M points, 200x50", (s.cpu() - before) / 80 * 1e3, 5, "ms of CPU")
        s.close()
    finally:
        shutil.rmtree(folder)
        if os.path.exists(more):
            os.remove(more)


def bench_logs(mtui, d):
    """Event files and tables inside, then by the whole program."""
    inside = os.path.join(os.path.dirname(mtui), "bench", "bench_logs")
    events = os.path.join(d, "events.out.tfevents.bench")
    if not os.path.exists(inside):
        skip("logs", "bench_logs is not there")
        return
    try:
        lines = subprocess.run([inside, d], capture_output=True, text=True, check=True).stdout
        found = {line.split()[0]: float(line.split()[1]) for line in lines.splitlines()}
        least("event files", found["events"], 15, "million records a second")
        least("tables as text", found["csv"], 200, "MB a second")
        limit("refresh after an append to 1 M scalars", found["refresh"], 1, "ms")
        limit("columns of a chart of 1 M scalars", found["chart"], 5, "ms")
        against_python(mtui, d, events)
    finally:
        if os.path.exists(events):
            os.remove(events)
    bench_large_logs(mtui, d, inside)
    bench_live(mtui, d, inside)


def bench_statistics(mtui, d):
    large, weight = os.path.join(d, "large.onnx"), os.path.join(d, "weight.onnx")
    if not have("numpy"):
        skip("statistics against numpy", "python3-numpy is not installed")
        return
    make_large(large)
    make_weight(weight)
    bench_one_tensor(mtui, large, "model.layers.0.weight", "23.8 M f32", 2)
    bench_one_tensor(mtui, weight, "weight", "100 M f32", 2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mtui", default="build/mtui")
    p.add_argument("--dir", default="build/bench")
    p.add_argument("--demo", default="tests/demo/digits.onnx")
    p.add_argument("--only", default="")
    a = p.parse_args()
    mtui = os.path.abspath(a.mtui)
    os.makedirs(a.dir, exist_ok=True)
    d = os.path.abspath(a.dir)
    global MEASURE
    MEASURE = compile_peer("measure.c", os.path.join(d, "measure"), [], "cc")
    if not MEASURE:
        sys.exit("bench: no C compiler")
    demo = os.path.abspath(a.demo) if os.path.exists(a.demo) else None
    jobs = (("open", lambda: bench_open(mtui, d)), ("nodes", lambda: bench_nodes(mtui, d)),
            ("screen", lambda: bench_screen(mtui, d, demo)), ("statistics", lambda: bench_statistics(mtui, d)),
            ("bounded", lambda: bench_bounded(mtui, d)), ("kernels", lambda: bench_kernels(mtui, d)),
            ("layout", lambda: bench_layout(mtui, d)), ("logs", lambda: bench_logs(mtui, d)))
    for name, job in jobs:
        if a.only in name:
            job()


if __name__ == "__main__":
    main()
