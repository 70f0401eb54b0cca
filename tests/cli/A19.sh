# The file shrinks while it is shown: a notice, no death.
cp "$DEMO" m.onnx
screen "$mtui" --select=block2.conv.weight --view=weights m.onnx
shows block2.conv.weight
truncate -s 30000 m.onnx
shows 'was 68442 bytes, is 30000 bytes'
keys 3 6 7 2 Up Down
shows 'press r'
keys r
shows m.onnx
