"""Training logs against facts computed elsewhere, and tables and JSON against Python's readers."""

import csv
import json
import math
import subprocess


def export(mtui, path):
    run = subprocess.run([mtui, "--view=curves", "--export=json", path], capture_output=True)
    return json.loads(run.stdout)["runs"][0] if run.stdout else None


def number(value):
    return float(value) if isinstance(value, str) else value


def plain(values):
    """NaN equals NaN here."""
    return ["nan" if math.isnan(number(v)) else number(v) for v in values]


def check_events(diff, name, facts, run):
    tags = {tag["tag"]: tag for tag in run["tags"]}
    histograms = {tag["tag"]: tag["steps"] for tag in run["histograms"]}
    media = {}
    for item in run["media"]:
        media.setdefault(item["tag"], []).append(item)
    diff.check(name, "records", run["files"][0]["records"], facts["records"])
    for tag, want in facts["tags"].items():
        where = f"{name} {tag}"
        if want["kind"] == "simple_value" or want["plugin"] == "scalars":
            found = tags.get(tag, {"steps": None, "values": []})
            diff.check(where, "steps", found["steps"], want["steps"])
            diff.check(where, "values", plain(found["values"]), plain(want["values"]))
        elif want["kind"] == "histo" or want["plugin"] == "histograms":
            steps = histograms.get(tag, [])
            diff.check(where, "steps", [step["step"] for step in steps], want["steps"])
            for step, value in zip(steps, want["values"]):
                diff.check(where, "buckets", len(step["counts"]), value["buckets"])
                for key in ("min", "max", "num", "sum", "sum_squares"):
                    if key in value:
                        diff.check(where, key, step[key], value[key])
                if "left" in value:
                    diff.check(where, "left", step["left"][0], value["left"])
                    diff.check(where, "right", step["right"][-1], value["right"])
        elif want["kind"]:
            found = media.get(tag, [])
            diff.check(where, "steps", [item["step"] for item in found], want["steps"])
            for item, value in zip(found, want["values"]):
                if want["kind"] == "image":
                    diff.check(where, "image", (item["width"], item["height"], item["bytes"]),
                               (value["w"], value["h"], value["bytes"]))


def check_wandb(diff, name, facts, run):
    tags = {tag["tag"]: tag for tag in run["tags"]}
    diff.check(name, "records", run["files"][0]["records"], facts["records"])
    diff.check(name, "exit code", run.get("exit_code"), facts.get("exit_code"))
    for key in ("run_id", "project", "display_name"):
        diff.check(name, key, run["info"].get(key, ""), facts[key])
    for tag, want in facts["history"].items():
        values = plain(tags[tag]["values"]) if tag in tags else []
        diff.check(f"{name} {tag}", "count", len(values), want["n"])
        diff.check(f"{name} {tag}", "first", values[:len(want["first"])], plain(want["first"]))
        diff.check(f"{name} {tag}", "last", values[-len(want["last"]):], plain(want["last"]))
    diff.check(name, "tags", sorted(tag for tag in tags if tags[tag]["role"] != "system"),
               sorted(facts["history"]))


def cell(text):
    """A cell as mtui's manual reads it: a single comma is decimal."""
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 else text)
    except ValueError:
        return None


def check_table(diff, path, run):
    with open(path, newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    tags = {tag["tag"]: tag for tag in run["tags"]}
    for column, tag in enumerate(rows[0]):
        values = [cell(row[column]) for row in rows[1:] if row]
        values = plain([value for value in values if value is not None])
        diff.check(f"{path.name} {tag}", "values", plain(tags[tag]["values"]) if tag in tags else [],
                   values)


def check_trainer(diff, path, run):
    history = json.loads(path.read_text())["log_history"]
    tags = {tag["tag"]: tag for tag in run["tags"]}
    for key in sorted({key for row in history for key in row}):
        rows = [row for row in history if isinstance(row.get(key), (int, float))]
        diff.check(f"{path.name} {key}", "steps", tags[key]["steps"], [row["step"] for row in rows])
        diff.check(f"{path.name} {key}", "values", plain(tags[key]["values"]),
                   plain([row[key] for row in rows]))


def test_logs(differences, mtui, shared):
    data = shared / "data"
    if not (data / "expected/tfevents.json").exists():
        print(f"skip logs: no {data}")
        return True
    diff, count = differences(), 0
    for expected, check in (("tfevents.json", check_events), ("wandb.json", check_wandb)):
        for name, facts in json.loads((data / "expected" / expected).read_text()).items():
            run = export(mtui, data / name)
            count += 1
            if run:
                check(diff, name, facts, run)
            else:
                diff.check(name, "opens", False, True)
    for path in sorted((data / "csv_json").iterdir()):
        run = export(mtui, path)
        count += 1
        if path.suffix == ".csv":
            check_table(diff, path, run)
        elif path.name.endswith("trainer_state.json"):
            check_trainer(diff, path, run)
    return diff.report("logs", count)
