#!/bin/sh
# How the time of attacks and pairs grows with the number of sources: studies of 3, 6 and 12 sources (a study needs three) on the embedded digits.
#
# Usage: scripts/results/growth.sh TRANSFERSCOPE OUT
#
# Prints, for each number of sources, the seconds of all pair cells (own attack, passes of the references' attacks, measures) as the log
# of times has them: attacks are made once a network, so pairs grow as the sources, and nothing as their square but forward passes.
set -eu
program=$1 out=$2
mkdir -p "$out"
for count in 3 6 12; do
    study=$out/growth-$count.toml
    {
        cat <<'HEAD'
title = "Growth"
question = "How does the time grow with the number of sources?"
claim = "adversarial-to-knowledge"
seeds = [1, 2, 3]
[endpoint]
statistic = "correlation"
measure = "alpha1"
direction = "t-to-s"
eps = "0.1"
[source]
data = "digits"
[target]
data = "digits"
reference_seeds = [11]
training.epochs = 1
[[target.references]]
name = "reference"
network = "resnet8-cifar"
[training]
epochs = 1
rate = 0.05
[transfer]
method = "probe"
[attack]
kind = "pgd"
eps = ["0.1"]
steps = 20
HEAD
        for source in $(seq "$count"); do
            printf '[[source.networks]]\nname = "s%s"\nnetwork = "resnet8-cifar"\ntraining.rate = 0.0%s\n' "$source" "$((source + 10))"
        done
    } > "$study"
    rm -rf "$out/study-$count"
    "$program" run "$study" --out "$out/study-$count" --threads 1 > "$out/log-$count" 2>&1
    awk -v count="$count" '$2 ~ /^pair-/ { sum += $1 } END { printf "%d sources: pairs %.1f s\n", count, sum }' \
        "$out/study-$count/times.log"
done
