"""Verdicts as a desk gives them, some of them wrong, and rules with all in them that they suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks.parts.posts import Labelled
from monitor.model import Claim, Decision, Rules, Verdict
from monitor.rulebook.suggest import Advice, Judged

ALERTED = 0.75
"""Share of the verdicts that are on posts that alerted, as far as there are so many: the others were reported."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A labelled post and what the rules as they are make of it: its verdict, and each claim that is near it."""

    labelled: Labelled
    verdict: Verdict
    scores: Mapping[str, float]
    near: Mapping[str, tuple[str, str]]
    """Claim id -> nearest wording and the sentence that is near it."""

    @property
    def told_as(self) -> str | None:
        """The claim that it alerts for."""
        return told_as(self.verdict)

    def makes(self, claim_id: str) -> bool:
        return self.labelled.label == "spread" and self.labelled.claim_id == claim_id


def told_as(verdict: Verdict) -> str | None:
    return verdict.match.claim_id if verdict.decision is Decision.ALERT and verdict.match is not None else None


def verdicts(posts: Sequence[Weighed], claim_id: str, count: int, wrong: float, chance: Random) -> list[Judged]:
    """At most so many verdicts on a claim. Those that did not alert are first the claim's own and its neighbours, then
    whatever is near it."""
    alerted = [post for post in posts if post.told_as == claim_id]
    quiet = [post for post in posts if post.told_as != claim_id and claim_id in post.near]
    own = [post for post in quiet if claim_id in (post.labelled.claim_id, post.labelled.near)]
    others = [post for post in quiet if claim_id not in (post.labelled.claim_id, post.labelled.near)]
    for pile in (alerted, own, others):
        chance.shuffle(pile)
    chosen = alerted[: round(ALERTED * count)]
    chosen = [*chosen, *own, *others, *alerted[len(chosen) :]][:count]
    return [
        Judged(
            post.verdict.post,
            post.makes(claim_id) != (chance.random() < wrong),
            post.scores.get(claim_id),
            *post.near[claim_id],
        )
        for post in chosen
    ]


def applied(rules: Rules, advice: Sequence[Advice]) -> Rules:
    """The rules with all that is suggested, as staff would put it into the files."""
    of_claim = {one.claim_id: one for one in advice}
    return replace(rules, claims=tuple(_with(claim, of_claim.get(claim.id)) for claim in rules.claims))


def _with(claim: Claim, advice: Advice | None) -> Claim:
    if advice is None:
        return claim
    return replace(
        claim,
        threshold=claim.threshold if advice.threshold is None else advice.threshold.suggested,
        phrasings=(*claim.phrasings, *advice.phrasings),
        not_this=(*claim.not_this, *advice.look_alikes),
    )
