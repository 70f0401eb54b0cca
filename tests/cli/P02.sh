# Little address space: a small model opens.
for limit in 65536 131072 262144; do
	for view in overview weights quant tree; do
		status=0
		(ulimit -v $limit && exec "$MTUI_PLAIN" --view=$view "$DEMO") >out 2>err || status=$?
		good
	done
	status=0
	(ulimit -v $limit && exec "$MTUI_PLAIN" --view=tensors --export=json "$DEMO") >out 2>err ||
		status=$?
	good
done
