# A directory that may not be written; a file that may not grow.
mkdir closed
chmod 555 closed
cp "$DEMO" m.onnx
cp "$MTUI_PLAIN" mtui
chmod 755 mtui . closed
chmod 644 m.onnx
chmod 555 closed
run as_user ./mtui -o closed/a.txt m.onnx
refused 8 'closed/a.txt' 'Permission denied'
status=0
(ulimit -f 1 && exec "$MTUI_PLAIN" --view=weights -o big.json m.onnx) >out 2>err || status=$?
refused 8 'File too large'
[ ! -e big.json ] || fail 'half a file'
