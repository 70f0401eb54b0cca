# A file that exists stays as it is, but with --force.
for name in a.txt a.json a.csv a.md a.ansi; do
	run "$mtui" -o $name "$DEMO"
	good
	[ ! -s out ] || fail 'printed as well'
	[ -s $name ] || fail 'nothing written'
	cp $name before
	run "$mtui" --view=check -o $name "$DEMO"
	refused 8 "$name" '--force'
	cmp $name before
	run "$mtui" --view=check --force -o $name "$DEMO"
	good
	if cmp -s $name before; then fail "$name was not replaced"; fi
done
[ "$(ls -A | grep -c mtui-)" = 0 ] || fail 'a temporary file is left'
