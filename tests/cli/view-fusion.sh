# The view fusion: what folding a normalization costs, and the other patterns.
cp "$DEMO" digits.onnx
"$mtui" --view=fusion --quant=int4 --export=text digits.onnx
"$mtui" --view=fusion --quant=int4:channel --export=csv digits.onnx | cut -d, -f1-3,7-
"$mtui" --view=fusion --export=json --select='*fc1*' digits.onnx
