# Rows A19 to A22 while a scan of 512 MiB is under way: what the descriptor still has is shown.
need python3
python3 "$CLI/model.py" huge h.onnx
fresh() {
	screen_end
	rm -f weights.bin
	truncate -s 512M weights.bin
	screen "$MTUI_PLAIN" --view=weights --select=w h.onnx
	shows '134,217,728 values'
}
fresh
truncate -s 1000000 weights.bin
shows 'weights.bin changed: was 536870912'
keys 6 1 2
shows 'cannot read'
keys r
shows 'h.onnx  ONNX'
keys 7
shows 'of 1,000,000 bytes'

fresh
: >weights.bin
truncate -s 512M weights.bin
shows 'weights.bin was rewritten'

fresh
truncate -s 5 other.bin
mv other.bin weights.bin
shows 'weights.bin was replaced'
shows ' 134,217,728 (100 %)'

fresh
rm weights.bin
shows 'weights.bin was deleted'
shows ' 134,217,728 (100 %)'
