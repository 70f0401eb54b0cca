"""Rows B29 to B35, B41, B42 and L: graphs that are wrong, odd, or very large."""

from onnx_write import *
from row import row


def has_nodes(count):
    return lambda facts: facts.equal("nodes", count)


@row("B29")
def cycles(row):
    def graph(*edges):
        return model(graph_input("x") + b"".join(
            node("Relu", [a], [b], f"n{i}") for i, (a, b) in enumerate(edges)) + graph_output("y"))
    row.opens("circle.onnx", graph(("a", "b"), ("b", "a"), ("a", "y")), ["cycle", "not sorted"],
              check=has_nodes(3))
    row.opens("self.onnx", graph(("y", "y")), "cycle")
    row.opens("order.onnx", graph(("x", "a"), ("x", "c"), ("b", "y"), ("a", "b")),
              'not sorted: node 2 needs "b"', check=lambda facts: [
                  "a cycle" for _ in [0] if facts.has_notice("cycle")])
    row.opens("tail.onnx", graph(("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "y")),
              "cycle")


@row("B30")
def duplicates(row):
    def same(facts):
        names = [n["name"] for n in facts.nodes()]
        return [] if names.count("n") == 2 else [f"nodes {names}"]
    row.opens("nodes.onnx", model(
        graph_input("x") + node("Relu", ["x"], ["y"], "n") + node("Relu", ["x"], ["y"], "n") +
        graph_output("y")), ['node 1 makes "y", which its graph has already',
                             'nodes 0 and 1 have the same name "n"'], check=same)
    row.opens("initializers.onnx", model(
        good() + good() + graph_input("good") + graph_input("x") + graph_input("x")),
        ["good", "x"], check=lambda facts: [] if len(
            [t for t in facts.tensors() if t["name"] == "good"]) == 2 else ["one tensor is lost"])
    row.opens("both.onnx", model(graph_input("good") + good() +
                                 node("Relu", ["good"], ["good"], "n") + graph_output("good")),
              'node 0 makes "good", which its graph has already')
    row.opens("empty.onnx", model(
        graph_input("") + node("", [""], [""], "") + node("", ["", ""], ["", "y"], "") +
        initializer("", [2], F32, f32(1, 2)) + graph_output("")), check=has_nodes(2))
    row.opens("nameless.onnx", integer(1, 8) + opset(13) + chunk(7, chunk(1, b"") * 3),
              check=has_nodes(3))


@row("B31")
def dangling(row):
    row.opens("ends.onnx", model(node("Add", ["a", "b"], ["c"], "n") + graph_output("y")),
              ['"a"', '"b"', '"y"'])
    row.opens("inputs65536.onnx", model(
        graph_input("x") + node("Concat", ["x", *(f"i{n}" for n in range(65535))], ["y"], "n") +
        graph_output("y")), "i0", check=lambda facts: [] if len(
            facts.nodes()[0]["inputs"]) == 65536 else ["inputs are lost"])
    row.opens("outputs65536.onnx", model(
        graph_input("x") + node("Split", ["x"], [f"o{n}" for n in range(65536)], "n") +
        graph_output("o5")))


@row("B32")
def not_utf8(row):
    name = b"x\xff\xfe"
    out = b"y\x1b]0;pwn\x07\x9b31m\xe2\x80\xae"

    def escaped(facts):
        found = facts.nodes()[0]
        return [f"{key}: {found.get(key)!r}" for key, wanted in
                (("inputs", ["x\\xff\\xfe"]), ("inputs_escaped", True))
                if found.get(key) != wanted] + [
            f"output {found['outputs']!r}" for _ in [0]
            if found["outputs"][0].encode().find(b"\\x9b31m") < 0]
    row.opens("names.onnx", model(
        graph_input(name) + node("Relu", [name], [out], b"n\xc3\x28") + graph_output(out)),
        check=escaped)
    row.opens("everywhere.onnx", model(
        graph_input(out, [out]) + node(out, [out], [name], out, domain=out, attributes=attribute(
            out, 3, chunk(4, out)) + attribute(name, 8, chunk(9, out) + chunk(9, name))) +
        initializer(out, [2], F32, f32(1, 2)) + graph_output(name, [name]) + chunk(2, out),
        extra=metadata(out, out) + opset(1, out) + chunk(2, out)))


@row("B33")
def long_names(row):
    long = b"A" * (1 << 20)

    def cut(facts):
        problems = []
        for view in ("overview", "check", "tree"):
            text = facts.text(view, "--size=80x24")
            problems += [f"{view}: a line of {len(line)}" for line in text.split("\n")
                         if len(line) > 400]
        return problems + (["no size beside the cut name"] if "1,048,576 bytes" not in
                           facts.text("overview", "--select=*") else [])
    row.opens("node.onnx", model(graph_input("x") + node("Relu", ["x"], ["y"], long) +
                                 graph_output("y")), check=cut)
    row.opens("type.onnx", model(graph_input("x") + node(long, ["x"], ["y"], "n") +
                                 graph_output("y")), check=cut)
    row.opens("value.onnx", model(graph_input(long) + node("Relu", [long], ["y"], "n") +
                                  graph_output("y")))
    row.opens("tensor.onnx", model(initializer(long, [3], F32, f32(1))), "raw_data 4 bytes")
    row.opens("doc.onnx", lambda: model(
        graph_input("x") + node("Relu", ["x"], ["y"], "n") + graph_output("y") +
        chunk(10, b"d" * 100000000), extra=chunk(6, b"D" * 100000000)))


@row("B34")
def operator_sets(row):
    body = graph_input("x") + node("Relu", ["x"], ["y"], "n") + graph_output("y")
    for name, opsets, words in (
            ("missing", b"", "no operator set"),
            ("zero", opset(0), "version 0"), ("negative", opset(-7), "version -7"),
            ("future", opset(1000000000), "unknown operator set ai.onnx 1000000000"),
            ("two", opset(13) + opset(7), "two versions of operator set ai.onnx: 13 and 7"),
            ("unknown", opset(13) + opset(999, "com.x"), "unknown operator set com.x 999"),
            ("least", opset(-1 << 63), "version -9223372036854775808"),
            ("message", chunk(8, b""), "version 0")):
        row.opens(name + ".onnx", model(body, opsets=opsets), words)
    row.opens("domain.onnx", model(node("F", [], ["y"], "n", domain="com.y")), "com.y")


@row("B35")
def ir_versions(row):
    body = graph_input("x") + node("Relu", ["x"], ["y"], "n") + graph_output("y")
    for version in (0, 14, 99, -1, 1 << 62):
        row.opens(f"ir{version}.onnx", model(body, ir_version=version), f"ir_version {version}")
    # Up to IR 3 every initializer is an input, too.
    row.opens("ir3.onnx", model(graph_input("good") + good() + body, ir_version=3),
              check=lambda facts: facts.equal("notices", []))
    row.opens("ir3rules.onnx", model(good() + body, ir_version=3))
    row.opens("none.onnx", opset(13) + chunk(7, body))


@row("B41")
def kinds(row):
    row.file("text.onnxtxt", b'<ir_version: 8, opset_import: ["" : 13]>\ng (float[2] x) => '
             b"(float[2] y) { y = Relu(x) }\n", 4, "ONNX text format")
    row.file("text.pbtxt", b'ir_version: 8\ngraph {\n  node { op_type: "Relu" }\n}\n', 4,
             "ONNX as protobuf text")
    row.file("text.json", b'{"irVersion": "8", "graph": {}}', 4, "ONNX as JSON text")
    row.file("tensor.pb", tensor_body("t", [2], F32, f32(1, 2)), 4, "ONNX tensor")
    training = chunk(20, chunk(1, node("Constant", [], ["a"], "i")) +
                     chunk(2, node("Relu", ["a"], ["b"], "t") + good("step")))
    row.opens("training.onnx", plain() + training)
    row.opens("functions.onnx", integer(1, 8) + opset(13) + chunk(25, chunk(1, "f") + chunk(
        4, "x") + chunk(5, "y") + chunk(7, chunk(1, "x") + chunk(2, "y") + chunk(4, "Relu"))))


def with_body(inner, outer=b""):
    branch = attribute("then_branch", 5, chunk(6, inner + chunk(2, "then"))) + \
        attribute("else_branch", 5, chunk(6, node("Neg", ["x"], ["e"], "neg") +
                                          graph_output("e") + chunk(2, "else")))
    return model(graph_input("c", [], BOOL) + graph_input("x") + node("Relu", ["x"], ["h"], "relu") +
                 node("If", ["c"], ["y"], "if", branch) + outer + good() + graph_output("y"))


@row("B42")
def scopes(row):
    def no_notice(facts):
        return [f"notices {facts.notices()}"] if facts.notices() else []
    row.opens("capture.onnx", with_body(node("Add", ["h", "good"], ["t"], "add") +
                                        graph_output("t")), check=no_notice)
    row.opens("shadow.onnx", with_body(node("Relu", ["x"], ["h"], "inner") +
                                       node("Neg", ["h"], ["t"], "neg2") + graph_output("t")),
              "shadowed in a subgraph")
    row.opens("unknown.onnx", with_body(node("Add", ["e", "x"], ["t"], "add") + graph_output("t")),
              '"e"')
    row.opens("later.onnx", with_body(node("Add", ["late", "x"], ["t"], "add") + graph_output("t"),
                                      node("Relu", ["x"], ["late"], "late")), "not sorted")


def relus(edges):
    """Nodes of a large graph; faster than node()."""
    parts = []
    for a, b in edges:
        body = b"\x0a%cx%d\x12%cx%d\x22\x04Relu" % (len(str(a)) + 1, a, len(str(b)) + 1, b)
        parts.append(b"\x0a%c%b" % (len(body), body))
    return b"".join(parts)


def chain(count):
    return model(graph_input("x0") + relus((i, i + 1) for i in range(count)) +
                 graph_output(f"x{count}"))


@row("L01")
def long_chain(row):
    row.opens("chain200k.onnx", lambda: chain(200000), memory="b", light=True,
              check=has_nodes(200000))
    row.opens("chain1M.onnx", lambda: chain(1000000), memory="b", seconds=5, heavy=True,
              check=has_nodes(1000000))


def drawn(*words):
    """The view Graph draws boxes, and says so much of them."""
    return lambda facts: [f"the drawing lacks {word!r}: {facts.screen('5')[:400]}"
                          for word in ("boxes in", *words) if word not in facts.screen("5")]


def sums(inputs_of):
    """Sum nodes over values x0, x1, ...: of node i the list inputs_of gives."""
    return b"".join(node("Sum", [f"x{j}" for j in inputs], [f"x{i}"], f"n{i}")
                    for i, inputs in inputs_of)


@row("L02")
def many_inputs(row):
    def fan(count, width):
        return model(graph_input("x0") + sums((i, range(max(0, i - width), i))
                                              for i in range(1, count)) +
                     graph_output(f"x{count - 1}"))
    row.opens("fan200.onnx", lambda: fan(5000, 200), memory="b", light=True, seconds=3,
              check=drawn())


@row("L03")
def bipartite(row):
    def complete(count):
        return model(graph_input("x0") + sums((i, [0]) for i in range(1, count)) +
                     sums((i, range(1, count)) for i in range(count, 2 * count)) +
                     graph_output(f"x{count}"))
    row.opens("complete700.onnx", lambda: complete(700), memory="b", light=True, seconds=3,
              check=drawn())


@row("L06")
def circles(row):
    def graph(count):
        small = ((i, [i - 1 if i % 3 else i + 2]) for i in range(3000))
        return model(sums(small) + sums((i, [i - 1 if i > 3000 else 3000 + count - 1])
                                        for i in range(3000, 3000 + count)) +
                     graph_output("x0"))
    row.opens("circles.onnx", lambda: graph(20000), "cycle", memory="b", light=True, seconds=2,
              check=drawn())


@row("L09")
def wide_node(row):
    def graph(outputs, users):
        return model(graph_input("x") + node("Split", ["x"], [f"o{i}" for i in range(outputs)],
                                             "split") +
                     b"".join(node("Relu", ["o0"], [f"r{i}"], f"relu{i}") for i in range(users)) +
                     graph_output("r0"))
    row.opens("wide.onnx", lambda: graph(65536, 100000), memory="b", light=True, seconds=3,
              check=drawn())


@row("L04")
def few_edges(row):
    row.opens("isolated.onnx", lambda: model(chunk(1, chunk(4, "Relu")) * 100000), memory="b",
              light=True, check=has_nodes(100000))
    row.opens("nothing.onnx", model(b""), check=lambda facts: facts.equal("nodes", 0) + (
        [] if "0 nodes" in facts.screen() else ["the screen does not say that there are no nodes"]))
    row.opens("tensors.onnx", model(b"".join(
        initializer(f"t.{i}.weight", [2], F32, f32(i, -i)) for i in range(300))),
        check=lambda facts: facts.equal("nodes", 0) + facts.equal("initializers", 300))


@row("L05")
def depth(row):
    """The small stack is that of row P03; here it is a chain in the wrong order, too."""
    count = 300000

    def backwards():
        return model(graph_input("x0") + relus((i, i + 1) for i in reversed(range(count))) +
                     graph_output(f"x{count}"))
    row.opens("backwards.onnx", backwards, "not sorted", memory="b", light=True, seconds=2)

    def circle():
        return model(relus((i, (i + 1) % count) for i in range(count)))
    row.opens("circle.onnx", circle, "cycle", memory="b", light=True, seconds=2)


@row("L07")
def deep_names(row):
    deep = "a/" * 10000
    row.opens("slashes.onnx", model(
        graph_input("x") + node("Relu", ["x"], ["m"], deep + "relu") +
        node("Relu", ["m"], ["y"], deep + "again") + graph_output("y") +
        initializer("a." * 10000 + "weight", [2], F32, f32(1, 2))))
    row.opens("many.onnx", lambda: model(graph_input("x") + b"".join(
        node("Relu", ["x"], [f"y{i}"], "a/" * i + "relu") for i in range(0, 1000, 3)) +
        graph_output("y0")))
    row.opens("slash.onnx", model(
        graph_input("x") + node("Relu", ["x"], ["y"], "/" * 5000) +
        node("Relu", ["x"], ["z"], "." * 5000) + node("Relu", ["x"], ["w"], "/a//b/./c/") +
        graph_output("y")))
