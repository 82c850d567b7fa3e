#!/bin/sh
# The figures of docs/results/text.md: small text networks trained on MR and AG, HotFlip and T3 on 200 test sentences of each,
# and pairs measured under HotFlip. Usage: scripts/results/text.sh TRANSFERSCOPE DATA OUT
# where DATA holds train/{mr,ag}.txt and test/{mr,ag}.txt with `LABEL text` lines.
set -eu
program=$1 data=$2 out=$3
mkdir -p "$out"
for set in mr ag; do
    for network in text-bag text-cnn bert; do
        "$program" text train "$network" --data "text:$data/train/$set.txt" --test "text:$data/test/$set.txt" \
            --epochs 3 --out "$out/$set-$network" --json > "$out/train-$set-$network.json"
        "$program" text attack "$out/$set-$network" --data "text:$data/test/$set.txt" --limit 200 --json \
            > "$out/hotflip-$set-$network.json"
    done
    "$program" text attack "$out/$set-text-cnn" --data "text:$data/test/$set.txt" --limit 200 --attack t3 --json \
        > "$out/t3-$set-text-cnn.json"
    for target in text-bag bert; do
        "$program" text measure --source "$out/$set-text-cnn" --target "$out/$set-$target" \
            --data "text:$data/test/$set.txt" --limit 200 --json > "$out/measure-$set-text-cnn-$target.json"
    done
done
