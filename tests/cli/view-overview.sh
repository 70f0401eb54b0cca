# The view overview as text.
cp "$DEMO" digits.onnx
"$mtui" --view=overview --select=block2.conv.weight --export=text digits.onnx
