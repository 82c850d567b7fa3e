"""Reference values of crates/theory/tests/scores_golden.rs: the published scores, written anew from their public programs.

Run: python scripts/golden/scores.py > crates/theory/tests/golden/scores.json

Formulas follow, and are named after, these programs (read, not copied):
  LogME          thuml/LogME, LogME.py, `_fit_fixed_point` (arXiv 2110.10545) and `_fit_icml`
  H-score        thuml/Transfer-Learning-Library, tllib/ranking/hscore.py, `h_score`
  regularised    the same file, `regularized_h_score`, with scikit-learn's LedoitWolf
  LEEP, NCE      thuml/Transfer-Learning-Library, tllib/ranking/{leep,nce}.py
  TransRate      thuml/Transfer-Learning-Library, tllib/ranking/transrate.py
  PARC, kNN      dbolya/parc, methods.py
  NLEEP          TencentARC/SFDA, metrics.py, with scikit-learn's PCA and GaussianMixture started from a given assignment
  linear probe   scikit-learn's LogisticRegression on standardised features, folds dealt out in order of class
"""

import json
import platform
import sys

import numpy as np
import scipy
import sklearn
from scipy import linalg, stats
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler


def logme(features, labels, count_zeros):
    """`_fit_fixed_point`; with `count_zeros` the D - k zero eigenvalues stay in the determinant, as in `_fit_icml`."""
    images, width = features.shape
    u, s, _ = linalg.svd(features, full_matrices=False)
    keep = s > 1e-10
    u, square = u[:, keep], s[keep] ** 2
    total = []
    for label in range(labels.max() + 1):
        y = (labels == label).astype(float)
        part = (u.T @ y) ** 2
        rest = (y**2).sum() - part.sum()
        a = b = 1.0
        for _ in range(11):
            t = a / b
            determined = (square / (square + t)).sum()
            norm = (square * part / (t + square) ** 2).sum()
            residual = (part / (1 + square / t) ** 2).sum() + rest
            a = determined / (norm + 1e-5)
            b = (images - determined) / (residual + 1e-5)
            if abs(a / b - t) / t <= 1e-3:
                break
        log_det = np.log(a + b * square).sum()
        if count_zeros:
            log_det += (width - len(square)) * np.log(a)
        evidence = width / 2 * np.log(a) + images / 2 * np.log(b) - log_det / 2
        evidence -= b / 2 * residual + a / 2 * norm + images / 2 * np.log(2 * np.pi)
        total.append(evidence / images)
    return float(np.mean(total))


def between(features, labels):
    spread = np.zeros_like(features)
    for label in np.unique(labels):
        spread[labels == label] = features[labels == label].mean(axis=0)
    return spread


def h_score(features, labels):
    inverse = np.linalg.pinv(np.cov(features, rowvar=False), rcond=1e-15)
    return float(np.trace(inverse @ np.cov(between(features, labels), rowvar=False)))


def regularised(features, labels):
    centred = features - features.mean(axis=0, keepdims=True)
    fitted = LedoitWolf(assume_centered=False).fit(centred)
    inverse = np.linalg.pinv(fitted.covariance_, rcond=1e-15)
    covariance = np.cov(between(centred, labels), rowvar=False)
    return float(np.trace(inverse @ ((1 - fitted.shrinkage_) * covariance))), float(fitted.shrinkage_)


def joint_of(rows, labels):
    return np.stack([rows[labels == label].sum(axis=0) / len(labels) for label in range(labels.max() + 1)])


def expected(rows, labels):
    joint = joint_of(rows, labels)
    return (rows @ (joint / joint.sum(axis=0, keepdims=True)).T)[np.arange(len(labels)), labels]


def nce(probabilities, labels):
    hard = np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    joint = joint_of(hard, labels)
    mass = joint.sum(axis=0)
    given = joint[:, mass > 0] / mass[mass > 0] + 1e-20
    return float((mass[mass > 0] * (given * np.log(given)).sum(axis=0)).sum())


def transrate(features, labels, eps):
    def rate(z):
        return 0.5 * np.linalg.slogdet(np.eye(z.shape[1]) + z.T @ z / (len(z) * eps))[1]

    centred = features - features.mean(axis=0, keepdims=True)
    classes = range(labels.max() + 1)
    return float(rate(centred) - np.mean([rate(centred[labels == label]) for label in classes]))


def parc(features, labels):
    upper = np.triu_indices(len(labels), 1)
    of_features = 1 - np.corrcoef(StandardScaler().fit_transform(features))
    of_labels = 1 - np.corrcoef(np.eye(labels.max() + 1)[labels])
    # Rounding of the one-hot correlations must not make ranks: they are 0 or one constant.
    of_labels = (of_labels > 0.5).astype(float)
    return float(stats.spearmanr(of_features[upper], of_labels[upper])[0] * 100)


def nearest(features, labels, count, metric):
    """Leave-one-out votes of scikit-learn's neighbours; ties to the class met first."""
    model = KNeighborsClassifier(n_neighbors=count, metric=metric, algorithm="brute").fit(features, labels)
    right = 0
    for own, row in zip(labels, model.kneighbors(return_distance=False)):
        votes = labels[row]
        counts = {label: int((votes == label).sum()) for label in votes}
        right += int(own == max(votes, key=lambda label: (counts[label], -list(votes).index(label))))
    return right / len(labels)


def probe(features, labels, folds):
    order = np.argsort(labels, kind="stable")
    fold_of = np.empty(len(labels), int)
    fold_of[order] = np.arange(len(labels)) % folds
    correct = np.zeros(len(labels), bool)
    for fold in range(folds):
        seen = fold_of != fold
        scaler = StandardScaler().fit(features[seen])
        model = LogisticRegression(C=1.0, tol=1e-10, max_iter=100_000).fit(scaler.transform(features[seen]), labels[seen])
        correct[~seen] = model.predict(scaler.transform(features[~seen])) == labels[~seen]
    return correct.astype(int).tolist()


def nleep(features, labels, assignment):
    reduced = PCA(n_components=0.8).fit(features).transform(features)
    count = 5 * (labels.max() + 1)
    width = reduced.shape[1]
    share = np.eye(count)[assignment]
    mass = share.sum(axis=0) + 10 * np.finfo(float).eps
    means = share.T @ reduced / mass[:, None]
    precisions = []
    for component in range(count):
        difference = reduced - means[component]
        covariance = (share[:, component] * difference.T) @ difference / mass[component]
        precisions.append(linalg.inv(covariance + 1e-6 * np.eye(width)))
    precisions = np.array([(p + p.T) / 2 for p in precisions])
    mixture = GaussianMixture(
        n_components=count, weights_init=mass / mass.sum(), means_init=means, precisions_init=precisions
    ).fit(reduced)
    posterior = mixture.predict_proba(reduced)
    # An empty component cannot occur here; skipping it is what our guard does.
    likelihood = expected(posterior[:, posterior.sum(axis=0) > 0], labels)
    return float(np.log(likelihood).mean()), float(likelihood.mean()), width


def case(name, seed, images, width, classes, outputs, signal, unequal=False):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(images) % classes)
    if unequal:
        labels = np.where(rng.random(images) < 0.5, 0, labels)
    centres = signal * rng.standard_normal((classes, width))
    features = (centres[labels] + rng.standard_normal((images, width)) + 0.5).round(4)
    logits = (features @ rng.standard_normal((width, outputs)) * 0.7).round(4)
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    # Each class in five consecutive parts: an assignment that both programs can start from.
    assignment = np.zeros(images, int)
    for label in range(classes):
        members = np.flatnonzero(labels == label)
        assignment[members] = 5 * label + np.arange(len(members)) % 5
    shrunk, shrinkage = regularised(features, labels)
    nleep_value, nleep_mean, axes = nleep(features, labels, assignment)
    return {
        "name": name,
        "features": features.tolist(),
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "assignment": assignment.tolist(),
        "logme": logme(features, labels, True),
        "logme_as_published": logme(features, labels, False),
        # Below full rank the published pseudo-inverse keeps rounding noise; no golden value then.
        "h_score": h_score(features, labels) if images > 2 * width else None,
        "regularised_h_score": shrunk,
        "shrinkage": shrinkage,
        "leep": float(np.log(expected(probabilities, labels)).mean()),
        "nce": nce(probabilities, labels),
        "transrate": transrate(features, labels, 1e-4),
        "parc": parc(features, labels),
        "knn_1_euclidean": nearest(features, labels, 1, "euclidean"),
        "knn_5_euclidean": nearest(features, labels, 5, "euclidean"),
        "knn_3_cosine": nearest(features, labels, 3, "cosine"),
        "probe_correct": probe(features, labels, 5),
        "nleep": nleep_value,
        "nleep_mean_probability": nleep_mean,
        "nleep_axes": axes,
    }


cases = [
    case("tall", 1, 90, 6, 3, 5, 0.8),
    case("unequal classes", 2, 80, 5, 4, 3, 0.6, unequal=True),
    case("wide", 3, 36, 50, 3, 4, 0.5),
    case("hardly any signal", 4, 100, 4, 2, 6, 0.1),
]
versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
json.dump({"made_by": "scripts/golden/scores.py", "versions": versions, "cases": cases}, sys.stdout)
print()
