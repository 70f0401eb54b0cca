# The disk fails at the nth read: an error with its offset. Where the other tensors can be shown, the
# one that could not be read says why (report) or stays unknown (tree). Never a crash.
[ -n "$FAULTS" ] || skip 'no compiler'
attempt() {
	run "$MTUI_PLAIN" "$@" "$DEMO"
	good
	mv out whole
	at=1
	while :; do
		rm -f hit
		run env FAULT_CALLS=pread FAULT_AT=$at FAULT_ERRNO=5 FAULT_HIT=hit \
			LD_PRELOAD="$FAULTS" "$MTUI_PLAIN" "$@" "$DEMO"
		[ -e hit ] || break
		case $status$1 in
		0--view=tree) ! cmp -s out whole || fail "read $at failed and nothing says so" ;;
		0--view=tensors) has '"problem": "cannot read: Input/output error"' ;;
		*) refused 3 'Input/output error' 'byte ' ;;
		esac
		at=$((at + 1))
	done
	[ $at -gt 1 ] || fail "$*: no read was seen"
}
attempt --view=model --export=json
attempt --view=tensors --export=json
attempt --view=tree --export=text
