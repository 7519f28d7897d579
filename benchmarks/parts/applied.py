"""All that `rules suggest` suggests put to use together, and what came of it on posts that nobody judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from statistics import quantiles

from benchmarks.parts.advised import NEVER_SCORED, Counted, Weighed, fell, halves, verdicts
from benchmarks.parts.read_world import NOW, World
from monitor.config import MatchConfig
from monitor.model import Claim, Decision, Post, Rules
from monitor.rulebook.advising import Advice, advise
from monitor.rulebook.effect import Kind, Tried
from monitor.store.verdicts import HumanVerdict
from monitor.text import fingerprint

RESAMPLED = 1000
BEFORE, AFTER = 0, 1


@dataclass(frozen=True, slots=True)
class Held:
    """A post that nobody judged: the claim that it makes, and those that it alerts for before and after. None: none."""

    makes: str | None
    told: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Sentence:
    kind: Kind
    suggested: bool
    right: bool


@dataclass(slots=True)
class Outcome:
    """What came of suggestions. `draws`, `claims`: of each whether precision fell, rose (True), or neither (None)."""

    draws: list[bool | None] = field(default_factory=list)
    claims: list[bool | None] = field(default_factory=list)
    thresholds: int = 0
    sentences: list[Sentence] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.draws += other.draws
        self.claims += other.claims
        self.thresholds += other.thresholds
        self.sentences += other.sentences
        self.held += other.held

    def lines(self) -> list[str]:
        before, after = alerts(self.held, BEFORE), alerts(self.held, AFTER)
        spreading = max(1, sum(one.makes is not None for one in self.held))
        changed = [one for one in self.held if one.told[BEFORE] != one.told[AFTER]]
        went, came = alerts(changed, BEFORE), alerts(changed, AFTER)
        low, high = self._interval()
        return [
            f"thresholds: {self.thresholds}; {self._of(Kind.PHRASING)}; {self._of(Kind.LOOK_ALIKE)}",
            f"precision {_of(before)} before, {_of(after)} after: {_share(after) - _share(before):+.4f}",
            f"that difference, nine times in ten: {low:+.4f} to {high:+.4f}",
            f"recall {before.right / spreading:.3f} before, {after.right / spreading:.3f} after",
            f"right alerts: {came.right} came, {went.right} went",
            f"wrong alerts: {came.alerts - came.right} came, {went.alerts - went.right} went",
            f"precision of a draw: fell in {_counted(self.draws)}",
            f"precision of a claim: fell in {_counted(self.claims)}",
        ]

    def _of(self, kind: Kind) -> str:
        said = {
            suggested: [one.right for one in self.sentences if one.kind is kind and one.suggested is suggested]
            for suggested in (True, False)
        }
        return (
            f"{kind}s: {len(said[True])} suggested, {said[True].count(False)} wrong, "
            f"{len(said[False])} dropped, {said[False].count(False)} wrong"
        )

    def _interval(self) -> tuple[float, float]:
        """Of the difference in precision, nine times in ten: posts drawn anew (the bootstrap)."""
        chance, differences = Random(1), []
        for _ in range(RESAMPLED):
            drawn = chance.choices(self.held, k=len(self.held))
            differences.append(_share(alerts(drawn, AFTER)) - _share(alerts(drawn, BEFORE)))
        cuts = quantiles(differences, n=20)
        return cuts[0], cuts[-1]


def apply(world: World, draw: int, count: int, wrong: float) -> Outcome:
    """Verdicts on half of a world, all that they suggest, and what it does to the other half."""
    seen, others = halves(world.posts, Random(f"{world.name} {draw}"))
    chance = Random(f"{world.name} {draw} {count}")
    bars = dict.fromkeys((claim.id for claim in world.rules.claims), MatchConfig().threshold)
    given = [
        HumanVerdict(one.post, claim_id, one.asserts)
        for claim_id in bars
        for one in verdicts(seen, claim_id, bars, count, wrong, chance)
    ]
    found = advise(world.stages, given, MatchConfig().threshold, world.page, NOW, _unsaid)
    counted = [post for post in others if post.label not in NEVER_SCORED]
    before, after = (_told(world, rules, counted) for rules in (world.rules, with_advice(world.rules, found)))
    held = [
        Held(post.claim_id if post.label == "spread" else None, (was, then))
        for post, was, then in zip(counted, before, after, strict=True)
    ]
    return Outcome(
        [_rose(held)],
        [_rose(held, claim_id) for claim_id in bars],
        sum(advice.threshold is not None for advice in found),
        _sentences(found, seen),
        held,
    )


def with_advice(rules: Rules, found: Sequence[Advice]) -> Rules:
    """The rules with all that is suggested."""
    by_id = {advice.claim_id: advice for advice in found}
    claims = tuple(_changed(claim, by_id[claim.id]) if claim.id in by_id else claim for claim in rules.claims)
    return replace(rules, claims=claims)


def alerts(held: Sequence[Held], turn: int, claim_id: str | None = None) -> Counted:
    """Alerts, of one claim or of all, and how many are right."""
    told = [one for one in held if one.told[turn] is not None and claim_id in (None, one.told[turn])]
    return Counted(len(told), sum(one.told[turn] == one.makes for one in told))


def _changed(claim: Claim, advice: Advice) -> Claim:
    for one in advice.suggested:
        match one.kind:
            case Kind.THRESHOLD:
                claim = replace(claim, threshold=float(one.text))
            case Kind.PHRASING:
                claim = replace(claim, phrasings=(*claim.phrasings, one.text))
            case Kind.LOOK_ALIKE:
                claim = replace(claim, not_this=(*claim.not_this, one.text))
    return claim


def _sentences(found: Sequence[Advice], seen: Sequence[Weighed]) -> list[Sentence]:
    return [
        Sentence(one.kind, not one.against, _makes(one, advice.claim_id, seen) == (one.kind is Kind.PHRASING))
        for advice in found
        for one in (*advice.suggested, *advice.dropped)
        if one.kind is not Kind.THRESHOLD
    ]


def _makes(tried: Tried, claim_id: str, seen: Sequence[Weighed]) -> bool:
    """Whether the post that a sentence comes from makes the claim; of several, any."""
    mark = fingerprint(tried.text)
    return any(
        post.makes(claim_id) for post in seen if claim_id in post.near and fingerprint(post.near[claim_id][1]) == mark
    )


def _told(world: World, rules: Rules, posts: Sequence[Weighed]) -> list[str | None]:
    read = [Post(post.id, post.text) for post in posts]
    with world.page(read):
        verdicts = world.stages.with_rules(rules).classify(read, NOW)
    return [
        verdict.match.claim_id if verdict.match is not None and verdict.decision is Decision.ALERT else None
        for verdict in verdicts
    ]


def _rose(held: Sequence[Held], claim_id: str | None = None) -> bool | None:
    before, after = alerts(held, BEFORE, claim_id), alerts(held, AFTER, claim_id)
    if fell(before, after):
        return False
    return True if fell(after, before) else None


def _share(found: Counted) -> float:
    return found.right / max(1, found.alerts)


def _of(found: Counted) -> str:
    return f"{found.right} of {found.alerts} ({_share(found):.3f})"


def _counted(rose: Sequence[bool | None]) -> str:
    return f"{rose.count(False)} of {len(rose)}, rose in {rose.count(True)}"


def _unsaid(what: str, done: int, of: int) -> None:
    """Progress that nobody follows."""
