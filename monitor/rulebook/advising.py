"""All that the verdicts on posts suggest, each change tried before it is said: on the claim's own tests and on the
posts that people judged, read again with the rules as they would be. Each is tried alone, then a claim's sentences
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import Claim
from monitor.rulebook import suggest
from monitor.rulebook.effect import Kind, Tried
from monitor.rulebook.thresholds import Threshold, hidden, suggest_threshold
from monitor.rulebook.trial import Judging, Progress, Trial, read
from monitor.store.memory import PageOf
from monitor.store.verdicts import HumanVerdict


@dataclass(frozen=True, slots=True)
class Advice:
    """All that is suggested for a claim. `threshold` is None where none is worth trying; `why`: how sure that is.

    `hidden`: confirmed posts that alert at the usual threshold and not at this claim's."""

    claim_id: str
    judged: int
    confirmed: int
    threshold: Threshold | None
    why: str
    hidden: int
    suggested: tuple[Tried, ...]
    dropped: tuple[Tried, ...]
    """What was tried and is not suggested, with what speaks against it."""
    idle: tuple[str, ...]
    """Phrasings that were nearest to no post that people confirmed."""


def advise(
    stages: Judging, given: Sequence[HumanVerdict], threshold: float, page: PageOf, now: datetime, progress: Progress
) -> list[Advice]:
    """One for each claim of which people judged posts, in the order of the rules.

    `stages`: the rules as the files have them, for a post that people called false would be ruled out by itself.
    `threshold`: of claims that name none.
    """
    trial = Trial(stages, read(stages, given, page, now, progress), page, now)
    claims = [claim for claim in stages.rules.claims if any(said.claim_id == claim.id for said in given)]
    found = []
    for number, claim in enumerate(claims):
        progress("tried claims", number, len(claims))
        found.append(_advice(trial, claim, threshold))
    progress("tried claims", len(claims), len(claims))
    return found


def _advice(trial: Trial, claim: Claim, threshold: float) -> Advice:
    bar = claim.bar(threshold)
    judged = trial.judged(claim.id)
    scored = [(one.score, one.asserts) for one in judged]
    found, why = suggest_threshold(bar, scored)
    attempts = []
    if found is not None:
        other = trial.attempt(Kind.THRESHOLD, f"{found.suggested:g}", replace(claim, threshold=found.suggested))
        attempts.append(other)
        if other.against:
            why = f"{other.text} was tried: {other.against}"
            found = None
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
        hidden=hidden(bar, scored, threshold),
        suggested=tuple(one for one in attempts if not one.against),
        dropped=tuple(one for one in attempts if one.against),
        idle=suggest.idle(claim, judged),
    )


def _together(trial: Trial, claim: Claim, alone: Sequence[Tried]) -> list[Tried]:
    """Sentences that stand alone, one after the other beside those before them, the most helpful first."""
    standing: list[Tried] = []
    best = 0.0
    dropped = [one for one in alone if one.against]
    for one in sorted((one for one in alone if not one.against), key=lambda one: -one.effect.agrees):
        texts = [(other.kind, other.text) for other in (*standing, one)]
        both = trial.attempt(one.kind, one.text, *_with(claim, texts)) if standing else one
        if both.against or both.effect.agrees <= best:
            dropped.append(replace(one, against=both.against or "beside the other sentences it adds nothing"))
        else:
            standing.append(one)
            best = both.effect.agrees
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
