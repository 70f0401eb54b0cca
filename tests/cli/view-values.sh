# The view values as text.
cp "$DEMO" digits.onnx
"$mtui" --view=values --select=head.fc2.bias --export=text digits.onnx
