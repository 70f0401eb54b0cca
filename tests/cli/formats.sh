# The name of -o chooses the format; --export wins over it.
cp "$DEMO" m.onnx
run "$mtui" --view=tensors -o a.json m.onnx
good
[ "$(head -c 1 a.json)" = '{' ] || fail 'a.json'
run "$mtui" --view=tensors -o a.csv m.onnx
good
[ "$(head -c 5 a.csv)" = name, ] || fail 'a.csv'
run "$mtui" -o a.md m.onnx
good
[ "$(head -c 3 a.md)" = '## ' ] || fail 'a.md'
run "$mtui" --export=markdown -o b.json m.onnx
good
cmp a.md b.json
run "$mtui" -o a.txt m.onnx
good
run "$mtui" m.onnx
good
cmp out a.txt
run "$mtui" -o - m.onnx
good
cmp out a.txt
