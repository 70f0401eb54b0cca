# What is quantized already on the screen, with and without the original.
models="$TOP/tests/screens/models"
cp "$models/quantized.onnx" "$models/float.onnx" .
"$mtui" --against=float.onnx --size=100x24 --glyphs=ascii --export=text quantized.onnx | grep -v "1 Overview"
"$mtui" --against=float.onnx --size=80x24 --keys=':goto dense.weight_quantized<Enter>' \
	--glyphs=ascii --export=text quantized.onnx | grep -v "1 Overview"
"$mtui" --against=float.onnx --export=text quantized.onnx
"$mtui" --against=float.onnx --export=json quantized.onnx | grep -v '"file"'
run "$mtui" --against=absent.onnx quantized.onnx
refused 3 'absent.onnx'
