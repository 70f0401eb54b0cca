# Help and version go to standard output; help names every option and every view.
run "$mtui" --help
good
for word in --view --select --export --output --force --size --keys --theme --glyphs --color \
	--max-stdin --threads --cpu --version --help overview weights quant values check tree model tensors \
	nodes; do
	has "$word"
done
[ "$(wc -L <out)" -le 100 ] || fail 'lines are too long'
run "$mtui" -h
good
run "$mtui" --version
good
grep -qE '^mtui [0-9]+\.[0-9]+\.[0-9]+$' out || fail 'not a version'
run "$mtui" --version --verbose
good
has "nodes of one model"
