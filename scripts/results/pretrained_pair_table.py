"""Prints the results of pretrained_pair.sh as a Markdown table."""
import json
import pathlib
import sys

COLUMNS = ["attack", "direction", "alpha1 [95 %]", "noise", "envelope", "alpha2 [95 %]", "noise", "permuted", "self",
           "centred", "permuted 95 %", "combined", "prediction changed"]


def number(value):
    return "-" if value is None else f"{value:.3f}"


def interval(estimate):
    ends = estimate["ci95"]
    return number(estimate["estimate"]) + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else "")


def row(name, direction, measured):
    alpha1, alpha2, combined = measured["alpha1"], measured["alpha2"], measured["combined"]
    success, null = measured["success"], alpha2["permuted_centred"]
    cells = [name, direction, interval(alpha1), number(alpha1["references"]["noise"]), number(alpha1["envelope"]),
             interval(alpha2), number(alpha2["references"]["noise"]), number(alpha2["references"]["permuted"]),
             number(alpha2["references"]["self"]), number(alpha2["centred"]), number(null and null["quantile95"]),
             number(combined["estimate"]),
             number(success and success["prediction_changed"] and success["prediction_changed"]["estimate"])]
    print("| " + " | ".join(cells) + " |")


folder = pathlib.Path(sys.argv[1])
print("| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS))
for name in ["first-order", "eps-2", "eps-4", "eps-8", "eps-16", "eps-25.5"]:
    path = folder / f"{name}.json"
    if path.exists():
        result = json.loads(path.read_text())
        for direction, label in (("s_to_t", "S→T"), ("t_to_s", "T→S")):
            row(name, label, result[direction])
for path in sorted(folder.glob("twin-*.json")):
    twin = json.loads(path.read_text())["untrained_twin"]
    for direction, label in (("s_to_t", "S→T"), ("t_to_s", "T→S")):
        row(f"eps-8, source untrained ({path.stem})", label, twin[direction])
