# 15 TiB of holes: an answer at once.
truncate -s 15T huge.onnx 2>/dev/null || skip 'this file system has no such files'
run timeout 2 "$mtui" huge.onnx
case $status in
4 | 5) ;;
*) fail "status $status" ;;
esac
cp "$DEMO" tail.onnx
truncate -s 15T tail.onnx
run timeout 2 "$mtui" tail.onnx
case $status in
0 | 4 | 5) ;;
*) fail "status $status" ;;
esac
