# Several files: one array, one heading each; a file that fails has a message and no element.
need python3
cp "$DEMO" a.onnx
cp "$DEMO" b.onnx
echo nonsense >bad.onnx
json() {
	python3 -c 'import json, sys; d = json.load(open("out")); print(type(d).__name__, len(d), *[e["file"] for e in d if isinstance(e, dict)])'
}
run "$mtui" --view=model --export=json a.onnx b.onnx
good
[ "$(json)" = 'list 2 a.onnx b.onnx' ] || fail "$(json)"
run "$mtui" --view=model --export=json nope.onnx a.onnx bad.onnx b.onnx
gives 3 'mtui: nope.onnx: ' 'mtui: bad.onnx: '
[ "$(json)" = 'list 2 a.onnx b.onnx' ] || fail "$(json)"
run "$mtui" --view=model --export=json a.onnx bad.onnx
gives 4 'mtui: bad.onnx: '
[ "$(json)" = 'list 1 a.onnx' ] || fail "$(json)"
run "$mtui" --view=tensors --export=json bad.onnx nope.onnx
gives 4
[ "$(json)" = 'list 0' ] || fail "$(json)"
run "$mtui" --view=model --export=json bad.onnx
refused 4
run "$mtui" --export=text a.onnx bad.onnx b.onnx
gives 4
has '==> a.onnx <=='
has '==> b.onnx <=='
lacks '==> bad.onnx <=='
run "$mtui" --export=json -o all.json bad.onnx nope.onnx
gives 4
[ ! -e all.json ] || fail 'an export of nothing'
run "$mtui" --export=json -o all.json bad.onnx a.onnx
gives 4
cp all.json out
[ "$(json)" = 'list 1 a.onnx' ] || fail "$(json)"
