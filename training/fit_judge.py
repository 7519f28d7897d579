"""Fit the judge's trees over what the reader says, the evidence and the cues, and calibrate them.

    python -m training.fit_judge --data ../shared/data --reader build/reader.safetensors --worlds FOLDER FOLDER ...

Reads worlds that the reader did not learn from and nothing else. Each becomes a rules folder and goes through the real
matcher, so the trees learn from what they will be given. Each world is then left out in turn: the figures in
training/report.json and the calibration come from trees and a reader that never saw it. Writes
monitor/match/judge.npz and judge.json as well. Seeded; needs scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from safetensors.torch import load_file
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier

from monitor import rulebook
from monitor.config import MatchConfig
from monitor.match.encoder import DEFAULT_MODEL, Encoder, load_encoder
from monitor.match.judge import FEATURES, Description, Scaling, Trees, features, said
from monitor.match.matcher import Matcher
from monitor.match.network import packed
from monitor.match.reader import SAYS, Reader, load_reader
from monitor.mention import Mentions
from monitor.model import Post
from training import breakdown
from training.breakdown import ELSEWHERE, UNCOUNTED
from training.worlds import SAID

ROOT = Path(__file__).parents[1]
SEED = 7
ASIDE = 0.3
"""Weight of questions and satire: taught as neither, but the campaign figures do not count them."""
NOW = datetime(2026, 10, 1, tzinfo=UTC)
FROM_ELSEWHERE = 400
"""How many of them each campaign gets: real feeds are full of other people who were arrested, resigned or died."""


class Line(msgspec.Struct):
    """A labelled post of a world."""

    post_id: str
    text: str
    platform: str
    lang: str
    label: str
    claim_id: str | None = None
    tier: str | None = None


@dataclass(frozen=True)
class World:
    """One campaign as the matcher sees it. `rows` float[n, features]: one for each (post, near claim) pair; `post` says
    whose it is and `claim` which; `lines` are all labelled posts, also those that the gate kept out."""

    name: str
    lines: list[Line]
    rows: NDArray[np.float64]
    post: NDArray[np.int64]
    claim: list[str]

    @property
    def classes(self) -> NDArray[np.int64]:
        """What the judge should say of each row: index into SAYS."""
        return np.array([_class(self.lines[p], c) for p, c in zip(self.post, self.claim, strict=True)])

    @property
    def weights(self) -> NDArray[np.float64]:
        return np.array([ASIDE if self.lines[p].label in ("question", "satire") else 1.0 for p in self.post])


@dataclass(frozen=True)
class Figures:
    """Alerts on labelled posts, counted as the data's README says."""

    precision: float
    recall: float
    f1: float
    recall_at_90: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with make_rules.py")
    parser.add_argument(
        "--worlds", type=Path, nargs="+", required=True, help="worlds that the reader did not learn from"
    )
    parser.add_argument("--reader", type=Path, required=True, help="weights of a reader that did not see these worlds")
    parser.add_argument("--ship", type=Path, help="the reader that ships, which may have seen them since")
    parser.add_argument("--keep", type=Path, help="file to keep what the worlds gave in, between two fits")
    arguments = parser.parse_args()
    worlds = read_all(arguments.worlds, arguments.data / "make_rules.py", arguments.reader, arguments.keep)
    left_out = leave_worlds_out(worlds)
    calibration = calibrate(worlds, left_out)
    scores = [calibration.probabilities(raw)[:, 0] for raw in left_out]
    threshold = MatchConfig().threshold
    report = {
        "all": measure(worlds, scores, threshold),
        **{world.name: measure([world], [score], threshold) for world, score in zip(worlds, scores, strict=True)},
    }
    write(arguments.ship or arguments.reader, export(fit(worlds)), calibration, threshold, worlds, report)
    for name, figures in report.items():
        print(f"{name:24}", "  ".join(f"{key} {value:.3f}" for key, value in asdict(figures).items()))
    print(f"threshold {threshold:.3f}")
    print(*breakdown.lines(list(outcomes(worlds, scores, threshold))), sep="\n")


def read_all(folders: Sequence[Path], maker: Path, reader: Path, keep: Path | None) -> list[World]:
    """Every world through the real matcher: minutes, so with `keep` what came out is kept for the next fit."""
    if keep is not None and keep.exists():
        return list(pickle.loads(keep.read_bytes()))
    encoder, reads = load_encoder(DEFAULT_MODEL), load_reader(reader)
    lines = {folder: read_lines(folder) for folder in folders}
    worlds = [
        read_world(folder, [*lines[folder], *from_elsewhere(lines, folder)], maker, encoder, reads)
        for folder in folders
    ]
    if keep is not None:
        keep.write_bytes(pickle.dumps(worlds))
    return worlds


def read_lines(folder: Path) -> list[Line]:
    """A world's labelled posts."""
    return [msgspec.json.decode(line, type=Line) for line in (folder / "posts.jsonl").read_bytes().splitlines() if line]


def from_elsewhere(lines: Mapping[Path, list[Line]], folder: Path) -> list[Line]:
    """Posts of the other worlds, drawn by lot. None that spreads its own claim: without names, "she is out, confirmed"
    may as well be about this one."""
    others = [line for other, of_other in lines.items() if other != folder for line in of_other]
    strangers = [line for line in others if line.label != "spread"]
    chosen = np.random.default_rng(SEED).permutation(len(strangers))[:FROM_ELSEWHERE].tolist()
    return [
        msgspec.structs.replace(strangers[one], post_id=f"{ELSEWHERE}-{one}", label=ELSEWHERE, claim_id=None)
        for one in chosen
    ]


def read_world(folder: Path, lines: list[Line], maker: Path, encoder: Encoder, reader: Reader) -> World:
    """Labelled posts through the real matcher with a world's rules."""
    with tempfile.TemporaryDirectory() as rules_folder:
        subprocess.run([sys.executable, maker, folder, rules_folder], check=True, capture_output=True)
        rules = rulebook.load(Path(rules_folder))
    mentions = Mentions(rules)
    posts = [Post(line.post_id, line.text, line.platform, lang=line.lang) for line in lines]
    pairs = Matcher(rules, encoder, _NoJudge(), 1.0).pairs([(post, mentions.read(post)) for post in posts], NOW)
    flat = [pair for of_post in pairs for pair in of_post]
    print(f"{folder.name}: {len(lines)} posts, {len(flat)} pairs", file=sys.stderr, flush=True)
    return World(
        name=folder.name,
        lines=lines,
        rows=features(flat, said(reader, flat)),
        post=np.repeat(np.arange(len(lines)), [len(of_post) for of_post in pairs]),
        claim=[pair.near.claim.id for pair in flat],
    )


def leave_worlds_out(worlds: Sequence[World]) -> list[NDArray[np.float64]]:
    """For each world the class scores of its rows, from a fit on all other worlds."""
    return [export(fit([other for other in worlds if other is not world])).scores(world.rows) for world in worlds]


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

    return _scaling(minimize(loss, np.array([1.0, *([0.0] * (len(SAYS) - 1))]), method="Nelder-Mead").x)


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
    reader: Path, trees: Trees, calibration: Scaling, threshold: float, worlds: Sequence[World],
    report: dict[str, Figures],
) -> None:  # fmt: skip
    """All that ships, into the package, and the report beside this file."""
    package = ROOT / "monitor" / "match"
    buffer = BytesIO()
    np.savez_compressed(buffer, **asdict(trees))
    weights = save(packed(load_file(reader)))
    description = Description(
        reader_sha256=hashlib.sha256(weights).hexdigest(),
        trees_sha256=hashlib.sha256(buffer.getvalue()).hexdigest(),
        features=FEATURES,
        classes=SAYS,
        calibration=calibration,
        threshold=threshold,
        trained_on=f"{len(worlds)} invented campaigns: {', '.join(world.name for world in worlds)}",
        left_out={key: round(value, 4) for key, value in asdict(report["all"]).items()},
    )
    (package / "reader.safetensors").write_bytes(weights)
    (package / "judge.npz").write_bytes(buffer.getvalue())
    (package / "judge.json").write_bytes(msgspec.json.format(msgspec.json.encode(description)) + b"\n")
    (ROOT / "training" / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


def _class(line: Line, claim_id: str) -> int:
    if line.claim_id != claim_id:
        return SAYS.index("neither")
    return SAYS.index(SAID.get(line.label, "neither"))


class _NoJudge:
    """Stands in while the pairs are gathered that the judge will learn from."""

    def judge(self, pairs: Sequence[object]) -> NDArray[np.float64]:
        raise NotImplementedError


if __name__ == "__main__":
    main()
