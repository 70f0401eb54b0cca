# An empty file, whatever it is called.
for name in e e.onnx e.gguf e.safetensors e.txt; do
	: >$name
	run "$mtui" $name
	refused 5 'file is empty'
done
