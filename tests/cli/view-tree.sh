# The view tree as text.
cp "$DEMO" digits.onnx
"$mtui" --view=tree --export=text digits.onnx
