# What is wrong on the command line is said in one line, status 2.
run "$mtui"
refused 2 'no file given'
run "$mtui" --nonsense "$DEMO"
refused 2 "'--nonsense'"
run "$mtui" -x "$DEMO"
refused 2 "'-x'"
run "$mtui" "--$(printf '\033')[31m" "$DEMO"
refused 2 '\x1b'
run "$mtui" "$DEMO" --view
refused 2 '--view needs NAME'
run "$mtui" --force=yes "$DEMO"
refused 2 '--force'
for option in --view=nonsense --export=png --size=80 --size=0x10 --size=80x --size=99999x1 \
	--size=-1x5 --size=5000x5000 --glyphs=emoji --color=17 --max-stdin=many --max-stdin=5X \
	--max-stdin=99999999999999999999 --threads=0 --threads=two --axis=-1 --axis=64 --axis=x --matrix=1 --matrix=1,1 --matrix=0,1,x --matrix=0,65 --cpu=abacus --cpu=; do
	run "$mtui" $option "$DEMO"
	refused 2 "${option%%=*}: found '${option#*=}'"
done
run "$mtui" --keys='<Nonsense>' "$DEMO"
refused 2 'Nonsense'
run "$mtui" --keys=j --export=json "$DEMO"
refused 2 '--keys'
