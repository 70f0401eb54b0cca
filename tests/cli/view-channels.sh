# The view channels as text, JSON and CSV; --axis.
cp "$DEMO" digits.onnx
"$mtui" --view=channels --select=head.fc2.weight --export=text digits.onnx
"$mtui" --view=channels --select=head.fc2.weight --axis=1 --export=csv digits.onnx | head -n 4
"$mtui" --view=channels --select=block1.conv.weight --export=json digits.onnx | tr '{' '\n' | head -n 6
run "$mtui" --view=channels --axis=2 --select=head.fc2.weight --export=text digits.onnx
refused 2 'no such axis: the tensor has 0 to 1'
run "$mtui" --view=channels --axis=2 --select=head.fc2.weight --export=json digits.onnx
good
has '"problem": "no axis 2 (the tensor has 2)"'
run "$mtui" --axis=1 --export=json digits.onnx
refused 2 '--axis needs --view=channels'
run "$mtui" --view=channels --axis=1 --size=80x24 digits.onnx
refused 2 '--axis needs --view=channels'
