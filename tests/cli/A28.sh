# No free descriptor.
cp "$DEMO" m.onnx
for limit in 4 5; do
	status=0
	(ulimit -n $limit && exec timeout 5 "$MTUI_PLAIN" m.onnx) >out 2>err || status=$?
	[ $status != 0 ] || continue
	gives 3 'Too many open files'
done
[ -s err ] || fail 'never without descriptors'
