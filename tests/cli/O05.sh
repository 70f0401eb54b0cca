# Killed during an export: the old file or all of the new one, nothing beside it.
need python3
python3 "$CLI/model.py" wide wide.onnx
"$MTUI_PLAIN" --view=nodes --export=json -o whole wide.onnx
for delay in 0.001 0.002 0.004 0.006 0.008 0.010 0.012 0.015 0.020 0.025 0.030 0.040; do
	rm -f new
	timeout -s KILL $delay "$MTUI_PLAIN" --view=nodes --export=json -o new wide.onnx >/dev/null \
		2>&1 || true
	[ ! -e new ] || cmp new whole
done
[ "$(ls -A | tr '\n' ' ')" = 'new whole wide.onnx ' ] ||
	[ "$(ls -A | tr '\n' ' ')" = 'whole wide.onnx ' ] || fail "left: $(ls -A)"
