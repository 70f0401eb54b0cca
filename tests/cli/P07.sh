# No thread can be created: the same answers.
[ -n "$FAULTS" ] || skip 'no compiler'
for arguments in '--view=weights --export=json' '--view=tree --export=text' \
	'--size=100x30 --keys=jj2' '--view=quant --select=*fc1* --export=text'; do
	run "$MTUI_PLAIN" $arguments "$DEMO"
	good
	mv out expected
	run env FAULT_CALLS=pthread_create FAULT_EVER=1 LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" $arguments "$DEMO"
	good
	cmp out expected
done
