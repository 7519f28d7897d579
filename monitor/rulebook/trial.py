"""Changes to a claim held against the posts that people judged, which are read again, and against the claim's tests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, Self

from monitor.model import Claim, Decision, Match, Mention, Post, Rules, Verdict
from monitor.rulebook.effect import Effect, Kind, Reread, Tried, effect, tried
from monitor.rulebook.suggest import Judged
from monitor.rulebook.testing import run_tests
from monitor.rulebook.thresholds import ENOUGH
from monitor.store.memory import PageOf
from monitor.store.verdicts import HumanVerdict
from monitor.text import fingerprint

READ_AT_ONCE = 16
"""Judged posts between two words of progress."""
NEAR = 0.02
"""Score from which a post that was judged for another claim is read again with a change to this one."""

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much."""


class Judging(Protocol):
    """What of `pipeline.Stages` is used: rules, and what they make of posts."""

    @property
    def rules(self) -> Rules: ...

    def mention(self, post: Post) -> Mention: ...

    def judge(self, mentioned: Sequence[tuple[Post, Mention]], now: datetime) -> list[Verdict]: ...

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]: ...

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]: ...

    def against_each(self, post: Post, now: datetime) -> list[Match]: ...

    def with_rules(self, rules: Rules) -> Self: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A post that people judged, and what the rules as they are make of it: `told`, the claim that it alerts for, and
    by claim id `said`, `scores` and `near`, its nearest wording and the sentence of the post that is near to it."""

    post: Post
    mention: Mention
    said: dict[str, bool]
    told: str | None
    scores: dict[str, float]
    near: dict[str, tuple[str, str]]


class Trial:
    """The rules as they are, and what judged posts would do with a claim changed."""

    def __init__(self, stages: Judging, asked: Sequence[Asked], page: PageOf, now: datetime) -> None:
        self._stages = stages
        self._asked = asked
        self._page = page
        self._now = now

    def judged(self, claim_id: str) -> list[Judged]:
        """Each post that people judged for a claim, with what the rules as they are make of it."""
        return [
            Judged(one.post, one.said[claim_id], one.scores.get(claim_id), *one.near.get(claim_id, ("", "")))
            for one in self._asked
            if claim_id in one.said
        ]

    def attempt(self, kind: Kind, text: str, changed: Claim, sentences: Collection[str] = ()) -> Tried:
        """Try a claim as changed. `sentences`: what it takes from posts; these posts say nothing for it."""
        rules = self._stages.rules
        claims = tuple(changed if claim.id == changed.id else claim for claim in rules.claims)
        stages = self._stages.with_rules(replace(rules, claims=claims))
        own = {fingerprint(sentence) for sentence in sentences}
        near = [one for one in self._asked if _is_near(one, changed.id, own)]
        verdicts = sum(changed.id in one.said for one in near)
        if own and verdicts < ENOUGH:
            return tried(kind, text, Effect(verdicts), [])
        posts = [one.post for one in near]
        with self._page(posts):
            scores = stages.scores(posts, self._now)
            rulings = stages.judge([(one.post, one.mention) for one in near], self._now)
        reread = [
            Reread(
                (one.told, _told(ruling)),
                (one.scores.get(changed.id), then.get(changed.id)),
                one.said.get(changed.id),
                one.said,
            )
            for one, then, ruling in zip(near, scores, rulings, strict=True)
        ]
        return tried(kind, text, effect(reread), self._broken(stages, changed))

    def _broken(self, stages: Judging, changed: Claim) -> list[str]:
        """Posts of the claim's tests that pass without the change and fail with it."""
        if not changed.tests:
            return []
        alone = replace(self._stages.rules, claims=(changed,))
        before, after = (run_tests(alone, judging.classify, self._now) for judging in (self._stages, stages))
        return [now.test.post for was, now in zip(before, after, strict=True) if was.passed and not now.passed]


def read(
    stages: Judging, given: Sequence[HumanVerdict], page: PageOf, now: datetime, progress: Progress
) -> list[Asked]:
    """Each post that people judged once, with what the rules as they are make of it."""
    said: dict[str, dict[str, bool]] = {}
    posts = {one.post.key: one.post for one in given}
    for one in given:
        said.setdefault(one.post.key, {})[one.claim_id] = one.asserts
    found: list[Asked] = []
    waiting = list(posts.values())
    for start in range(0, len(waiting), READ_AT_ONCE):
        progress("judged posts", start, len(waiting))
        batch = waiting[start : start + READ_AT_ONCE]
        mentions = [stages.mention(post) for post in batch]
        with page(batch):
            scores = stages.scores(batch, now)
            verdicts = stages.judge(list(zip(batch, mentions, strict=True)), now)
            nearest = [stages.against_each(post, now) for post in batch]
        for post, mention, of_post, verdict, matches in zip(batch, mentions, scores, verdicts, nearest, strict=True):
            near = {match.claim_id: (match.phrasing, match.sentence) for match in matches}
            found.append(Asked(post, mention, said[post.key], _told(verdict), of_post, near))
    progress("judged posts", len(waiting), len(waiting))
    return found


def _is_near(one: Asked, claim_id: str, own: Collection[str]) -> bool:
    """Whether a post is read again with a change to a claim that takes these sentences from posts."""
    if fingerprint(one.near.get(claim_id, ("", ""))[1]) in own:
        return False
    return claim_id in one.said or one.scores.get(claim_id, 0.0) >= NEAR


def _told(verdict: Verdict) -> str | None:
    """The claim that a post alerts for."""
    if verdict.match is None or verdict.decision is not Decision.ALERT:
        return None
    return verdict.match.claim_id
