"""How right the judge is on worlds that it did not learn from: by label, language, tier and kind of claim.

For the model card: printed by fit_judge.py, and nothing reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from monitor.match.calibration import expected_calibration_error

KINDS = Path(__file__).parent / "claim_kinds.json"
ELSEWHERE = "elsewhere"
"""Label of a post from another campaign, which therefore says nothing about this one's claims."""
UNCOUNTED = ("question", "satire", ELSEWHERE)
"""Labels that are in no figure but their own."""
LEAST = 20
"""Spreading posts below which a group's figure would mean little."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A labelled post and what was decided. `claim` is the claim of the highest score, `score` that score."""

    world: str
    label: str
    lang: str
    tier: str | None
    own: str | None
    claim: str | None
    score: float
    alerts: bool

    @property
    def right(self) -> bool:
        return self.label == "spread" and self.claim == self.own


def lines(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """The tables, as lines of Markdown."""
    yield "| label | posts | alerted |\n|---|---|---|"
    for label, group in _groups(outcomes, lambda one: one.label):
        yield f"| {label} | {len(group)} | {np.mean([one.alerts for one in group]):.1%} |"
    kinds = {
        claim: kind for kind, claims in msgspec.json.decode(KINDS.read_bytes(), type=dict[str, list[str]]).items()
        for claim in claims
    }  # fmt: skip
    for title, key in (
        ("language", lambda one: one.lang),
        ("tier", lambda one: one.tier),
        ("kind of claim", lambda one: kinds.get(f"{one.world}/{one.own or one.claim}")),
    ):
        yield f"\n| {title} | spreading posts | precision | recall | F1 |\n|---|---|---|---|---|"
        for name, group in _groups(outcomes, key):
            spreading = sum(one.label == "spread" for one in group)
            if spreading >= LEAST:
                yield f"| {name} | {spreading} | {_figures(group, spreading)} |"
    scored = [one for one in outcomes if one.label not in UNCOUNTED]
    scores, right = np.array([one.score for one in scored]), np.array([one.right for one in scored])
    yield f"\nexpected calibration error: {expected_calibration_error(scores, right):.3f}"


def _figures(group: Sequence[Outcome], spreading: int) -> str:
    alerts = [one for one in group if one.alerts and one.label not in UNCOUNTED]
    right = sum(one.right for one in alerts)
    f1 = 2 * right / (len(alerts) + spreading)
    return f"{right / max(1, len(alerts)):.2f} | {right / spreading:.2f} | {f1:.2f}"


def _groups(outcomes: Sequence[Outcome], key: Callable[[Outcome], str | None]) -> Iterable[tuple[str, list[Outcome]]]:
    groups: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        name = key(one)
        if name is not None:
            groups[name].append(one)
    return sorted(groups.items(), key=lambda item: -len(item[1]))
