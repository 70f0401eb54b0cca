# Every prefix of a small good file.
need python3
python3 "$CLI/model.py" small small.onnx
size=$(wc -c <small.onnx)
i=1
while [ $i -lt "$size" ]; do
	head -c $i small.onnx >p$i.onnx
	i=$((i + 1))
done
run "$mtui" --view=model --export=json p*.onnx
case $status in
0 | 4 | 5) ;;
*) fail "status $status" ;;
esac
if grep -vE '^mtui: p[0-9]+\.onnx: ' err; then fail 'not a message'; fi
python3 -c 'import json, sys; json.load(open("out"))'
run "$mtui" small.onnx
good
