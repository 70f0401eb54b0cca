# What logs say when they are broken, and that the others are read all the same.
printf 'step,loss\n1,2\n' >good.csv

# A02, A05
: >empty.csv
run "$mtui" --export=json empty.csv
refused 5 'byte 0x0: file is empty'
mkdir none
run "$mtui" --export=json none
refused 3 'directory without training logs'

# J01
printf ':W&B\341\277\000rest' >magic.wandb
run "$mtui" --export=json magic.wandb
refused 5 'byte 0x4: magic number 0xbfe1 (allowed 0xbee1)'
printf ':W&B\341\276\011rest' >nine.wandb
run "$mtui" --export=json nine.wandb
refused 6 'byte 0x6: W&B log of version 9; only 0 is read'
printf ':W&X\341\276\000rest' >ident.wandb
run "$mtui" --export=json ident.wandb
refused 4 'not a W&B log'

# J09, J14
printf '{"loss": [1, 2]} x' >trailing.json
run "$mtui" --export=json trailing.json
refused 5 'byte 0x11: JSON: something behind the end'
printf '\377\376s\000t\000e\000p\000,\000l\000\n\000' >utf16.csv
run "$mtui" --export=json utf16.csv
refused 5 'text in UTF-16; only UTF-8 is read'

# I20
printf '\037\213\010\000\000\000\000\000\000\003\013\341\140\140\140\000' >events.out.tfevents.1
run "$mtui" --export=json events.out.tfevents.1
refused 4 'gzip data'

# One broken log among good ones is said; the good ones are printed.
run "$mtui" --view=curves --export=csv good.csv nine.wandb
gives 6 'nine.wandb: byte 0x6'
grep -q '^.*,loss,1,,2' out || fail 'the good one is missing'

# Views of a model have nothing to show.
run "$mtui" --view=stats --export=json good.csv
refused 2 'needs a model'

# A selection of tags.
run "$mtui" --export=csv --select='l*' good.csv
good
lacks ,step,1
run "$mtui" --export=json --select=nope good.csv
refused 2 '--select: no tag matches'

# K01: names of tags are shown, never obeyed.
printf '{"step":1,"\\u001b]52;c;AAAA\\u0007":2}\n' >names.jsonl
for format in json csv text; do
	run "$mtui" --view=curves --export=$format names.jsonl
	gives 0
	! grep -q "$(printf '\033')" out || fail "an escape in $format"
done

# J12: the same numbers in every locale.
"$mtui" --view=curves --export=json good.csv >c.json
for locale in de_DE.UTF-8 tr_TR.UTF-8; do
	LC_ALL=$locale "$mtui" --view=curves --export=json good.csv >other.json
	cmp c.json other.json
done

# Packed by gzip, a table is one all the same.
gzip -c good.csv >packed.csv.gz
run "$mtui" --view=curves --export=csv packed.csv.gz
gives 0
grep -q ',loss,1,,2' out || fail 'gzip'
