# The disk fails at the nth read: an error with its offset, or a screen that says it; never a crash.
[ -n "$FAULTS" ] || skip 'no compiler'
attempt() {
	at=1
	while :; do
		rm -f hit
		run env FAULT_CALLS=pread FAULT_AT=$at FAULT_ERRNO=5 FAULT_HIT=hit \
			LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" "$@" "$DEMO"
		[ -e hit ] || break
		refused 3 'Input/output error' 'byte '
		at=$((at + 1))
	done
	[ $at -gt 1 ] || fail "$*: no read was seen"
}
attempt --view=model --export=json
attempt --view=tree --export=text
