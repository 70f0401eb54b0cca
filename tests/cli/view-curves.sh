# Training runs as JSON and CSV: a table, blank cells, NaN, a configuration beside it.
mkdir -p runs/exp1
printf 'epoch,step,train_loss,val_loss\n0,10,0.5,\n0,10,,"0,75"\n1,20,nan,-inf\n' >runs/exp1/metrics.csv
printf 'lr: 0.1\n' >runs/exp1/hparams.yaml
"$mtui" --view=curves --export=json runs
"$mtui" --view=curves --export=csv runs
"$mtui" --export=json --run=runs "$DEMO" | head -2 | tail -1 | sed 's/".*digits/"digits/'
