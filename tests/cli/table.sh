# Reports of one tensor.
cp "$DEMO" digits.onnx
"$mtui" --view=tensors --select=head.fc2.bias --export=json digits.onnx
"$mtui" --view=nodes --export=csv digits.onnx
"$mtui" --view=values --select=head.fc2.bias --export=csv digits.onnx
