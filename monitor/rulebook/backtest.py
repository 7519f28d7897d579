"""What other rules would have made of the posts that came. Pure, but for what judges them.

Posts alert or not; how alerts become messages (one for each incident, none under a silence) is left out, so that what
is gained and lost depends on the rules alone.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Protocol, Self

from monitor import answering
from monitor.answering import ParentOf
from monitor.match.look_alikes import with_look_alikes
from monitor.model import Claim, ClaimStatus, Decision, LookAlike, Media, Mention, Post, Rules, Verdict
from monitor.store.history import Ruling
from monitor.store.memory import PageOf
from monitor.store.verdicts import HumanVerdict
from monitor.text import fingerprint

BATCH = 256
"""Posts judged together."""
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))
"""At which precision and recall are counted."""
LEAST_SPAN = timedelta(hours=1)
"""Alarms per day of a shorter time would say nothing."""


class Judging(Protocol):
    """What of `pipeline.Stages` is used: rules, and what they make of posts."""

    @property
    def rules(self) -> Rules: ...

    def mentions(self, batch: Sequence[Post]) -> list[Mention]: ...

    def judge(self, mentioned: Sequence[tuple[Post, Mention]], now: datetime) -> list[Verdict]: ...

    def classify(self, batch: Sequence[Post], now: datetime) -> list[Verdict]: ...

    def with_rules(self, rules: Rules) -> Self: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A post that alerts with one set of rules and not with the other, once for all posts with its words.

    `score` and `why` are what the new rules say of it. `asserts`: what a person said, None where nobody did.
    """

    post: Post
    claim_id: str
    at: datetime
    score: float | None
    why: str
    asserts: bool | None
    posts: int = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Posts that alert for a claim: before and after, gained and lost, and what people said of these."""

    claim_id: str
    before: int
    after: int
    gained: int
    lost: int
    gained_false: int
    lost_confirmed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of rules on the same posts. `false_before` and `false_after`: posts that alert and of which a person
    said that they do not make the claim; `unknown_after`: of which nobody said anything."""

    since: datetime
    until: datetime
    posts: int
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    claims: tuple[Tally, ...]
    false_before: int
    false_after: int
    unknown_after: int

    @property
    def days(self) -> float:
        return max(self.until - self.since, LEAST_SPAN) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would do on the posts that people judged. None where it would divide by nothing."""

    threshold: float
    alerts: int
    confirmed: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """Precision and recall of a claim over its threshold, on `judged` posts of which `confirmed` make the claim."""

    claim_id: str
    threshold: float
    judged: int
    confirmed: int
    points: tuple[Point, ...]


class Said:
    """What people said of posts: of a post itself, else of one with the same words."""

    def __init__(self, verdicts: Sequence[HumanVerdict]) -> None:
        self._of_post = {(said.post.key, said.claim_id): said.asserts for said in verdicts}
        self._of_words = {(fingerprint(said.post.text), said.claim_id): said.asserts for said in verdicts}

    def of(self, post: Post, claim_id: str) -> bool | None:
        """Whether a post makes a claim, None where nobody said."""
        own = self._of_post.get((post.key, claim_id))
        return self._of_words.get((fingerprint(post.text), claim_id)) if own is None else own


def replayed(
    past: Sequence[Ruling], learned: Sequence[LookAlike], stages: Judging, page: PageOf, parent_of: ParentOf
) -> Iterator[list[Ruling]]:
    """What the rules of `stages` make of posts, batch by batch, in order; each with the look-alikes that people had
    named by the time when it came. `learned`: the oldest first."""
    times = [look_alike.at for look_alike in learned]
    for number, posts in groupby(past, lambda was: bisect_right(times, was.at)):
        then = stages.with_rules(with_look_alikes(stages.rules, learned[:number])) if number else stages
        yield from rejudged(list(posts), then, page, parent_of)


def rejudged(past: Sequence[Ruling], stages: Judging, page: PageOf, parent_of: ParentOf) -> Iterator[list[Ruling]]:
    """What the rules of `stages` make of posts, batch by batch, in order; each as of the time when it came.

    Posts of the same words that name the same people are judged once; an answer that only agrees is judged again under
    the post that it agrees with, as far as `parent_of` knows that, as the service does.
    """
    known: dict[_Key, Verdict] = {}
    turns = stages.rules.turning_points
    for batch in _batches(past, turns):
        with _undisturbed():
            now, posts = batch[0].at, [was.post for was in batch]
            mentioned = list(zip(posts, stages.mentions(posts), strict=True))
            keys = [_Key(post.text, post.media, mention, bisect_right(turns, now)) for post, mention in mentioned]
            new = {key: pair for key, pair in zip(keys, mentioned, strict=True) if key not in known}
            with page(posts):
                known |= zip(new, stages.judge(list(new.values()), now), strict=True)
            alone = [_as_of(post, known[key]) for post, key in zip(posts, keys, strict=True)]
            verdicts = answering.in_context(parent_of, alone, partial(stages.classify, now=now), page)
            rulings = [_ruling(was, verdict, stages.rules) for was, verdict in zip(batch, verdicts, strict=True)]
        yield rulings


def compare(
    before: Sequence[Ruling], after: Sequence[Ruling], said: Said, since: datetime, until: datetime
) -> Comparison:
    """Hold two sets of rulings on the same posts, in the same order, against each other."""
    gained = [_change(now, now.claim_id, now, said) for was, now in zip(before, after, strict=True)
              if now.claim_id is not None and now.claim_id != was.claim_id]  # fmt: skip
    lost = [_change(was, was.claim_id, now, said) for was, now in zip(before, after, strict=True)
            if was.claim_id is not None and now.claim_id != was.claim_id]  # fmt: skip
    said_before = [said.of(was.post, was.claim_id) for was in before if was.claim_id is not None]
    said_after = [said.of(now.post, now.claim_id) for now in after if now.claim_id is not None]
    return Comparison(
        since,
        until,
        len(before),
        gained=_together(gained),
        lost=_together(lost),
        claims=tuple(_tallies(before, after, gained, lost)),
        false_before=said_before.count(False),
        false_after=said_after.count(False),
        unknown_after=said_after.count(None),
    )


def tradeoff(claim: Claim, threshold: float, judged: Sequence[tuple[float | None, bool]]) -> Tradeoff:
    """Precision and recall over the threshold. `judged`: of each post its score for the claim, None where no threshold
    would make it alert, and whether it makes the claim."""
    confirmed = sum(asserts for _, asserts in judged)
    marks = sorted({*THRESHOLDS, threshold})
    points = tuple(_point(mark, judged, confirmed) for mark in marks)
    return Tradeoff(claim.id, threshold, len(judged), confirmed, points)


@dataclass(frozen=True, slots=True)
class _Key:
    """All that a verdict depends on, beside the rules. `turn`: which claims' dates have begun and ended."""

    text: str
    media: tuple[Media, ...]
    mention: Mention
    turn: int


def _batches(past: Sequence[Ruling], turns: Sequence[datetime]) -> Iterator[list[Ruling]]:
    """Posts in order, none of a batch on another side of a turning point than the others."""
    batch: list[Ruling] = []
    for was in past:
        if batch and (len(batch) == BATCH or bisect_right(turns, was.at) != bisect_right(turns, batch[0].at)):
            yield batch
            batch = []
        batch.append(was)
    if batch:
        yield batch


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without looking for objects that hold each other: there are none, and looking took a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _as_of(post: Post, verdict: Verdict) -> Verdict:
    """A verdict on a post's words as one on the post: what it answers is its own."""
    return replace(verdict, post=post) if post.parents else verdict


def _ruling(was: Ruling, verdict: Verdict, rules: Rules) -> Ruling:
    match = verdict.match
    claim = None if match is None else rules.claim(match.claim_id)
    tells = verdict.decision is Decision.ALERT and claim is not None and claim.status is ClaimStatus.ACTIVE
    score = None if match is None else match.score
    return Ruling(was.post, was.at, claim.id if tells and claim is not None else None, score, verdict.why)


def _change(alerts: Ruling, claim_id: str | None, now: Ruling, said: Said) -> Change:
    assert claim_id is not None  # noqa: S101  # asked only of posts that alert
    return Change(alerts.post, claim_id, alerts.at, now.score, now.why, said.of(alerts.post, claim_id))


def _together(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Posts with the same words as one, those with most posts first."""
    first: dict[tuple[str, str], Change] = {}
    count = Counter((fingerprint(change.post.text), change.claim_id) for change in changes)
    for change in changes:
        first.setdefault((fingerprint(change.post.text), change.claim_id), change)
    found = [replace(change, posts=count[key]) for key, change in first.items()]
    return tuple(sorted(found, key=lambda change: (change.claim_id, -change.posts, change.at)))


def _tallies(
    before: Sequence[Ruling], after: Sequence[Ruling], gained: Sequence[Change], lost: Sequence[Change]
) -> Iterator[Tally]:
    befores = Counter(was.claim_id for was in before if was.claim_id is not None)
    afters = Counter(now.claim_id for now in after if now.claim_id is not None)
    for claim_id in sorted({*befores, *afters}):
        more = [change for change in gained if change.claim_id == claim_id]
        fewer = [change for change in lost if change.claim_id == claim_id]
        yield Tally(
            claim_id,
            before=befores[claim_id],
            after=afters[claim_id],
            gained=len(more),
            lost=len(fewer),
            gained_false=sum(change.asserts is False for change in more),
            lost_confirmed=sum(change.asserts is True for change in fewer),
        )


def _point(threshold: float, judged: Sequence[tuple[float | None, bool]], confirmed: int) -> Point:
    alerting = [asserts for score, asserts in judged if score is not None and score >= threshold]
    right = sum(alerting)
    return Point(
        threshold,
        len(alerting),
        right,
        precision=right / len(alerting) if alerting else None,
        recall=right / confirmed if confirmed else None,
    )
