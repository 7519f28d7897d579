"""All that the verdicts on posts suggest, each change tried before it is said: on the claim's own tests and on the
posts that people judged, read again with the rules as they would be. Each is tried alone, then a claim's sentences
together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, Self

from monitor.model import Claim, Decision, Match, Mention, Post, Rules, Verdict
from monitor.rulebook import suggest
from monitor.rulebook.effect import Effect, Kind, Reread, Tried, effect, tried
from monitor.rulebook.suggest import Judged
from monitor.rulebook.testing import run_tests
from monitor.rulebook.thresholds import ENOUGH, Threshold, at_a_price, suggest_threshold
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
class Advice:
    """All that is suggested for a claim. `threshold` is None where none is worth trying; `why`: how sure that is.

    `at_a_price`: a lower threshold that is no suggestion: it finds much more, and costs precision."""

    claim_id: str
    judged: int
    confirmed: int
    threshold: Threshold | None
    why: str
    at_a_price: Threshold | None
    suggested: tuple[Tried, ...]
    dropped: tuple[Tried, ...]
    """What was tried and is not suggested, with what speaks against it."""
    idle: tuple[str, ...]
    """Phrasings that were nearest to no post that people confirmed."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A post that people judged, and what the rules as they are make of it: `told`, the claim that it alerts for, and
    by claim id `said`, `scores` and `near`, its nearest wording and the sentence of the post that is near to it."""

    post: Post
    mention: Mention
    said: dict[str, bool]
    told: str | None
    scores: dict[str, float]
    near: dict[str, tuple[str, str]]


def advise(
    stages: Judging, given: Sequence[HumanVerdict], threshold: float, page: PageOf, now: datetime, progress: Progress
) -> list[Advice]:
    """One for each claim of which people judged posts, in the order of the rules.

    `stages`: the rules as the files have them, for a post that people called false would be ruled out by itself.
    `threshold`: of claims that name none.
    """
    trial = Trial(stages, _read(stages, given, page, now, progress), page, now)
    claims = [claim for claim in stages.rules.claims if any(said.claim_id == claim.id for said in given)]
    found = []
    for number, claim in enumerate(claims):
        progress("tried claims", number, len(claims))
        found.append(_advice(trial, claim, threshold))
    progress("tried claims", len(claims), len(claims))
    return found


class Trial:
    """The rules as they are, and what judged posts would do with a claim changed."""

    def __init__(self, stages: Judging, asked: Sequence[_Asked], page: PageOf, now: datetime) -> None:
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


def _advice(trial: Trial, claim: Claim, threshold: float) -> Advice:
    bar = threshold if claim.threshold is None else claim.threshold
    judged = trial.judged(claim.id)
    scored = [(one.score, one.asserts) for one in judged]
    found, why = suggest_threshold(bar, scored)
    attempts = []
    if found is not None:
        other = trial.attempt(Kind.THRESHOLD, f"{found.suggested:g}", replace(claim, threshold=found.suggested))
        attempts.append(other)
        if other.against:
            found, why = None, f"{found.suggested:g} was tried: {other.against}"
    sentences = [(Kind.LOOK_ALIKE, text) for text in suggest.look_alikes(claim, bar, judged)]
    sentences += [(Kind.PHRASING, text) for text in suggest.phrasings(claim, bar, judged)]
    attempts += _together(
        trial, claim, [trial.attempt(kind, text, *_with(claim, [(kind, text)])) for kind, text in sentences]
    )
    return Advice(
        claim.id,
        judged=len(judged),
        confirmed=sum(one.asserts for one in judged),
        threshold=found,
        why=why,
        at_a_price=at_a_price(bar, scored) if found is None else None,
        suggested=tuple(one for one in attempts if not one.against),
        dropped=tuple(one for one in attempts if one.against),
        idle=suggest.idle(claim, judged),
    )


def _together(trial: Trial, claim: Claim, alone: Sequence[Tried]) -> list[Tried]:
    """Sentences that stand alone, one after the other beside those before them, the most helpful first."""
    standing: list[Tried] = []
    dropped = [one for one in alone if one.against]
    for one in sorted((one for one in alone if not one.against), key=lambda one: -one.effect.agrees):
        texts = [(other.kind, other.text) for other in (*standing, one)]
        both = trial.attempt(one.kind, one.text, *_with(claim, texts)) if standing else one
        if both.against or both.effect.agrees <= max((other.effect.agrees for other in standing), default=0.0):
            dropped.append(replace(one, against=both.against or "beside the other sentences it adds nothing"))
        else:
            standing.append(one)
    return [*standing, *dropped]


def _with(claim: Claim, sentences: Sequence[tuple[Kind, str]]) -> tuple[Claim, list[str]]:
    """The claim with these sentences, and the sentences."""
    more = {kind: tuple(text for one, text in sentences if one is kind) for kind in Kind}
    changed = replace(
        claim,
        phrasings=(*claim.phrasings, *more[Kind.PHRASING]),
        not_this=(*claim.not_this, *more[Kind.LOOK_ALIKE]),
    )
    return changed, [text for _, text in sentences]


def _read(
    stages: Judging, given: Sequence[HumanVerdict], page: PageOf, now: datetime, progress: Progress
) -> list[_Asked]:
    """Each post that people judged once, with what the rules as they are make of it."""
    said: dict[str, dict[str, bool]] = {}
    posts = {one.post.key: one.post for one in given}
    for one in given:
        said.setdefault(one.post.key, {})[one.claim_id] = one.asserts
    found: list[_Asked] = []
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
            found.append(_Asked(post, mention, said[post.key], _told(verdict), of_post, near))
    progress("judged posts", len(waiting), len(waiting))
    return found


def _is_near(one: _Asked, claim_id: str, own: Collection[str]) -> bool:
    """Whether a post is read again with a change to a claim that takes these sentences from posts."""
    if fingerprint(one.near.get(claim_id, ("", ""))[1]) in own:
        return False
    return claim_id in one.said or one.scores.get(claim_id, 0.0) >= NEAR


def _told(verdict: Verdict) -> str | None:
    """The claim that a post alerts for."""
    if verdict.match is None or verdict.decision is not Decision.ALERT:
        return None
    return verdict.match.claim_id
