# The whole screen after some keys.
cp "$DEMO" digits.onnx
"$mtui" --size=120x30 --keys='/fc1<Enter>2' digits.onnx
