"""*Not this claim*: the post becomes a look-alike at once; how many alerts that would have spared is told after.

Counting runs the real stages over earlier posts, which takes seconds. Nobody waits for that: the press is done first,
and the number follows in the incident's thread. Were monitor killed in between, only the number would be missing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.desk import notices
from monitor.desk.actions import NotThisClaim
from monitor.desk.payload import Pressed
from monitor.desk.perform import say
from monitor.desk.wiring import Asker, Desk
from monitor.match.look_alikes import with_look_alikes
from monitor.model import Decision, LookAlike, Verdict
from monitor.pipeline import Stages
from monitor.store import earlier
from monitor.store.earlier import EarlierAlert

LOOKS_BACK = timedelta(days=30)
MOST_POSTS = 300
AT_A_TIME = 8
"""Posts that are judged together: new posts take their turn in between."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Of the earlier `alerts` of a claim, how many a look-alike would have prevented, and how many of these a person
    had confirmed: those would have been missed."""

    alerts: int
    prevented: int
    confirmed: int


async def pressed(desk: Desk, asker: Asker, request: Pressed) -> None:
    outcome = await desk.do(asker, NotThisClaim(request.value))
    if outcome is None or outcome.look_alike is None:
        return
    spared = await count(desk, outcome.look_alike)
    await asyncio.to_thread(_tell, desk, asker, request.value, spared)
    desk.woken()


async def count(desk: Desk, look_alike: LookAlike) -> Spared:
    """What a look-alike would have changed about the earlier alerts of its claim that are still stored."""
    now = desk.now()
    alerts = await asyncio.to_thread(_earlier, desk, look_alike, now)
    if not alerts:
        return Spared(0, 0, 0)
    before, after = await asyncio.to_thread(_before_and_after, desk.pipeline.stages, look_alike)
    prevented: list[EarlierAlert] = []
    for start in range(0, len(alerts), AT_A_TIME):
        some = alerts[start : start + AT_A_TIME]
        prevented += await asyncio.to_thread(_prevented, before, after, some, look_alike.claim_id, now)
    return Spared(len(alerts), len(prevented), sum(alert.is_confirmed for alert in prevented))


def _earlier(desk: Desk, look_alike: LookAlike, now: datetime) -> list[EarlierAlert]:
    with desk.store.reading() as db:
        return earlier.alerts(db, look_alike.claim_id, look_alike.post_key, now - LOOKS_BACK, MOST_POSTS)


def _before_and_after(stages: Stages, look_alike: LookAlike) -> tuple[Stages, Stages]:
    """The stages without and with a look-alike, whether or not it counts already."""
    claims = tuple(
        replace(claim, not_this=tuple(text for text in claim.not_this if text != look_alike.text))
        if claim.id == look_alike.claim_id
        else claim
        for claim in stages.rules.claims
    )
    without = replace(stages.rules, claims=claims)
    return stages.with_rules(without), stages.with_rules(with_look_alikes(without, [look_alike]))


def _prevented(
    before: Stages, after: Stages, alerts: list[EarlierAlert], claim_id: str, now: datetime
) -> list[EarlierAlert]:
    posts = [alert.post for alert in alerts]
    return [
        alert
        for alert, then, instead in zip(alerts, before.classify(posts, now), after.classify(posts, now), strict=True)
        if _alerts(then, claim_id) and not _alerts(instead, claim_id)
    ]


def _alerts(verdict: Verdict, claim_id: str) -> bool:
    return verdict.decision is Decision.ALERT and verdict.match is not None and verdict.match.claim_id == claim_id


def _tell(desk: Desk, asker: Asker, incident_id: str, spared: Spared) -> None:
    with desk.store.transaction() as db:
        say(
            db,
            (notices.spared(incident_id, spared.alerts, spared.prevented, spared.confirmed),),
            f"{asker.key}\nspared",
            desk.now(),
        )
