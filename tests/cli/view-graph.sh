# The view graph as text, DOT, Mermaid, JSON and CSV.
cp "$DEMO" digits.onnx
"$mtui" --view=graph --libonnx=off digits.onnx --export=text
"$mtui" --view=graph --libonnx=off --select=block2 --glyphs=ascii --export=text digits.onnx
"$mtui" --view=graph --libonnx=off --select=fc1 --hops=1 --export=text digits.onnx
"$mtui" --view=graph --libonnx=off --select=block2 --export=dot digits.onnx
"$mtui" --view=graph --libonnx=off --select=Add --hops=1 --export=mermaid digits.onnx
"$mtui" --view=graph --libonnx=off --select=head --export=json digits.onnx
"$mtui" --view=graph --libonnx=off --select=head --export=csv digits.onnx
run "$mtui" --view=stats --export=dot digits.onnx
refused 2 'dot and mermaid need --view=graph'
run "$mtui" --view=graph --hops=6 --export=text digits.onnx
refused 2 '1 to 5'
run "$mtui" --view=stats --hops=2 --export=json digits.onnx
refused 2 '--hops needs --view=graph'
