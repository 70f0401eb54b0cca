# Rows A25, A26, P01, P03 and P07 where several threads scan: the same answer, or a message.
[ -n "$FAULTS" ] || skip 'no compiler'
need python3
python3 "$CLI/model.py" long long.onnx
stats='--view=stats --export=json --threads=3 long.onnx'
run "$MTUI_PLAIN" --view=stats --export=json --threads=1 long.onnx
good
mv out expected
run "$MTUI_PLAIN" $stats
good
cmp out expected
for fault in 'FAULT_CALLS=pread FAULT_AT=3 FAULT_ERRNO=4' 'FAULT_SHORT=1' \
	'FAULT_CALLS=pthread_create FAULT_EVER=1' 'FAULT_CALLS=pthread_create FAULT_AT=2'; do
	run env $fault LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" $stats
	good
	cmp out expected
done
(
	ulimit -s 256
	run "$MTUI_PLAIN" $stats
	good
	cmp out expected
)
# Memory that ends somewhere in the middle: fewer threads, or a message.
for select in f32 f64; do
	at=1
	while :; do
		rm -f hit
		status=0
		env FAULT_CALLS=malloc FAULT_AT=$at FAULT_HIT=hit LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" \
			--select=$select $stats >out 2>err || status=$?
		[ -e hit ] || break
		case $status in
		0) ;;
		6) has 'out of memory' err ;;
		8) has 'Cannot allocate memory' err ;;
		*) fail "$select: status $status at allocation $at" ;;
		esac
		at=$((at + 1))
	done
	[ $at -gt 20 ] || fail "$select: only $at allocations were seen"
done
