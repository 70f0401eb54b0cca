# Memory ends at the nth allocation, once or for good: a message or the right answer.
[ -n "$FAULTS" ] || skip 'no compiler'
need python3
python3 "$CLI/model.py" small small.onnx
attempt() {
	for ever in '' FAULT_EVER=1; do
		at=1
		while :; do
			rm -f hit
			status=0
			env FAULT_CALLS=malloc FAULT_AT=$at FAULT_HIT=hit $ever LD_PRELOAD="$FAULTS" \
				"$MTUI_PLAIN" "$@" small.onnx >out 2>err || status=$?
			[ -e hit ] || break
			case $status in
			0) ;;
			6) has 'out of memory' err ;;
			8) has 'Cannot allocate memory' err ;;
			*) fail "$*: status $status at allocation $at $ever" ;;
			esac
			at=$((at + 1))
		done
		[ $at -gt 20 ] || fail "$*: only $at allocations were seen"
	done
}
attempt --view=model --export=json
attempt --view=weights --export=csv
attempt --view=overview --export=text
attempt --view=quant --select=w --export=markdown
attempt --view=tree --export=ansi
attempt --view=channels --export=json
attempt --view=channels --select=w --export=text
attempt --view=histogram --bins=2000 --log --export=csv
attempt --view=stats --export=text
attempt --size=100x30 --keys=j2
attempt --size=100x30 --keys=j2x+8a
