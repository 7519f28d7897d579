"""Fit the judge's trees over what the reader says, the evidence and the cues, and calibrate them.

    python -m training.fit_judge --data ../shared/data --reader build/reader.safetensors --worlds FOLDER FOLDER ... \
        --feeds training/feeds

Reads worlds that the reader did not learn from and nothing else, through the real matcher, so the trees learn from what
they will be given (tree_worlds.py). Each is then left out in turn: the figures in training/report.json and the
calibration come from trees and a reader that never saw it. Writes monitor/match/judge.npz and judge.json as well.
Seeded; needs scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from safetensors.torch import load_file
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier

from monitor.config import MatchConfig
from monitor.match.judge import FEATURES, Description, Scaling, Trees
from monitor.match.network import packed
from monitor.match.projection import PATH
from monitor.match.reader import SAYS
from training import breakdown
from training.breakdown import UNCOUNTED
from training.tree_worlds import Campaign, World, read_all
from training.worlds import read_feeds

ROOT = Path(__file__).parents[1]
SEED = 7


@dataclass(frozen=True)
class Figures:
    """Alerts on labelled posts, counted as the data's README says."""

    precision: float
    recall: float
    f1: float
    recall_at_90: float


@dataclass(frozen=True)
class Report:
    """training/report.json. `worlds`: each one by its name, left out of the fit; beside them all together as they are,
    with slips of the pen and other talk, and as plain lists of claims."""

    all: Figures
    spoilt: Figures
    lists: Figures
    worlds: dict[str, Figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with make_rules.py")
    parser.add_argument(
        "--worlds", type=Path, nargs="+", required=True, help="worlds that the reader did not learn from"
    )
    parser.add_argument("--feeds", type=Path, required=True, help="folder of feeds: posts that are about none of them")
    parser.add_argument("--reader", type=Path, required=True, help="weights of a reader that did not see these worlds")
    parser.add_argument("--keep", type=Path, help="folder to keep in what the worlds gave, between two fits")
    arguments = parser.parse_args()
    maker = arguments.data / "make_rules.py"
    _, feed = read_feeds(arguments.feeds)
    campaigns = read_all(arguments.worlds, feed, maker, arguments.reader, arguments.keep)
    worlds, spoilt, lists = zip(*(campaign.learned for campaign in campaigns), strict=True)
    left_out = leave_worlds_out(campaigns)
    calibration = calibrate(worlds, [raw for raw, _, _ in left_out])
    scores, of_spoilt, of_lists = zip(
        *([calibration.probabilities(raw)[:, 0] for raw in raws] for raws in left_out), strict=True
    )
    threshold = MatchConfig().threshold
    report = Report(
        all=measure(worlds, scores, threshold),
        spoilt=measure(spoilt, of_spoilt, threshold),
        lists=measure(lists, of_lists, threshold),
        worlds={world.name: measure([world], [score], threshold) for world, score in zip(worlds, scores, strict=True)},
    )
    trees = export(fit([world for campaign in campaigns for world in campaign.learned]))
    names = [campaign.world.name for campaign in campaigns]
    write(arguments.reader, trees, calibration, threshold, names, report)
    together = {"all": report.all, "spoilt": report.spoilt, "as lists of claims": report.lists}
    for name, figures in (together | report.worlds).items():
        print(f"{name:24}", "  ".join(f"{key} {value:.3f}" for key, value in asdict(figures).items()))
    print(f"threshold {threshold:.3f}")
    print(*breakdown.lines(list(outcomes(worlds, scores, threshold))), sep="\n")


def leave_worlds_out(campaigns: Sequence[Campaign]) -> list[list[NDArray[np.float64]]]:
    """For each campaign the class scores of all its rows, from a fit on all others."""
    scores = []
    for own in campaigns:
        trees = export(fit([world for other in campaigns if other is not own for world in other.learned]))
        scores.append([trees.scores(world.rows) for world in own.learned])
    return scores


def fit(worlds: Sequence[World]) -> HistGradientBoostingClassifier:
    """Small leaves and strong shrinkage: the worlds differ more from each other than the posts of one world do."""
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=16, l2_regularization=5.0, min_samples_leaf=40,
        max_features=0.5, random_state=SEED, early_stopping=False,
    )  # fmt: skip
    return model.fit(
        np.concatenate([world.rows for world in worlds]),
        np.concatenate([world.classes for world in worlds]),
        sample_weight=np.concatenate([world.weights for world in worlds]),
    )


def export(model: HistGradientBoostingClassifier) -> Trees:
    """The fitted trees as plain arrays. scikit-learn keeps them private: its version is pinned in deploy/."""
    roots, outputs, nodes = [], [], []
    size = 0
    for stage in model._predictors:
        for output, tree in enumerate(stage):
            roots.append(size)
            outputs.append(output)
            nodes.append(_renumbered(tree.nodes, size))
            size += len(tree.nodes)
    feature, cut, left, right, value = (np.concatenate(column) for column in zip(*nodes, strict=True))
    return Trees(
        roots=np.array(roots, np.int32), outputs=np.array(outputs, np.int32), feature=feature, cut=cut,
        left=left, right=right, value=value, start=model._baseline_prediction.ravel(),
    )  # fmt: skip


def _renumbered(nodes: NDArray[np.void], first: int) -> tuple[NDArray[np.generic], ...]:
    own = np.arange(len(nodes)) + first
    leaf = nodes["is_leaf"].astype(bool)
    return (
        np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        np.where(leaf, 0.0, nodes["num_threshold"]),
        np.where(leaf, own, nodes["left"] + first).astype(np.int32),
        np.where(leaf, own, nodes["right"] + first).astype(np.int32),
        np.where(leaf, nodes["value"], 0.0),
    )


def calibrate(worlds: Sequence[World], scores: Sequence[NDArray[np.float64]]) -> Scaling:
    """Vector scaling that makes the left-out scores likeliest. The first shift is fixed: only differences count."""
    rows = np.concatenate(scores)
    classes = np.concatenate([world.classes for world in worlds])
    weights = np.concatenate([world.weights for world in worlds])

    def loss(parameters: NDArray[np.float64]) -> float:
        chances = _scaling(parameters).probabilities(rows)
        return float(-(weights * np.log(chances[np.arange(len(rows)), classes] + 1e-12)).mean())

    start = np.array([1.0, *([0.0] * (len(SAYS) - 1))])
    # Steps that are large enough for Nelder and Mead not to stop where they begin.
    simplex = np.vstack([start, start + 0.3 * np.eye(len(start))])
    return _scaling(minimize(loss, start, method="Nelder-Mead", options={"initial_simplex": simplex}).x)


def _scaling(parameters: NDArray[np.float64]) -> Scaling:
    slope, *shifts = (round(float(value), 4) for value in parameters)
    return Scaling(slope=slope, shifts=(0.0, *shifts))


def measure(worlds: Sequence[World], scores: Sequence[NDArray[np.float64]], threshold: float) -> Figures:
    spreading = sum(line.label == "spread" for world in worlds for line in world.lines)
    found = sorted(_best_claims(worlds, scores), reverse=True)
    right = np.cumsum([is_right for _, is_right in found])
    precision = right / np.arange(1, len(found) + 1)
    alerts = sum(score >= threshold for score, _ in found)
    correct = int(right[alerts - 1]) if alerts else 0
    good = np.flatnonzero(precision >= 0.9)
    return Figures(
        precision=correct / max(1, alerts),
        recall=correct / spreading,
        f1=2 * correct / (alerts + spreading),
        recall_at_90=float(right[good[-1]] / spreading) if len(good) else 0.0,
    )


def outcomes(
    worlds: Sequence[World], scores: Sequence[NDArray[np.float64]], threshold: float
) -> Iterator[breakdown.Outcome]:
    """Every labelled post of every world, with the claim that it would be taken for."""
    for world, of_rows in zip(worlds, scores, strict=True):
        best: dict[int, tuple[float, str]] = {}
        for post, claim, score in zip(world.post.tolist(), world.claim, of_rows.tolist(), strict=True):
            best[post] = max(best.get(post, (0.0, "")), (score, claim))
        for number, line in enumerate(world.lines):
            score, claim = best.get(number, (0.0, ""))
            yield breakdown.Outcome(
                world.name, line.label, line.lang, line.tier, line.claim_id, claim or None, score, score >= threshold
            )


def _best_claims(worlds: Sequence[World], scores: Sequence[NDArray[np.float64]]) -> Iterator[tuple[float, bool]]:
    """For each post that counts its likeliest claim's score, and whether an alert for that claim is right."""
    for one in outcomes(worlds, scores, 1.0):
        if one.claim is not None and one.label not in UNCOUNTED:
            yield one.score, one.right


def write(
    reader: Path, trees: Trees, calibration: Scaling, threshold: float, names: Sequence[str],
    report: Report,
) -> None:  # fmt: skip
    """All that ships, into the package, and the report beside this file."""
    package = ROOT / "monitor" / "match"
    buffer = BytesIO()
    np.savez_compressed(buffer, **asdict(trees))
    weights = save(packed(load_file(reader)))
    description = Description(
        reader_sha256=hashlib.sha256(weights).hexdigest(),
        trees_sha256=hashlib.sha256(buffer.getvalue()).hexdigest(),
        projection_sha256=hashlib.sha256(PATH.read_bytes()).hexdigest(),
        features=FEATURES,
        classes=SAYS,
        calibration=calibration,
        threshold=threshold,
        trained_on=f"{len(names)} invented campaigns: {', '.join(names)}",
        left_out={key: round(value, 4) for key, value in asdict(report.all).items()},
    )
    (package / "reader.safetensors").write_bytes(weights)
    (package / "judge.npz").write_bytes(buffer.getvalue())
    (package / "judge.json").write_bytes(msgspec.json.format(msgspec.json.encode(description)) + b"\n")
    (ROOT / "training" / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


if __name__ == "__main__":
    main()
