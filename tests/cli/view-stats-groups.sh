# Tensors taken together and tensors ranked, as text and CSV; quantiles on request.
cp "$DEMO" digits.onnx
"$mtui" --view=stats --by=scope --quantiles=2.5,50,97.5 --export=csv digits.onnx
"$mtui" --view=stats --by=op --export=text "$TOP/tests/screens/models/blocks.onnx"
"$mtui" --view=stats --sort=kurtosis --top=3 --export=text digits.onnx
"$mtui" --view=stats --sort=-nan --export=csv --select='*layers.3*' "$TOP/tests/screens/models/blocks.onnx" |
	cut -d, -f1,21
for wrong in --by=row --sort=colour --top=0 --quantiles=101 --quantiles=1,, '--by=op --sort=std' --top=3; do
	"$mtui" --view=stats $wrong digits.onnx 2>&1 && exit 1
done
"$mtui" --view=quant --sort=std digits.onnx 2>&1 && exit 1
exit 0
