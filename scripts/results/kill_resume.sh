#!/bin/sh
# Kills a study with -9 at ten random moments, goes on each time, and compares with an uninterrupted run, byte for byte.
# Usage: kill_resume.sh TRANSFERSCOPE [STUDY.toml] [options of `run`]
# Prints the version, the seconds before each kill, and "same bytes" or the first difference (exit code 1).
set -eu
binary=$1
shift
study=${1:-studies/demo.toml}
[ $# -gt 0 ] && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$binary" --version
start=$(date +%s)
"$binary" run "$study" --out "$work/whole" "$@" > "$work/whole.txt" 2> "$work/whole.log"
whole=$(( $(date +%s) - start ))
echo "uninterrupted: $whole s, $(ls "$work/whole/records" | wc -l) records"
# Ten moments spread at random over the run (awk's generator, seeded, so that the script repeats).
moments=$(awk -v seconds="$whole" -v seed=20261125 'BEGIN { srand(seed); for (i = 0; i < 10; i++) printf "%.2f ", 0.3 + rand() * seconds / 7 }')
kills=0
for moment in $moments; do
    "$binary" run "$study" --out "$work/killed" "$@" > /dev/null 2>> "$work/killed.log" &
    victim=$!
    sleep "$moment"
    if kill -9 "$victim" 2> /dev/null; then kills=$((kills + 1)); fi
    wait "$victim" 2> /dev/null || true
    records=$(find "$work/killed/records" -name '*.json' 2> /dev/null | wc -l)
    echo "killed after $moment s: $records records"
done
"$binary" run "$study" --out "$work/killed" "$@" > /dev/null 2>> "$work/killed.log"
# Left-over temporary files of killed writes are no results.
find "$work/killed" -name '.unfinished-*' -delete
if diff -r -q -x times.log "$work/whole" "$work/killed"; then
    echo "$kills kills, same bytes"
else
    exit 1
fi
