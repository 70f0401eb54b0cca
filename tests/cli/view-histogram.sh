# The view histogram as text, JSON and CSV; --bins, --range, --log.
cp "$DEMO" digits.onnx
"$mtui" --view=histogram --select=head.fc2.weight --export=text digits.onnx
"$mtui" --view=histogram --select=head.fc2.weight --bins=8 --log --export=json digits.onnx
"$mtui" --view=histogram --select=head.fc2.weight --bins=5 --range=-.5,5e-1 --export=csv digits.onnx
"$mtui" --view=histogram --select=string --select=u4 --bins=2 --export=json \
	"$TOP/tests/screens/models/dtypes.onnx" | grep -v '"file"'
for option in --bins=0 --bins=65537 --bins=x --range=1 --range=2,1 --range=0,inf --range=nan,1 \
	--range=0,1x --range=, --range=0,; do
	run "$mtui" --view=histogram $option --export=json digits.onnx
	refused 2 "${option%%=*}: found '${option#*=}'"
done
run "$mtui" --view=weights --bins=5 --export=json digits.onnx
refused 2 'need --view=histogram'
"$mtui" --view=histogram --against=head.fc1.weight --bins=40 --select=block2.conv.weight --export=text digits.onnx
"$mtui" --view=histogram --against=head.fc1.weight --bins=4 --select=block2.conv.weight --export=json digits.onnx
"$mtui" --view=histogram --against=head.fc1.weight --bins=4 --range=-0.5,0.5 --select=block2.conv.weight --export=csv digits.onnx
"$mtui" --view=histogram --against=nothing digits.onnx 2>&1 && exit 1
exit 0
