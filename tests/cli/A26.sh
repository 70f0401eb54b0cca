# Reads of one byte: the same answer.
[ -n "$FAULTS" ] || skip 'no compiler'
for arguments in '--view=model --export=json' '--view=weights --export=csv'; do
	run "$MTUI_PLAIN" $arguments "$DEMO"
	good
	mv out expected
	run env FAULT_SHORT=1 LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" $arguments "$DEMO"
	good
	cmp out expected
done
