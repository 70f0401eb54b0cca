# Another file takes its name: the old one stays on the screen, and a notice.
cp "$DEMO" m.onnx
cp "$DEMO" other.onnx
screen "$mtui" m.onnx
shows block2
mv other.onnx m.onnx
shows 'replaced'
shows block2
