# The file is deleted: it stays on the screen from its descriptor.
cp "$DEMO" m.onnx
screen "$mtui" --view=weights --select=block2.conv.weight m.onnx
shows block2
rm m.onnx
shows 'deleted'
keys 6
shows 'block2.conv.weight'
