# The view stats as text, JSON and CSV: numbers, no numbers, NaN.
cp "$DEMO" digits.onnx
"$mtui" --view=stats --export=text digits.onnx
"$mtui" --view=stats --export=json --select=i4 --select=string "$TOP/tests/screens/models/dtypes.onnx" |
	grep -v '"file"'
"$mtui" --view=stats --export=csv --select=i64 --select=string "$TOP/tests/screens/models/dtypes.onnx"
"$mtui" --view=stats --export=csv --select='*layers.3*v_proj.weight' "$TOP/tests/screens/models/blocks.onnx"
"$mtui" --view=stats --export=json --select=block2.conv.weight digits.onnx | sed 's/.*"initialisation"/"initialisation"/'
