#!/bin/bash
# The figures of docs/results/text.md: small text networks trained on MR and AG, HotFlip and T3 on 200 test sentences of each, and
# a pair measured under both. Usage: scripts/results/text.sh TRANSFERSCOPE DATA OUT
# where DATA holds train/{mr,ag}.txt and test/{mr,ag}.txt with `LABEL text` lines. One thread; each result has its JSON and its time.
set -eu
program=$1 data=$2 out=$3
mkdir -p "$out"
timed() {
    name=$1
    shift
    if [ -s "$out/$name.json" ]; then return; fi
    { time "$program" "$@" --threads 1 --json > "$out/$name.part"; } 2> "$out/$name.time"
    mv "$out/$name.part" "$out/$name.json"
}
for set in mr ag; do
    for network in text-bag text-cnn; do
        timed "train-$set-$network" text train "$network#length=64" --data "text:$data/train/$set.txt" \
            --test "text:$data/test/$set.txt" --epochs 2 --out "$out/$set-$network"
        for attack in hotflip t3; do
            timed "$attack-$set-$network" text attack "$out/$set-$network" --data "text:$data/test/$set.txt" --limit 200 \
                --attack "$attack"
        done
    done
    for attack in hotflip t3; do
        timed "measure-$attack-$set" text measure --source "$out/$set-text-cnn" --target "$out/$set-text-bag" \
            --data "text:$data/test/$set.txt" --limit 200 --attack "$attack"
    done
done
