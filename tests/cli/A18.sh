# The largest size there is.
huge=/dev/shm/mtui-test-$$.onnx
truncate -s 9223372036854775807 $huge 2>/dev/null || {
	rm -f $huge
	skip 'no file system here has such files'
}
run timeout 2 "$mtui" $huge
rm -f $huge
case $status in
4 | 5) ;;
*) fail "status $status" ;;
esac
