"""Real files: models of other formats are named for what they are, and all ONNX models open.

They lie in $MTUI_SHARED/data and in the package libonnx-testdata; where they are absent the tests
skip."""

import os
import pathlib
import subprocess

import oracles
import program

# Words of which one must stand in the message, by the folder that a file lies in.
KINDS = {
    "csv_json": ("text", "JSON"), "gguf": ("GGUF", "zip archive"), "keras": ("HDF5", "zip archive"),
    "npy": ("NumPy", "zip archive"), "safetensors": ("safetensors", "JSON"),
    "tfevents": ("TensorBoard event file", "git-LFS pointer"), "tflite": ("TensorFlow Lite",),
    "torch": ("zip archive", "pickle", "git-LFS pointer"),
    "wandb": ("Weights & Biases", "JSON"),
}
# Training logs open, but not as models.
LOGS = ("csv_json", "npy", "tfevents", "wandb")
BATCH = 150


def shared_data():
    data = pathlib.Path(os.environ.get("MTUI_SHARED", program.TOP.parent / "shared")) / "data"
    return data if data.is_dir() else None


def other_formats():
    data = shared_data()
    if not data:
        return None
    problems = []
    for folder, kinds in KINDS.items():
        files = sorted(path for path in (data / folder).rglob("*")
                       if path.is_file() and path.suffix != ".md")
        if not files:
            problems.append(f"{folder}: no files")
        for path in files:
            name = path.name
            done = program.run(["--view=model", "--export=json", "--", name], path.parent)
            if b"needs a model" in done.err and folder in LOGS:
                problems += oracles.run_problems(done, (2,))
                continue
            found = oracles.run_problems(done, (4,)) or \
                oracles.message_problems(done.err, name, done.status)
            if not any(kind in done.err.decode("utf-8", "replace") for kind in kinds):
                found.append(f"not named: {done.err!r}")
            problems += [f"{folder}/{name}: {problem}" for problem in found]
    return problems


def package_models():
    try:
        listed = subprocess.run(["dpkg", "-L", "libonnx-testdata"], capture_output=True, text=True,
                                check=False)
    except OSError:
        return []
    return sorted(path for path in listed.stdout.split("\n") if path.endswith(".onnx"))


def shared_models():
    data = shared_data()
    # One of them is a text that only has the name of a model.
    return sorted(str(path) for folder in ("onnx", "onnx_external")
                  for path in (data / folder).rglob("*.onnx")
                  if "corrupt-model" not in path.name) if data else []


def all_open(models):
    if not models:
        return None
    problems = []
    for arguments in (["--view=tensors", "--export=json"], ["--view=check", "--export=text"],
                      ["--size=80x24", "--keys=*2<Down><Down>37<End>1"]):
        for begin in range(0, len(models), BATCH):
            batch = models[begin:begin + BATCH]
            done = program.run([*arguments, "--", *batch], "/", limit=600)
            found = oracles.run_problems(done, (0,))
            if done.err and not found:
                found = [f"on standard error: {done.err[:300]!r}"]
            if "--export=json" in arguments and not found and \
                    len(oracles.strict_json(done.out)) != len(batch):
                found = ["objects are missing"]
            bad = oracles.bad_text(done.out)
            problems += [f"{' '.join(arguments)}: {problem}" for problem in
                         found + ([bad] if bad else [])]
    return problems


TESTS = {
    "real-formats": (other_formats, "no $MTUI_SHARED/data"),
    "real-models": (lambda: all_open(shared_models()), "no $MTUI_SHARED/data"),
    "real-testdata": (lambda: all_open(package_models()), "libonnx-testdata is not installed"),
}


def check(name):
    """Problems, or the reason why there is nothing to test."""
    test, absent = TESTS[name]
    problems = test()
    return (None, absent) if problems is None else (problems, "")
