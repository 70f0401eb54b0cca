# The summary of a model, as text and as JSON.
cp "$DEMO" digits.onnx
"$mtui" digits.onnx
"$mtui" --view=model --export=json digits.onnx
