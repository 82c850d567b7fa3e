"""Reference values of crates/theory/tests/correlation_golden.rs, from SciPy.

Run: python scripts/golden/correlations.py > crates/theory/tests/golden/correlations.json
"""

import json
import sys
import warnings

import numpy as np
import scipy
from scipy import stats

warnings.simplefilter("ignore")

rng = np.random.default_rng(20261122)
cases = []


def add(name, x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    case = {
        "name": name,
        "scores": x.tolist(),
        "outcomes": y.tolist(),
        "pearson": float(stats.pearsonr(x, y).statistic),
        "spearman": float(stats.spearmanr(x, y).statistic),
        "kendall_tau_b": float(stats.kendalltau(x, y).statistic),
        "weighted_tau_symmetric": float(stats.weightedtau(x, y).statistic),
        "weighted_tau_by_outcome": float(stats.weightedtau(y, x, rank=None).statistic),
        "pearson_t_p": float(stats.pearsonr(x, y).pvalue),
    }
    if len(x) >= 5:
        interval = stats.pearsonr(x, y).confidence_interval(0.95)
        case["fisher"] = [float(interval.low), float(interval.high)]
    if len(x) <= 7:
        def tau(a):
            return stats.kendalltau(a, y).statistic

        def pearson(a):
            return stats.pearsonr(a, y).statistic

        case["exact_p"] = {
            "kendall_tau_b": float(stats.permutation_test((x,), tau, permutation_type="pairings", n_resamples=np.inf).pvalue),
            "pearson": float(stats.permutation_test((x,), pearson, permutation_type="pairings", n_resamples=np.inf).pvalue),
        }
    cases.append(case)


add("five networks of the paper's image table, alpha1", [0.346, 0.324, 0.337, 0.538, 0.614], [28.30, 45.65, 55.09, 76.60, 77.92])
add("five networks, one exchange", [1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
add("six with ties", [1, 2, 2, 4, 5, 5], [3, 1, 1, 2, 6, 5])
add("joint ties", [12, 2, 1, 12, 2], [1, 4, 7, 1, 0])
add("everything tied but one", [1, 1, 1, 1, 2], [3, 3, 3, 4, 3])
for n in (2, 3, 4, 7, 10, 11, 25, 60):
    x = rng.normal(size=n)
    y = 0.5 * x + rng.normal(size=n)
    add(f"{n} normal", x, y)
for n in (5, 7, 10, 30):
    for levels in (3, 6):
        x = rng.integers(0, levels, size=n)
        y = rng.integers(0, levels, size=n)
        x[0], x[1], y[0], y[2] = 0, 1, 0, 1
        add(f"{n} values in {levels} levels", x, y)

json.dump(
    {
        "made_by": "scripts/golden/correlations.py",
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__},
        "cases": cases,
    },
    sys.stdout,
    indent=1,
)
print()
