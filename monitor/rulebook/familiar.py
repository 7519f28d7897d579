"""Whether we have a claim already: the matcher that reads posts reads the fact checker's sentence as if it were one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from monitor.model import Claim, ClaimStatus, FactCheck, Post, Rules
from monitor.rulebook.importing import Same
from monitor.rulebook.testing import as_if_active
from monitor.text import fold

SAME = 0.85
"""Score from which a fact check's claim, read as a post, is one of ours: surer than an alert, for what only resembles a
claim is to be drafted too (docs/measurements.md)."""


class Scorer(Protocol):
    """What is asked of `pipeline.Stages`."""

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]: ...

    def with_rules(self, rules: Rules) -> Scorer: ...


class Familiar:
    """Which claims we have, drafts and retired ones too, by their words and by the matcher. Blocking.

    `stages` loads the models: seconds, and only where there is something to ask.
    """

    def __init__(self, rules: Rules, stages: Callable[[Rules], Scorer], threshold: float, now: datetime) -> None:
        self.rules = rules
        self._load = stages
        self._threshold = threshold
        self._now = now
        self._scorer: Scorer | None = None
        self._added: Scorer | None = None
        self._new: tuple[Claim, ...] = ()

    def __call__(self, check: FactCheck) -> Same | None:
        said = fold(check.claim)
        for claim in self.rules.claims:
            if said in map(fold, (claim.claim, *claim.phrasings)):
                return Same(claim.id, 1.0, verbatim=True)
        if self._scorer is None:
            self._scorer = self._load(_all_matched(self.rules, self.rules.claims))
        found = [self._best(self._scorer, check)]
        if self._new:
            # Only the new ones are read into the index anew.
            self._added = self._added or self._scorer.with_rules(_all_matched(self.rules, self._new))
            found.append(self._best(self._added, check))
        return max((same for same in found if same is not None), key=lambda same: same.score, default=None)

    def add(self, claim: Claim) -> None:
        """One more claim that we have."""
        self.rules = replace(self.rules, claims=(*self.rules.claims, claim))
        self._new = (*self._new, claim)
        self._added = None

    def _best(self, scorer: Scorer, check: FactCheck) -> Same | None:
        """The claim that a fact check's claim would surely alert for, were it a post."""
        (scores,) = scorer.scores([Post(id="claim", text=check.claim, lang=check.lang)], self._now)
        known = [Same(claim_id, score) for claim_id, score in scores.items() if score >= self._bar(claim_id)]
        return max(known, key=lambda same: same.score, default=None)

    def _bar(self, claim_id: str) -> float:
        claim = self.rules.claim(claim_id)
        return max(self._threshold if claim is None else claim.bar(self._threshold), SAME)


def _all_matched(rules: Rules, claims: Sequence[Claim]) -> Rules:
    return as_if_active(replace(rules, claims=tuple(replace(claim, status=ClaimStatus.DRAFT) for claim in claims)))
