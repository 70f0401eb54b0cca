# The disk is full at each call in turn: the old file stays, nothing is left beside it.
[ -n "$FAULTS" ] || skip 'no compiler'
cp "$DEMO" m.onnx
for tmpfile in 0 1; do
	for calls in 'write' 'fsync' 'linkat' 'renameat renameat2'; do
		at=1
		while :; do
			echo old >target.csv
			rm -f hit
			status=0
			env $([ $tmpfile = 1 ] || echo FAULT_TMPFILE=1) FAULT_CALLS="$calls" \
				FAULT_AT=$at FAULT_HIT=hit LD_PRELOAD="$FAULTS" \
				"$MTUI_PLAIN" --view=weights --force -o target.csv m.onnx \
				>out 2>err || status=$?
			[ -e hit ] || break
			# Where the directory cannot be synced, the new file is there already.
			if [ "$(cat target.csv)" = old ]; then
				refused 8 'No space left on device'
			else
				gives 8
				[ "$(head -c 4 target.csv)" = name ] || fail 'half a file'
			fi
			at=$((at + 1))
		done
		good
		[ "$(ls -A | tr '\n' ' ')" = 'err m.onnx out target.csv ' ] || fail "left: $(ls -A)"
	done
done
run "$mtui" --export=text "$DEMO"
status=0
"$mtui" --export=text "$DEMO" >/dev/full 2>err || status=$?
gives 8 'No space left on device'
