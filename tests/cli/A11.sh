# A symbolic link to a good file.
cp "$DEMO" real.onnx
ln -s real.onnx link.onnx
run "$mtui" link.onnx
good
run "$mtui" --size=100x30 link.onnx
good
has link.onnx
has real.onnx
