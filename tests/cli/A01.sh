# A file that is not there, also beside one that is.
run "$mtui" nope.onnx
refused 3 'mtui: nope.onnx: ' 'No such file or directory'
run "$mtui" --view=model --export=json nope.onnx "$DEMO"
gives 3 'nope.onnx'
has '"graph_name"'
