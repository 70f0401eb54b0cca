# No colours where none are wanted.
colours() {
	LC_ALL=C grep -qE "$(printf '\033')"'\[[0-9;]*([34][0-7]|[34]8;5|9[0-7]|10[0-7])[;m]' out
}
for view in overview weights quant tree; do
	run "$mtui" --view=$view --export=ansi --color=never "$DEMO"
	good
	if colours; then fail "$view: colours with --color=never"; fi
	run env NO_COLOR=1 "$mtui" --view=$view --export=ansi "$DEMO"
	good
	if colours; then fail "$view: colours with NO_COLOR"; fi
	run env NO_COLOR= "$mtui" --view=$view --export=ansi "$DEMO"
	good
	colours || fail "$view: no colours with an empty NO_COLOR"
	run env NO_COLOR=1 "$mtui" --view=$view --export=ansi --color=256 "$DEMO"
	good
	colours || fail "$view: no colours with --color=256"
	run "$mtui" --view=$view --export=ansi --color=16 "$DEMO"
	good
	colours || fail "$view: no colours with --color=16"
	lacks '38;5;'
done
run "$mtui" --view=tree --export=text "$DEMO"
cp out text
run "$mtui" --view=tree --export=ansi "$DEMO"
sed "s/$(printf '\033')\[[0-9;]*m//g; s/ *\$//" out >plain
cmp plain text
