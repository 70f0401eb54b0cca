# What running a model costs: as text, at a size and a scheme, as JSON and CSV.
cp "$DEMO" digits.onnx
"$mtui" --view=cost --export=text digits.onnx
"$mtui" --view=cost --dim=batch=8 --quant=int4:group=32 --export=text digits.onnx | head -9
"$mtui" --view=cost --dim=batch=2 --export=json digits.onnx >cost.json
python3 - <<'EOF'
import json

cost = json.load(open("cost.json"))
print({key: cost[key] for key in cost if not isinstance(cost[key], list) and key != "file"})
for table in ("by_op_type", "by_intensity", "scopes", "nodes"):
    print(table, len(cost[table]), cost[table][0])
for key in ("macs", "flops", "activation_bytes"):
    assert sum(op[key] for op in cost["by_op_type"]) == cost[key], key
    assert sum(node[key] for node in cost["nodes"]) == cost[key], key
assert sum(node["share"] for node in cost["nodes"]) > 0.999
EOF
"$mtui" --view=cost --select='*fc*' --export=csv digits.onnx
"$mtui" --view=shapes --dim=batch=2 --export=text digits.onnx | grep '\[2, '
