# --select by name, by path, by layer; more than one; none.
names() {
	run "$mtui" --export=json "$@" "$DEMO"
	good
	python3 -c 'import json; print(*[t["name"] for t in json.load(open("out"))["tensors"]])'
}
need python3
[ "$(names --select=head.fc1.weight)" = head.fc1.weight ] || fail 'by name'
[ "$(names --select='*fc1.*' --select='head.fc2.b*')" = 'head.fc1.weight head.fc1.bias head.fc2.bias' ] ||
	fail 'by patterns'
[ "$(names --select=block1)" = 'block1.conv.weight block1.norm.weight block1.norm.bias block1.norm.running_mean block1.norm.running_var' ] ||
	fail "by layer: $(names --select=block1)"
run "$mtui" --view=weights --export=text --select='*fc1.*' "$DEMO"
good
has head.fc1.weight
has head.fc1.bias
run "$mtui" --select='nothing*' --export=json "$DEMO"
refused 2 "'nothing*'"
