# Names with escapes, newlines, bytes that are not UTF-8, 255 bytes, a leading dash.
esc=$(printf '\033]0;x\007')
for name in "$esc" "$(printf 'a\nb')" "$(printf 'c1\233x')" "$(printf 'bad\377')" \
	"$(printf '%0255d' 0)"; do
	run "$mtui" "$name"
	refused 3
	cp "$DEMO" "$name"
	for format in text markdown json csv; do
		run "$mtui" --export=$format "$name"
		good
		if LC_ALL=C grep -q "$(printf '\033')" out; then fail "an escape in $format"; fi
	done
done
cp "$DEMO" -- -dash.onnx
run "$mtui" -- -dash.onnx
good
run "$mtui" -dash.onnx
refused 2 "'-dash.onnx'"
