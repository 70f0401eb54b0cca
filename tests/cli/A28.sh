# No free descriptor: the closed standard input leaves one to the loader, which the program then
# gives back to standard input.
cp "$DEMO" m.onnx
status=0
(exec <&- && ulimit -n 3 && exec "$MTUI_PLAIN" m.onnx) >out 2>err || status=$?
refused 3 'Too many open files'
