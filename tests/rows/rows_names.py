"""Rows K01 to K12: texts that would move, lie, or be taken for commands, in every text field."""

from onnx_write import *
from row import row

LATIN1 = {"LC_ALL": "en_US.ISO-8859-1"}


def everywhere(*names):
    """A model in which each name stands wherever a text can stand."""
    graph, extra = b"", b""
    for index, name in enumerate(map(raw, names)):
        mark = f"#{index}".encode()
        kinds = attribute(name, 3, chunk(4, name)) + attribute(name, 8, chunk(9, name) * 2) + \
            attribute(name, 4, chunk(5, tensor_body(name, [2], STRING, extra=chunk(6, name) * 2)))
        graph += graph_input(name, [name, 2]) + node(name, [name], [name + mark], name, kinds, name) + \
            initializer(name + b".w", [2], F32, f32(1, -1)) + \
            initializer(name + b".short", [3], F32, f32(1)) + \
            initializer(b"e" + mark, [2], F32, extra=external(("location", name), (name, name))) + \
            graph_output(name + mark, [name]) + \
            chunk(15, chunk(1, tensor_body(name, [1], F32, f32(1))) +
                  chunk(2, tensor_body("", [1], I64, b"\x09" + bytes(7))) + integer(3, 2)) + \
            chunk(10, name)
        extra += metadata(name, name) + opset(1, name) + chunk(2, name) + chunk(3, name) + \
            chunk(4, name) + chunk(6, name) + chunk(25, chunk(1, name) + chunk(10, name) + chunk(
                7, chunk(2, name) + chunk(4, name)))
    return model(graph, extra=extra)


def shows(*texts):
    def check(facts):
        seen = facts.text("overview", "--select=*") + facts.text("tree")
        return [f"nowhere: {text}" for text in texts if text not in seen]
    return check


@row("K01")
def commands(row):
    row.opens("osc.onnx", everywhere("\x1b]52;c;aGVsbG8=\x07", "\x1b]0;title\x07",
                                     "\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\"),
              check=shows(r"\x1b]52;c;aGVsbG8=\x07", r"\x1b]0;title"))
    row.opens("dcs.onnx", everywhere("\x1bP$q\"p\x1b\\", "\x1b_Ga=T;\x1b\\", "\x1b[6n", "\x1bc"),
              check=shows(r"\x1b[6n", r"\x1bc", r"\x1b_G"))
    row.opens("open.onnx", everywhere("\x1b]", "\x1b", "\x1b[", "\x1b#8", "\x1b[2J\x1b[H"))


@row("K02")
def c1(row):
    content = everywhere(b"a\x9b31mb", "a\x9b31mb", b"\x9d0;t\x9c", "\x85\x8d\x9a")
    expected = {"utf8": (r"a\x9b31mb", r"a\u{9b}31mb"), "c": (r"a\x9b31mb",), "latin1": ()}
    row.opens("utf8.onnx", content, check=shows(*expected["utf8"]))
    row.opens("c.onnx", content, environment={"LC_ALL": "C"}, check=shows(*expected["c"]))
    row.opens("latin1.onnx", content, environment=LATIN1)


@row("K03")
def control(row):
    marks = ["n%so" % c for c in "\n\r\t\b\f\v\x7f\x0e\x0f\0\1\x1f"]
    row.opens("control.onnx", everywhere(*marks), check=shows(
        r"n\x0ao", r"n\x0do", r"n\x09o", r"n\x08o", r"n\x7fo", r"n\x0eo", r"n\x00o"))


@row("K04")
def directions(row):
    row.opens("bidi.onnx", everywhere("\u202exnno.live", "a\u2066b\u2069c", "a\u200eb\u200fc\u061cd",
                                      "\u202a\u202b\u202c\u202d", "\u05d0\u05d1 12 \u05d2"),
              check=shows(r"\u{202e}xnno.live", r"a\u{2066}b\u{2069}c", r"\u{200f}"))


@row("K05")
def invisible(row):
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    row.opens("invisible.onnx", everywhere(
        "a\u200bb", family, "\ufeffbom", "soft\u00adhyphen", "heart\u2764\ufe0f",
        "tag\U000e0041\U000e007f", "line\u2028par\u2029", "\u180e\u2060\u2064", "vs\U000e0100",
        "\ue000private\U000f0000", "\ufff9a\ufffab\ufffb"), check=shows(
            r"a\u{200b}b", r"\u{feff}bom", r"soft\u{ad}hyphen", r"\u{fe0f}", r"\u{e0041}",
            r"line\u{2028}par\u{2029}", r"\u{200d}"))


@row("K06")
def combining(row):
    zalgo = "Z" + "\u0301" * 1000

    def check(facts):
        seen = facts.text("tree")
        return [f"{what} is not shown" for what in ("Z\u0301\u0301…+998",) if what not in seen]
    row.opens("zalgo.onnx", everywhere(zalgo, "\u0301start", "Z" + "\u0301" * 3), check=check)


@row("K07")
def wide(row):
    names = ["漢" * n + "x" * (n % 2) for n in (1, 9, 17, 30, 60, 300)] + \
        ["x" + "字" * 40, "😀" * 40, "한글" * 20, "±°×" * 30, "ｆｕｌｌ" * 10]

    def check(facts):
        return [problem for width in (11, 20, 21, 33, 40, 41, 79, 101)
                for problem in facts.has_width(width)]
    row.opens("wide.onnx", everywhere(*names), check=check)


@row("K08")
def broken_utf8(row):
    row.opens("broken.onnx", everywhere(
        b"o\xc0\x80", b"s\xed\xa0\x80", b"m\xf4\x90\x80\x80", b"l\x80", b"t\xe4\xb8", b"f\xff\xfe",
        b"c\xf0\x9f\x98", b"\xe4\xb8A"), check=shows(
            r"o\xc0\x80", r"s\xed\xa0\x80", r"m\xf4\x90\x80\x80", r"l\x80", r"t\xe4\xb8",
            r"\xe4\xb8A"))


@row("K09")
def locales(row):
    content = everywhere("caf\u00e9", "漢字", b"\xff", "plain", "\u0430")
    for name, environment in (("c", {"LC_ALL": "C"}), ("posix", {"LC_ALL": "POSIX"}),
                              ("latin1", LATIN1), ("invalid", {"LC_ALL": "xx_YY.none"}),
                              ("unset", {"LC_ALL": "", "LANG": "", "LC_CTYPE": ""}),
                              ("turkish", {"LC_ALL": "tr_TR.UTF-8"})):
        def check(facts):
            seen = facts.text("overview", "--select=*") + facts.text("tree") + facts.screen()
            return [f"not ASCII: {c!r}" for c in sorted(set(seen)) if ord(c) > 126] + (
                [] if r"caf\u{e9}" in seen else [r"caf\u{e9} is not shown"])
        row.opens(name + ".onnx", content, environment=environment,
                  check=check if name in ("c", "posix", "unset") else None)


@row("K10")
def look_alikes(row):
    cyrillic, latin = "n\u0430me", "name"

    def check(facts):
        found = facts.screen(f"/{cyrillic}<Enter>")
        other = facts.screen(f"/{latin}<Enter>")
        return [] if found != other else ["a search finds the one that only looks like it"]
    row.opens("alike.onnx", model(
        graph_input("x") + node("Relu", ["x"], ["y"], latin) + node("Relu", ["y"], ["z"], cyrillic) +
        node("Relu", ["z"], ["w"], "\uff4e\uff41\uff4d\uff45") + graph_output("w")), check=check)


@row("K11")
def formats(row):
    row.opens("formats.onnx", everywhere("%s%n%x", "%99999999d", "%p%n", "{0}{x}", "%1$n"),
              check=shows("%s%n%x", "%99999999d", "%1$n"))
    row.file("%s%n%x.onnx", integer(1, 8) + b"\x3a\x7f", 5, "%s%n%x.onnx: byte 0x2: ")
    row.case("%n%s", 3, "%n%s: ")


@row("K12")
def megabyte(row):
    long = "m" * (1 << 20)
    content = model(
        graph_input(long) + node("Relu", [long], ["y"], long + "1") + node("Relu", ["y"], ["z"], "b") +
        node(long, ["z"], ["w"], "c", attribute(long, 3, chunk(4, long)), long) +
        initializer(long, [2], F32, f32(1, 2)) + initializer(long + "2", [3], F32, f32(1)) +
        graph_output("w"), extra=metadata(long, long) + chunk(2, long))

    def check(facts):
        problems = []
        for view in ("tree", "overview", "weights", "check", "values", "quant"):
            text = facts.text(view, "--select=*") if view != "tree" else facts.text(view)
            longest = max(map(len, text.split("\n")))
            problems += [f"{view}: a line of {longest} characters"] if longest > 120 else []
        screen = facts.screen("/mmmm<Enter>")
        return problems + [f"{what} lacks a count" for what, text in
                           (("tree", facts.text("tree")), ("search", screen))
                           if "1.0 MiB" not in text and "1,048,57" not in text] + frames(facts)
    row.opens("megabyte.onnx", lambda: content, check=check)
    row.file("message.onnx", model(b"", extra=chunk(7, chunk(1, chunk(3, long) + b"\x07"))), 5)


def frames(facts):
    """Forty moves beside the long names take forty frames: 16 ms each at most."""
    seconds = facts.seconds("<Down><Up>" * 20) - facts.seconds("<Down><Up>")
    return [f"{seconds / 38 * 1000:.1f} ms a frame"] if seconds / 38 > 0.016 else []
