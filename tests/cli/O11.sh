# The mode follows the umask; the temporary file, where there is one, is nobody else's.
cp "$DEMO" m.onnx
for fault in '' FAULT_TMPFILE=1; do
	for pair in 000:666 022:644 077:600; do
		rm -f new.txt
		(umask ${pair%:*} && env $fault ${fault:+LD_PRELOAD=$FAULTS} "$MTUI_PLAIN" -o new.txt m.onnx)
		[ "$(stat -c %a new.txt)" = ${pair#*:} ] || fail "mode $(stat -c %a new.txt)"
	done
done
need strace
strace -E FAULT_TMPFILE=1 -E LD_PRELOAD="$FAULTS" -f -o trace -e trace=openat "$MTUI_PLAIN" \
	-o other.txt m.onnx || skip 'strace cannot trace here'
grep -q '\.mtui-[a-z0-9]*", .*O_EXCL.*0600' trace || fail 'not a private temporary file'
