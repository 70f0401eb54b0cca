# The view check as text.
cp "$DEMO" digits.onnx
"$mtui" --view=check --export=text digits.onnx
