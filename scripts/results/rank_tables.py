"""Tables of rank_verification.sh: what is known of the candidates, variants of the scored tables, outcomes as Markdown.

    python3 scripts/results/rank_tables.py known OUT TARGET        writes OUT/outcomes/TARGET.csv for `rank --outcomes`
    python3 scripts/results/rank_tables.py variants OUT TARGET...  writes OUT/tables/{full,last-layer,small}/TARGET.csv for `recheck`
    python3 scripts/results/rank_tables.py outcomes OUT TARGET...  prints accuracies of all candidates and controls

`small` leaves out the third of the candidates with the most parameters.
"""

import csv
import json
import pathlib
import sys

CONTROL = "control-"


def outcome(out, target, name, method):
    answer = json.loads((out / "outcomes" / f"{target}.{name}.{method}.json").read_text())
    return answer["outcome"]["accuracy"]["estimate"]


def names(out, target):
    suffix = ".full.json"
    files = sorted((out / "outcomes").glob(f"{target}.*{suffix}"))
    return [path.name[len(target) + 1 : -len(suffix)] for path in files]


def source_accuracy(out, name):
    answer = json.loads((out / "source" / f"{name}.json").read_text())
    return answer["accuracy"] if "accuracy" in answer else answer["test_accuracy"]["estimate"]


def known(out, target):
    with open(out / "outcomes" / f"{target}.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["network", "outcome", "source_accuracy"])
        for name in names(out, target):
            if not name.startswith(CONTROL):
                rows.writerow([f"{name}.safetensors", outcome(out, target, name, "full"), source_accuracy(out, name)])


def variants(out, targets):
    for target in targets:
        with open(out / "tables" / f"{target}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        last = [{**row, "outcome": outcome(out, target, row["network"].removesuffix(".safetensors"), "last-layer")}
                for row in rows]
        smallest_first = sorted(rows, key=lambda row: float(row["parameters"]))
        small = smallest_first[: len(rows) - len(rows) // 3]
        for variant, kept in (("full", rows), ("last-layer", last), ("small", small)):
            folder = out / "tables" / variant
            folder.mkdir(exist_ok=True)
            with open(folder / f"{target}.csv", "w", newline="") as file:
                table = csv.DictWriter(file, rows[0].keys())
                table.writeheader()
                table.writerows(kept)


def outcomes(out, targets):
    print("| network | source | " + " | ".join(targets) + " |\n|" + " --- |" * (2 + len(targets)))
    for name in names(out, targets[0]):
        own = "-" if name.startswith(CONTROL) else f"{source_accuracy(out, name):.3f}"
        cells = (f"{outcome(out, target, name, 'full'):.3f} ({outcome(out, target, name, 'last-layer'):.3f})"
                 for target in targets)
        print(f"| {name} | {own} | " + " | ".join(cells) + " |")


def main():
    what, out, targets = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    {"known": lambda: known(out, *targets), "variants": lambda: variants(out, targets),
     "outcomes": lambda: outcomes(out, targets)}[what]()


main()
