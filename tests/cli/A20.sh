# The file is truncated to nothing, then written anew: a notice, and r reads it again.
cp "$DEMO" m.onnx
screen "$mtui" m.onnx
shows block2
: >m.onnx
shows 'is 0 bytes'
cat "$DEMO" >m.onnx
keys r
shows 'block2'
keys 2
shows 'exact'
