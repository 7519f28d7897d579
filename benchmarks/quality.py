"""How right the alerts are: one command, one table.

    python benchmarks/quality.py --data ../shared/data

Posts go through `monitor match` as a user would send them, without their labels, at the shipped threshold. Beside it in
the same run stands the obvious build: the same language model, the largest cosine over phrasings, and the cut-off that
is best in hindsight. Counting follows DATA/README.md: an alert on a spreading post for its own claim is right; one on a
debunk, a look-alike or background, or for another claim, is wrong; questions and satire are not scored.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from monitor import rulebook
from monitor.match.encoder import DEFAULT_MODEL, load_encoder

ROOT = Path(__file__).parents[1]
LABELS = ("spread", "debunk", "question", "satire", "lookalike", "background")
UNSCORED = ("question", "satire")
RANKED = 20


class Labelled(msgspec.Struct):
    """A post of the campaign with what is known about it."""

    post_id: str
    text: str
    lang: str
    platform: str
    label: str
    claim_id: str | None = None


class Unlabelled(msgspec.Struct):
    """What of a post reaches the monitor."""

    id: str
    text: str
    source: str | None = None
    lang: str | None = None


class _Tweet(msgspec.Struct):
    """A post of a retrieval set."""

    post_id: str
    text: str


class Answer(msgspec.Struct):
    """A line of `monitor match`."""

    id: str
    decision: str
    claim: str | None = None
    score: float | None = None
    ranking: list[tuple[str, float]] = []


class Figures(msgspec.Struct):
    """A world's line in training/report.json."""

    precision: float
    recall: float
    f1: float
    recall_at_90: float


@dataclass(frozen=True)
class Guess:
    """A post's likeliest claim and its score, and whether it alerts."""

    claim: str | None
    score: float
    alerts: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with campaign/, claims/ and public/")
    data: Path = parser.parse_args().data
    campaign(data / "campaign")
    left_out()
    retrieval(data)


def campaign(folder: Path) -> None:
    lines = [msgspec.json.decode(line, type=Labelled) for line in (folder / "posts.jsonl").read_bytes().splitlines()]
    posts = [Unlabelled(line.post_id, line.text, line.platform, line.lang) for line in lines]
    answers = match(posts, "--rules", str(folder / "rules"))
    ours = [Guess(answer.claim, answer.score or 0.0, answer.decision == "alert") for answer in answers]
    print(f"\ncampaign: {len(lines)} posts")
    print(f"{'':18}{'precision':>10}{'recall':>10}{'F1':>10}{'R at P90':>10}  share alerted of " + ", ".join(LABELS))
    show("monitor", lines, ours)
    show("obvious build", lines, obvious(lines, folder / "rules"))
    for name, group in (("  Spanish", {"es"}), ("  English", {"en"})):
        chosen = [number for number, line in enumerate(lines) if line.lang in group]
        show(name, [lines[number] for number in chosen], [ours[number] for number in chosen])


def show(name: str, lines: Sequence[Labelled], guesses: Sequence[Guess]) -> None:
    precision, recall, f1 = alerting(lines, guesses)
    shares = defaultdict(list)
    for line, guess in zip(lines, guesses, strict=True):
        shares[line.label].append(guess.alerts)
    of_labels = "  ".join(f"{np.mean(shares[label]):.0%}" if shares[label] else "-" for label in LABELS)
    print(f"{name:18}{precision:10.3f}{recall:10.3f}{f1:10.3f}{recall_at_90(lines, guesses):10.3f}  {of_labels}")


def alerting(lines: Sequence[Labelled], guesses: Sequence[Guess]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the alerts."""
    scored = [(line, guess) for line, guess in zip(lines, guesses, strict=True) if line.label not in UNSCORED]
    alerts = sum(guess.alerts for _, guess in scored)
    right = sum(guess.alerts and is_right(line, guess) for line, guess in scored)
    spreading = sum(line.label == "spread" for line, _ in scored)
    return right / max(1, alerts), right / spreading, 2 * right / (alerts + spreading)


def recall_at_90(lines: Sequence[Labelled], guesses: Sequence[Guess]) -> float:
    """The largest recall of any cut-off with nine right alerts in ten."""
    scored = [(line, guess) for line, guess in zip(lines, guesses, strict=True) if line.label not in UNSCORED]
    scored.sort(key=lambda pair: -pair[1].score)
    right = np.cumsum([is_right(line, guess) for line, guess in scored])
    good = np.flatnonzero(right / np.arange(1, len(scored) + 1) >= 0.9)
    spreading = sum(line.label == "spread" for line, _ in scored)
    return float(right[good[-1]] / spreading) if len(good) else 0.0


def is_right(line: Labelled, guess: Guess) -> bool:
    return line.label == "spread" and line.claim_id == guess.claim


def obvious(lines: Sequence[Labelled], rules_folder: Path) -> list[Guess]:
    """The largest cosine over all phrasings, alerting from the cut-off of best F1 on these very posts."""
    encoder = load_encoder(DEFAULT_MODEL)
    rules = rulebook.load(rules_folder)
    wordings = [(claim.id, text) for claim in rules.claims for text in (claim.claim, *claim.phrasings)]
    cosines = encoder.encode([line.text for line in lines]) @ encoder.encode([text for _, text in wordings]).T
    best = [(wordings[int(row.argmax())][0], float(row.max())) for row in cosines]
    tries = [[Guess(claim, score, score >= cut) for claim, score in best] for cut in np.arange(0.2, 0.9, 0.01)]
    return max(tries, key=lambda guesses: alerting(lines, guesses)[2])


def left_out() -> None:
    report = msgspec.json.decode((ROOT / "training" / "report.json").read_bytes(), type=dict[str, Figures])
    print("\neach world of judge-train left out of training (training/report.json)")
    for name, figures in report.items():
        print(f"{name:24}  F1 {figures.f1:.3f}  precision {figures.precision:.3f}  recall {figures.recall:.3f}")


def retrieval(data: Path) -> None:
    relevant = defaultdict(set)
    for line in (data / "public" / "retrieval_snopes" / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        post, _, claim, _ = line.split("\t")
        relevant[post].add(claim)
    packed = (data / "public" / "retrieval_snopes" / "posts.jsonl.gz").read_bytes()
    posts = [msgspec.json.decode(line, type=_Tweet) for line in gzip.decompress(packed).splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        claims = Path(folder) / "claims.jsonl"
        claims.write_bytes(gzip.decompress((data / "claims" / "snopes_clef2022_2a_claims.jsonl.gz").read_bytes()))
        unlabelled = [Unlabelled(post.post_id, post.text) for post in posts]
        answers = match(unlabelled, "--claims", str(claims), "--top", str(RANKED))
    places = [[claim in relevant[answer.id] for claim, _ in answer.ranking] for answer in answers]
    counts = [len(relevant[answer.id]) for answer in answers]
    precision = [average_precision(found[:5], count) for found, count in zip(places, counts, strict=True)]
    print(f"\nretrieval_snopes: {len(posts)} posts, 14,231 claims")
    print(f"MAP@5 {np.mean(precision):.4f}  P@1 {np.mean([found[0] for found in places]):.4f}", end="")
    print(f"  hit@{RANKED} {np.mean([any(found) for found in places]):.4f}")


def average_precision(found: Sequence[bool], relevant: int) -> float:
    """Mean of the precision at each relevant place, over the relevant claims that could be there."""
    gains = [sum(found[: place + 1]) / (place + 1) for place, is_relevant in enumerate(found) if is_relevant]
    return sum(gains) / min(relevant, len(found))


def match(posts: Iterable[Unlabelled], *arguments: str) -> list[Answer]:
    """`monitor match` with these arguments, in a folder without a config, so that the shipped settings count."""
    lines = b"".join(msgspec.json.encode(post) + b"\n" for post in posts)
    command = [
        sys.executable,
        "-m",
        "monitor",
        "match",
        *(str(Path(a).resolve()) if "/" in a else a for a in arguments),
    ]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, cwd=folder, check=True)
    return [msgspec.json.decode(line, type=Answer) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    main()
