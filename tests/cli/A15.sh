# The content counts, not the name.
cp "$DEMO" model.gguf
run "$mtui" --view=model --export=json model.gguf
good
has '"format": "onnx"'
printf 'GGUF\003\000\000\000\000\000\000\000\000\000\000\000' >gguf.onnx
run "$mtui" gguf.onnx
refused 4 GGUF
printf '\377\330\377\340\000\020JFIF\000\001' >jpeg.npy
run "$mtui" jpeg.npy
refused 4
