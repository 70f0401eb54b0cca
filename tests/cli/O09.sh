# A reader that goes away: a quiet end.
need python3
python3 "$CLI/model.py" wide wide.onnx
for format in text json csv markdown ansi; do
	view=nodes
	case $format in text | markdown | ansi) view=tree ;; esac
	{ "$mtui" --view=$view --export=$format wide.onnx 2>err || echo $? >code; } | head -n 1 >out
	[ -s out ] || fail 'nothing printed'
	[ ! -s err ] || fail 'a message'
	case $(cat code 2>/dev/null || echo 0) in
	0 | 141) ;;
	*) fail "status $(cat code)" ;;
	esac
done
