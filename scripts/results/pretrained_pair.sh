#!/usr/bin/env bash
# The pretrained pair against eps, to first order, and with untrained twins: one JSON result each.
#   scripts/results/pretrained_pair.sh TRANSFERSCOPE SOURCE TARGET DATA LIMIT OUT_FOLDER
# SOURCE and TARGET as for `measure`, e.g. resnet20-cifar@resnet20.th; then
#   python3 scripts/results/pretrained_pair_table.py OUT_FOLDER
set -euo pipefail
transferscope=$1 source=$2 target=$3 data=$4 limit=$5 out=$6
mkdir -p "$out"
measure() { "$transferscope" measure --source "$source" --target "$target" --data "$data" --limit "$limit" --json "$@"; }
for eps in 2 4 8 16 25.5; do
    measure --eps "$eps/255" > "$out/eps-$eps.json"
done
measure --attack singular-vector > "$out/first-order.json"
for seed in 0 1 2; do
    measure --eps 8/255 --seed "$seed" --untrained-twin > "$out/twin-$seed.json"
done
