# Links, directories, devices, and the model itself are no targets, also with --force.
cp "$DEMO" m.onnx
sum=$(cksum <m.onnx)
echo old >file
ln -s file link
ln -s nowhere dangling
ln m.onnx hard
mkdir directory
mkfifo fifo
for target in link dangling directory fifo /dev/full m.onnx hard ./m.onnx directory/ ''; do
	for force in '' --force; do
		run timeout 5 "$mtui" $force --export=text -o "$target" m.onnx
		refused 8
	done
done
[ "$(cksum <m.onnx)" = "$sum" ] || fail 'the model has changed'
[ "$(cat file)" = old ] || fail 'a link was followed'
[ ! -e nowhere ] || fail 'a dangling link was followed'
