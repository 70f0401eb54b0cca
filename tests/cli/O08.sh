# Hostile names in JSON, Markdown and text.
need python3
python3 "$CLI/model.py" hostile hostile.onnx
cp hostile.onnx '<script>`*a*`.onnx'
for view in tensors nodes model weights values check tree quant overview; do
	run "$mtui" --view=$view --export=json hostile.onnx
	good
	python3 - <<'PYTHON'
import json
def refuse(word):
    raise ValueError(word)
def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), "a key twice"
    return dict(pairs)
data = open("out", "rb").read()
json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique)
assert b"\x1b" not in data
PYTHON
	case $view in tensors | nodes | model) continue ;; esac
	run "$mtui" --view=$view --export=markdown '<script>`*a*`.onnx'
	good
	python3 - <<'PYTHON'
lines = open("out", encoding="utf-8").read().split("\n")
assert lines[0] == r"## &lt;script&gt;\`\*a\*\`.onnx" or \
    lines[0] == r"## &lt;script\>\`\*a\*\`.onnx", lines[0]
fences = [i for i, line in enumerate(lines) if line.startswith("```")]
assert len(fences) == 2 or min(len(lines[i]) for i in (fences[0], fences[-1])) > 3, fences
opening = lines[fences[0]].removesuffix("text")
assert lines[fences[-1]] == opening
assert not any(opening in line for line in lines[fences[0] + 1:fences[-1]])
assert not any(ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c == "\u202e" for l in lines for c in l)
PYTHON
done
