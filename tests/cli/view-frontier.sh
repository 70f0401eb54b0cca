# The view frontier: all settings, of the model and of a tensor; charts and table for people.
cp "$DEMO" digits.onnx
"$mtui" --view=frontier --glyphs=ascii --export=text digits.onnx
"$mtui" --view=frontier --export=csv --select=head.fc1.weight digits.onnx | cut -d, -f1-5,9
"$mtui" --view=frontier --export=json digits.onnx | grep -c sqnr_db
