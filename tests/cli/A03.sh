# Prefixes of a good file, 1 to 64 bytes: malformed or unknown, with a place.
i=1
while [ $i -le 64 ]; do
	head -c $i "$DEMO" >p$i.onnx
	i=$((i + 1))
done
run "$mtui" --view=model --export=json p*.onnx
case $status in
4 | 5) ;;
*) fail "status $status" ;;
esac
[ "$(wc -l <err)" = 64 ] || fail "$(wc -l <err) messages"
[ "$(tr -d ' \n' <out)" = '[]' ] || fail 'something was printed'
