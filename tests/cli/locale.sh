# The character set decides the glyphs; numbers do not change.
run env LC_ALL=C "$mtui" --view=weights --select=head.fc1.weight --export=text "$DEMO"
good
if LC_ALL=C grep -q '[^ -~]' out; then fail 'not ascii'; fi
run env LC_ALL=C "$mtui" --glyphs=braille --view=weights --select=head.fc1.weight --export=text "$DEMO"
good
LC_ALL=C grep -q '[^ -~]' out || fail 'no braille'
run "$mtui" --glyphs=ascii --view=weights --select=head.fc1.weight --export=text "$DEMO"
good
if LC_ALL=C grep -q '[^ -~]' out; then fail 'not ascii'; fi
run env LC_ALL=C "$mtui" "$(printf 'caf\303\251')"
refused 3 '\u{e9}'
run "$mtui" "$(printf 'caf\303\251')"
refused 3 "$(printf 'caf\303\251')"
