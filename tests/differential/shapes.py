"""Shape inference against what the files declare and what libonnx infers."""

import json
import os
import pathlib
import subprocess
import tempfile
import warnings

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PRINT_SHAPES = TOP / "build/differential/print_shapes"
KINDS = {"tensor_type": 1, "sparse_tensor_type": 2, "sequence_type": 3, "map_type": 4,
         "optional_type": 5}
# Where libonnx 1.12 is not the measure: it takes an operator of another domain, or of a declared
# operator set older than bfloat16, for the one it knows, and drops optionals in a Loop.
EXCEPT = {"onnxruntime-qnn__custom_ops_type_inference_fails_0", "onnxruntime-qnn__dup_qdq_bfloat16",
          "test_loop16_seq_none"}


def strip(onnx, paths, folder):
    """Copies without the types of anything but inputs. [(original, copy)]"""
    made = []
    for number, path in enumerate(paths):
        try:
            model = onnx.load(str(path), load_external_data=False)
        except Exception:
            continue
        del model.graph.value_info[:]
        for output in model.graph.output:
            output.ClearField("type")
        name = path.parent.name if path.name == "model.onnx" else path.stem
        copy = pathlib.Path(folder) / f"{number:04}_{name}.onnx"
        onnx.save(model, str(copy))
        made.append((path, copy))
    return made


def run(paths):
    """{path: object}"""
    out = subprocess.run([PRINT_SHAPES, *map(str, paths)], stdout=subprocess.PIPE, check=True)
    objects = [json.loads(line, strict=False) for line in out.stdout.splitlines()]
    return {one["path"]: one for one in objects}


def facts(infos):
    found = {}
    for info in infos:
        kind = info.type.WhichOneof("value")
        if not kind:
            continue
        dims, dtype = None, 0
        if kind == "tensor_type":
            tensor = info.type.tensor_type
            dtype = tensor.elem_type
            if tensor.HasField("shape"):
                dims = [d.dim_value if d.HasField("dim_value") else d.dim_param
                        for d in tensor.shape.dim]
        found[info.name] = (KINDS.get(kind, 6), dtype, dims)
    return found


def differs(theirs, ours):
    """What both know must be the same."""
    kind, dtype, dims = theirs
    if kind != ours["kind"]:
        return "kind"
    if dtype and ours["dtype"] and dtype != ours["dtype"]:
        return "element type"
    if dims is None or ours["dims"] is None:
        return None
    if len(dims) != len(ours["dims"]):
        return "rank"
    for a, b in zip(dims, ours["dims"]):
        if isinstance(a, int) and isinstance(b, int) and a != b:
            return "dimension"
    return None


def libonnx(onnx, path):
    """Facts by libonnx, in a process of its own: some models end it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            model = onnx.shape_inference.infer_shapes(onnx.load(str(path)), data_prop=True)
            graph = model.graph
            with os.fdopen(write, "w") as pipe:
                json.dump(facts([*graph.input, *graph.value_info, *graph.output]), pipe)
            status = 0
        except BaseException:
            pass
        os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {}


def compare(diff, onnx, folder, paths):
    """Number of values compared with (the files, libonnx)."""
    pairs = strip(onnx, paths, folder)
    ours = run([copy for _, copy in pairs])
    declared = inferred = 0
    for original, copy in pairs:
        if str(copy) not in ours or copy.stem[5:] in EXCEPT:
            continue
        values = ours[str(copy)]["values"]
        graph = onnx.load(str(original), load_external_data=False).graph
        for name, theirs in facts([*graph.output, *graph.value_info]).items():
            if name in values:
                declared += 1
                what = differs(theirs, values[name])
                diff.check(original, f"{name}: {what} {values[name]}", what is None, True)
        for name, theirs in libonnx(onnx, copy).items():
            if name in values and values[name]["kind"] != 2:
                inferred += 1
                what = differs(theirs, values[name])
                diff.check(original, f"{name}: {what} {values[name]} libonnx {theirs}",
                           what is None, True)
    return declared, inferred


def check_coverage(diff, what, paths):
    """Operators with a rule make up at least 99 % of the nodes of models that people use."""
    found = run(paths).values()
    nodes = sum(one["nodes"] for one in found)
    without = sum(one["without_rule"] for one in found)
    share = 100 * (1 - without / nodes) if nodes else 0
    print(f"shapes: {what}: rules for {nodes - without:,} of {nodes:,} nodes, {share:.2f} %")
    diff.check(what, "share of nodes with a rule", share >= 99, True)


def test_shapes(onnx, differences, testdata, shared):
    if not onnx or not testdata.is_dir():
        print("skip shapes: python3-onnx or libonnx-testdata is not installed")
        return True
    if not PRINT_SHAPES.exists():
        print(f"FAIL shapes: no {PRINT_SHAPES}")
        return False
    import onnx.shape_inference
    warnings.simplefilter("ignore")
    paths = sorted(testdata.rglob("*.onnx")) + sorted((shared / "data/onnx").glob("*.onnx"))
    diff = differences()
    with tempfile.TemporaryDirectory() as folder:
        declared, inferred = compare(diff, onnx, folder, paths)
    real = sorted((shared / "data/onnx").glob("*.onnx"))
    if real:
        check_coverage(diff, "models of public projects", real)
        check_coverage(diff, "those and libonnx-testdata", paths)
    # Enough of them to mean something: 1,182 and 4,560 values with libonnx-testdata 1.12 alone.
    diff.check("all models", "values compared", declared > 800 and inferred > 3000, True)
    return diff.report("shapes", len(paths))
