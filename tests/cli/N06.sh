# Without a terminal: text without escapes, whatever of the standard descriptors is closed.
cp "$DEMO" m.onnx
run "$mtui" m.onnx
good
cp out summary
lacks "$(printf '\033')"
for closed in '<&-' '2>&-' '<&- 2>&-'; do
	status=0
	eval "\"\$mtui\" m.onnx >out 2>err $closed" || status=$?
	[ $status = 0 ] || fail "$closed: status $status"
	cmp out summary
done
status=0
"$mtui" m.onnx >&- 2>err || status=$?
[ $status = 0 ] || [ $status = 8 ] || fail "status $status without standard output"
status=0
"$mtui" nope.onnx <&- >&- 2>&- || status=$?
[ $status = 3 ] || fail "status $status with nothing open"
cmp m.onnx "$DEMO"
