# The view plan: a budget, pins, and what other tools read.
cp "$DEMO" digits.onnx
"$mtui" --view=plan --budget=20% --export=text digits.onnx
"$mtui" --view=plan --budget=20% --export=json --select='*fc*.weight' digits.onnx | grep -v '"file"'
"$mtui" --view=plan --budget=12K --pin='*fc2*=keep' --plan=int8:channel,int4:channel --export=csv \
	--select='head.*' digits.onnx
"$mtui" --view=plan --budget=14% --pin='*fc2*=keep' --plan=int8:channel,int4:channel,nf4 \
	--plan-format=ort digits.onnx
"$mtui" --view=plan --budget=20% --plan=q8_0,q6_k,int4 --plan-format=llama digits.onnx
"$mtui" --view=plan --budget=1 --export=text digits.onnx >tall
head -n 1 tall
run "$mtui" --view=plan --plan=int9 digits.onnx
refused 2 '--plan: found'
run "$mtui" --view=plan --budget=much digits.onnx
refused 2 'allowed 50%'
run "$mtui" --budget=50% digits.onnx
refused 2 'need --view=plan'
run "$mtui" --view=plan --pin=nothing=keep digits.onnx
refused 2 'no tensor matches'
