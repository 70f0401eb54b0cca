# Names that a spreadsheet would run, quotes and newlines in CSV.
need python3
python3 "$CLI/model.py" hostile hostile.onnx
for view in tensors nodes model weights values check tree quant; do
	run "$mtui" --view=$view --export=csv hostile.onnx
	good
	python3 - <<'PYTHON'
import csv
rows = list(csv.reader(open("out", newline=""), strict=True))
assert len({len(row) for row in rows}) == 1, "rows of different lengths"
for row in rows[1:]:
    for cell in row:
        try:
            float(cell)
            continue
        except ValueError:
            pass
        assert not cell or cell[0] not in "=+-@\t\r", cell
        assert not any(ord(c) < 32 or ord(c) == 127 for c in cell), cell
PYTHON
done
