# The view values as text.
cp "$DEMO" digits.onnx
"$mtui" --view=values --select=block2.conv.weight --export=text digits.onnx
