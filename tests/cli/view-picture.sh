# The views picture, pca and svd as text, JSON and CSV; --matrix; a machine without LAPACK.
cp "$DEMO" digits.onnx
"$mtui" --view=picture --select=head.fc2.weight --glyphs=ascii --export=text digits.onnx
"$mtui" --view=picture --select=block1.conv.weight --glyphs=ascii --matrix=2,3,5 --export=text digits.onnx
"$mtui" --view=picture --select=block1.conv.weight --matrix=0,2 --export=csv digits.onnx | head -n 4
"$mtui" --view=svd --select=head.fc2.weight --export=json digits.onnx | tr '{' '\n' |
	sed 's/"values".*//; s/"norm": [0-9.]*/"norm"/'
run "$mtui" --view=pca --select=head.fc2.bias --export=json digits.onnx
good
has '"problem": "one row has nothing to be compared with"'
run "$mtui" --view=picture --matrix=1,4 --select=block1.conv.weight --export=text digits.onnx
refused 2 '--matrix: no matrix with 1 dimensions held and columns from dimension 4 on (the tensor has 4)'
run "$mtui" --view=svd --matrix=2,3,99 --select=block1.conv.weight --export=json digits.onnx
good
has '"problem": "no slice 99 (there are 16)"'
run "$mtui" --matrix=0,1 --export=json digits.onnx
refused 2 '--matrix needs --view=picture, pca or svd'

# Files of these names that are no libraries stand before the real ones.
mkdir empty
: >empty/liblapack.so.3
: >empty/libopenblas.so.0
run env LD_LIBRARY_PATH="$PWD/empty" "$mtui" --view=svd --select=head.fc2.weight --export=text digits.onnx
good
has 'this needs LAPACK, which is not installed; Debian has it as liblapack3'
run env LD_LIBRARY_PATH="$PWD/empty" "$mtui" --view=picture --select=head.fc2.weight --export=text digits.onnx
good
