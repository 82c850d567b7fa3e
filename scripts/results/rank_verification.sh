#!/bin/sh
# The large verification of `rank`: every candidate on every target, ranked from the training split, fine-tuned, correlated.
#
# Usage: scripts/results/rank_verification.sh SHARED WEIGHTS OUT
#   SHARED   the folder with data/ and models/
#   WEIGHTS  a folder of candidate weights, one file a candidate, named ZOO_NAME@anything (for example vgg11-bn-cifar@cinic.pt)
#   OUT      where records go; a finished target is not done again
#
# For each target: `rank` with all candidates and trained references, then `rank --outcomes` once OUT/TARGET-outcomes.csv is
# there (columns network,outcome: accuracy on the test split after fine-tuning, best of three rates on validation images).
# Needs hours: candidates x targets x three rates. Nothing here is run by CI.
set -eu
shared=$1 weights=$2 out=$3
mkdir -p "$out" "$out/cache"
set --
for file in "$weights"/*@*; do
    name=$(basename "$file")
    set -- "$@" "${name%%@*}@$file"
done
while read -r name data; do
    [ -s "$out/$name.json" ] && continue
    known=
    [ -s "$out/$name-outcomes.csv" ] && known="--outcomes $out/$name-outcomes.csv"
    # $known is two words or none.
    # shellcheck disable=SC2086
    transferscope rank --target-data "$data" --candidates "$@" $known --cache "$out/cache" --page "$out/$name.html" --json \
        > "$out/$name.json.part"
    mv "$out/$name.json.part" "$out/$name.json"
done <<TARGETS
tiny-imagenet cifar10:$shared/data/tiny-imagenet-subset#split=train
tiny-animals cifar10:$shared/data/tiny-imagenet-subset#split=train&classes=bird,cat,deer,dog,frog,monkey
tiny-vehicles cifar10:$shared/data/tiny-imagenet-subset#split=train&classes=bus,car,ship,truck
cifar10 cifar10:$shared/data/cifar10-subset/cifar-10-batches-bin#split=train&limit=4000&seed=0
mnist idx:$shared/data/mnist-subset#split=train
fashion-mnist idx:$shared/data/fashion-mnist-subset#split=train
TARGETS
