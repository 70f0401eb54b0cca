# --quant: the table of schemes, settings of every family, and what is no setting.
cp "$DEMO" digits.onnx
"$mtui" --quant=help
for setting in int4:group=32:affine:mse f8e4m3fn:channel mxfp4 nf4:double q4_k kmeans:levels=8 \
	ternary none:prune=50%; do
	"$mtui" --view=quant --quant=$setting --select=head.fc1.weight --export=csv digits.onnx |
		tail -n 1 | cut -d, -f3-18
done
run "$mtui" --quant=int9 digits.onnx
refused 2 "'int9': no such scheme"
run "$mtui" --quant=q4_0:affine digits.onnx
refused 2 "'affine': this scheme has no such setting"
run "$mtui" --quant=int8:group=7 digits.onnx
refused 2 '16, 32, 64, 128 or 256'
run "$mtui" --importance=weights.csv digits.onnx
refused 2 '--view=quant'
printf '1,x' >weights.csv
run "$mtui" --view=quant --export=csv --importance=weights.csv digits.onnx
refused 5 'byte 0x2: a number should be here'
seq 1 32 >weights.csv
"$mtui" --size=80x24 --glyphs=ascii --export=text \
	--keys=':goto head.fc1.weight<Enter>3:importance weights.csv<Enter>' digits.onnx |
	sed -n '6,12p;24p'
