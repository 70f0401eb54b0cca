# Names typed for an export are taken literally.
mkdir sub
cp "$DEMO" m.onnx
run "$mtui" --size=100x30 --keys=':export a b.txt<Enter>' m.onnx
good
[ -s 'a b.txt' ] || fail 'not written'
run "$mtui" --size=100x30 --keys=':export $(touch x);~.json<Enter>' m.onnx
good
[ ! -e x ] || fail 'a shell has seen it'
run "$mtui" --size=100x30 --keys=':export sub/<Enter>' m.onnx
good
has 'is a directory'
run "$mtui" --size=100x30 --keys=':export missing/a.txt<Enter>' m.onnx
good
has 'No such file or directory'
run "$mtui" --size=100x30 --keys=':export m.onnx<Enter>' m.onnx
good
has 'exists'
cmp m.onnx "$DEMO"
