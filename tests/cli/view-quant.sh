# The view quant as text.
cp "$DEMO" digits.onnx
"$mtui" --view=quant --select=block2.conv.weight --export=text digits.onnx
