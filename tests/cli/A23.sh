# A file that grows while it is first read, as a download does.
need python3
download() { # FILE: appends until the test ends
	while [ -e downloading ]; do
		printf 'more' >>"$1"
		sleep 0.02
	done
}
stop() {
	rm -f downloading
	wait
	screen_end
}
touch downloading
trap stop EXIT

head -c 30000 "$DEMO" >m.onnx
download m.onnx &
run "$mtui" --view=model m.onnx
refused 5 'field 7 needs 68,415 bytes, ' 'left (still growing)'

# The data of a tensor is on its way: what is there opens, r reads the rest.
python3 "$CLI/model.py" external e.onnx
head -c 1000 /dev/zero >weights.bin
download weights.bin &
run "$mtui" --view=model --export=json e.onnx
gives 0
has '"external-growing"'
has 'is still growing, 1'
stop
# A copy that ended short, but does not grow, is not waited for.
run "$mtui" --view=model m.onnx
refused 5 'field 7 needs 68,415 bytes, '
lacks 'still growing' err

screen "$mtui" --view=check e.onnx
trap stop EXIT
shows 'external data of 4,000 bytes'
head -c 4000 /dev/zero >weights.bin
shows 'is 4000 byte'
keys r
shows 'e.onnx  ONNX'
lacks ' problem' screen
