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
[ "$(names --select=/head/fc2/Gemm)" = 'head.fc2.weight head.fc2.bias' ] || fail "by a node's name"
run "$mtui" --view=weights --export=text --select='*fc1.*' "$DEMO"
good
has head.fc1.weight
has head.fc1.bias
run "$mtui" --select='nothing*' --export=json "$DEMO"
refused 2 "'nothing*'"

# What does not depend on the selection is printed once.
for view in tree check; do
	run "$mtui" --view=$view --export=text "$DEMO"
	mv out whole
	run "$mtui" --view=$view --export=text --select='*fc1*' "$DEMO"
	good
	cmp -s whole out || fail "$view"
done

# The overview of a selection is what it is made of; two tables have an empty line between them.
run "$mtui" --view=overview --export=json --select='*fc1' "$DEMO"
good
has '"op_type": "Gemm"'
has '"name": "head.fc1.bias"'
run "$mtui" --view=overview --export=csv --select='*fc1' "$DEMO"
good
[ "$(tr -d '\r' <out | grep -c '^$')" = 1 ] || fail 'no empty line between the tables'
