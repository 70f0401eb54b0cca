# No free descriptor: the closed standard input leaves one to the loader, which the program then
# gives back to standard input.
cp "$DEMO" m.onnx
status=0
(exec <&- && ulimit -n 3 && exec "$MTUI_PLAIN" m.onnx) >out 2>err || status=$?
refused 3 'Too many open files'
# A few are enough for some of what a program needs; it says so, or it works.
refusals=0
for most in 4 5 6 7 8; do
	rm -f x.json
	status=0
	(ulimit -n $most && exec "$MTUI_PLAIN" --view=tensors -o x.json m.onnx) >out 2>err || status=$?
	case $status in
	0)
		good
		[ -s x.json ] || fail 'nothing written'
		;;
	3 | 8)
		refused $status 'Too many open files'
		[ ! -e x.json ] || fail 'half a file'
		refusals=$((refusals + 1))
		;;
	*) fail "status $status with $most descriptors" ;;
	esac
done
[ $refusals -gt 0 ] || fail 'never refused'
good
