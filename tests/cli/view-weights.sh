# The view weights as text.
cp "$DEMO" digits.onnx
"$mtui" --view=weights --select=block2.conv.weight --export=text digits.onnx
