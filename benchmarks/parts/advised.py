"""Verdicts as a desk gives them, some of them wrong, what `rules suggest` makes of them, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import msgspec

from monitor.model import Post
from monitor.rulebook.suggest import Judged

ALERTED = 0.75
"""Share of the verdicts that are on posts that alerted, as far as there are so many: the others were reported."""
NEVER_SCORED = ("question", "satire")
"""Labels that count neither as right nor as wrong alerts, as in quality.py."""


class Weighed(msgspec.Struct, frozen=True):
    """A labelled post and what the rules as they are make of it.

    `scores`: by claim id; `near`: claim id -> its nearest wording, and the sentence of the post that is near it;
    `near_claim`: the claim that a look-alike resembles.
    """

    id: str
    text: str
    label: str
    claim_id: str | None
    near_claim: str | None
    scores: dict[str, float]
    near: dict[str, tuple[str, str]]

    def makes(self, claim_id: str) -> bool:
        return self.label == "spread" and self.claim_id == claim_id

    def told_as(self, bars: Mapping[str, float]) -> str | None:
        """The claim that it alerts for, at these thresholds."""
        alerting = [claim_id for claim_id, score in self.scores.items() if score >= bars[claim_id]]
        return max(alerting, key=self.scores.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class Counted:
    """Alerts for a claim, and how many of them were right."""

    alerts: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / self.alerts if self.alerts else None

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.alerts + other.alerts, self.right + other.right)


def halves(posts: Sequence[Weighed], chance: Random) -> tuple[list[Weighed], list[Weighed]]:
    """Those on which people give verdicts, and those on which the outcome is counted."""
    mixed = list(posts)
    chance.shuffle(mixed)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def verdicts(
    posts: Sequence[Weighed], claim_id: str, bars: Mapping[str, float], count: int, wrong: float, chance: Random
) -> list[Judged]:
    """At most so many verdicts on a claim, in the order in which they are given. Of posts that did not alert, the
    claim's own and its look-alikes come before whatever is near it."""
    near = [(post, post.told_as(bars) == claim_id) for post in posts if claim_id in post.near]
    alerted = [post for post, alerts in near if alerts]
    quiet = [post for post, alerts in near if not alerts]
    own = [post for post in quiet if claim_id in (post.claim_id, post.near_claim)]
    others = [post for post in quiet if claim_id not in (post.claim_id, post.near_claim)]
    for pile in (alerted, own, others):
        chance.shuffle(pile)
    first = alerted[: round(ALERTED * count)]
    chosen = [*first, *own, *others, *alerted[len(first) :]][:count]
    return [
        Judged(
            Post(post.id, post.text),
            post.makes(claim_id) != (chance.random() < wrong),
            post.scores.get(claim_id),
            *post.near[claim_id],
        )
        for post in chosen
    ]


def counted(posts: Sequence[Weighed], told: Sequence[str | None]) -> dict[str, Counted]:
    """By claim. `told`: the claim that each post alerts for."""
    found: dict[str, Counted] = {}
    for post, claim_id in zip(posts, told, strict=True):
        if claim_id is not None and post.label not in NEVER_SCORED:
            found[claim_id] = found.get(claim_id, Counted()) + Counted(1, int(post.makes(claim_id)))
    return found


def fell(before: Counted, after: Counted) -> bool:
    """A claim that does not alert any more cries no wolf."""
    return before.precision is not None and after.precision is not None and after.precision < before.precision
