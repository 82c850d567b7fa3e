"""Results of transferscope as pandas tables: python records_to_pandas.py RESULT.json...

Reads what `measure --json`, `score --json` and `rank --json` print, and shows one table for each kind.
"""

import json
import sys

import pandas


def measurements(results):
    """One row a file, direction and measure: estimate, interval, standard error, count, reference values."""
    rows = []
    for path, result in results:
        for direction in ("s_to_t", "t_to_s"):
            for measure in ("alpha1", "alpha2", "combined"):
                found = result[direction].get(measure) or {}
                low, high = found.get("ci95") or (None, None)
                rows.append({"file": path, "direction": direction, "measure": measure, "estimate": found.get("estimate"),
                             "low": low, "high": high, "std_error": found.get("std_error"), "n": found.get("n"),
                             **{f"reference_{name}": value for name, value in (found.get("references") or {}).items()}})
    return pandas.DataFrame(rows)


def scores(results):
    """One row a network: every score that exists for it, and its outcome where known."""
    rows = []
    for path, result in results:
        # `rank` keeps the scores of a candidate beside its alphas.
        networks = result.get("networks") or [candidate["scores"] for candidate in result["candidates"]]
        for network in networks:
            values = {name: (entry["value"] or {}).get("estimate") for name, entry in network["scores"].items()}
            rows.append({"file": path, "network": network["network"], **values, "outcome": network["outcome"]})
    return pandas.DataFrame(rows)


def main():
    results = [(path, json.load(open(path))) for path in sys.argv[1:]]
    pairs = [(path, result) for path, result in results if "s_to_t" in result]
    ranked = [(path, result) for path, result in results if "networks" in result and "order" in result or "candidates" in result]
    for name, read, kind in [("measurements", measurements, pairs), ("scores", scores, ranked)]:
        if kind:
            print(f"# {name}\n{read(kind).to_string(index=False)}\n")


if __name__ == "__main__":
    main()
