# A file that may not be read.
cp "$MTUI_PLAIN" m.onnx
cp "$MTUI_PLAIN" mtui
chmod 0 m.onnx
chmod 755 mtui
run as_user ./mtui m.onnx
refused 3 'Permission denied'
