# A model from a pipe; a limit on what is taken from it.
status=0
cat "$DEMO" | "$mtui" --view=model --export=json - >out 2>err || status=$?
good
has '"parameters": 16218'
status=0
cat "$DEMO" | "$mtui" --max-stdin=60K - >out 2>err || status=$?
refused 6 '--max-stdin'
status=0
"$mtui" --view=model --export=json - <"$DEMO" >out 2>err || status=$?
good
