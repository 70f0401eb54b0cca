# Every read is interrupted once: the same answer.
[ -n "$FAULTS" ] || skip 'no compiler'
run "$MTUI_PLAIN" --view=model --export=json "$DEMO"
good
mv out expected
at=1
while :; do
	rm -f hit
	run env FAULT_CALLS=pread FAULT_AT=$at FAULT_ERRNO=4 FAULT_HIT=hit LD_PRELOAD="$FAULTS" \
		"$MTUI_PLAIN" --view=model --export=json "$DEMO"
	good
	cmp out expected
	[ -e hit ] || break
	at=$((at + 1))
done
[ $at -gt 1 ] || fail 'no read was seen'
