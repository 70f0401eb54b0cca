# A stack of 256 KiB is enough for everything.
ulimit -s 256 || skip 'the stack cannot be limited'
for view in overview weights quant values check channels tree stats histogram; do
	for format in text ansi json csv markdown; do
		run "$MTUI_PLAIN" --view=$view --export=$format "$DEMO"
		good
	done
done
run "$MTUI_PLAIN" --size=200x50 --keys='/conv<Enter>2x+3678a' "$DEMO"
good
