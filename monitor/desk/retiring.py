"""A claim is retired: its alerts end, and where it came true, people are told which corrections are wrong now."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database

from monitor.alert import wording
from monitor.desk.notices import Said, pinged
from monitor.desk.perform import say
from monitor.model import Claim, Did, Event, IncidentState, Notice, NoticeKind, Person, PostedText
from monitor.store import corrections, enqueue, events, incidents


class Because(StrEnum):
    """Why a claim is retired: what it says has come true, or nobody spreads it any more."""

    TRUE = "true"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Retired:
    """What retiring a claim found: corrections that were posted for it, how many of its incidents are open, and how
    many notifications were kept back."""

    posted: tuple[PostedText, ...]
    open_incidents: int
    kept_back: int


def retire(db: Database, claim: Claim, because: Because, by: Person, now: datetime) -> Retired:
    """Keep back what still waits to be told of a claim, write down who retired it, and have the channel told. Inside
    the caller's transaction; the claim's file is the caller's to write."""
    current = incidents.of_claim(db, claim.id, IncidentState.OPEN)
    retired = Retired(tuple(corrections.of_claim(db, claim.id)), len(current), enqueue.withdraw(db, claim.id))
    events.add(
        db,
        Event(now, by, Did.RETIRED, after=claim.id, note=_WHY[because]),
    )
    say(db, (Said(notice(claim, because, by, retired)),), secrets.token_hex(6), now)
    return retired


def notice(claim: Claim, because: Because, by: Person, retired: Retired) -> Notice:
    lines = [wording.one_line(claim.claim, 300), "Posts that say so do not alert any more."]
    if retired.open_incidents:
        lines.append(
            f"{_count(retired.open_incidents, 'incident')} still open: post no correction there, and close it."
        )
    posted = retired.posted if because is Because.TRUE else ()
    if because is Because.TRUE:
        lines.append(_what_was_posted(posted))
        lines += [_where(one) for one in posted]
    people = dict.fromkeys(who for one in posted for who in pinged(one.by))
    return Notice(
        NoticeKind.SERVICE,
        f"{by.name} retired the claim {claim.id}: {_WHY[because]}",
        tuple(lines),
        link=posted[0].url if len(posted) == 1 else None,
        ping=tuple(people),
    )


def _what_was_posted(posted: Sequence[PostedText]) -> str:
    if not posted:
        return "No correction was posted for it that monitor knows of."
    return (
        f"{_count(len(posted), 'correction')} posted that now say what is false: "
        "take down each, or say beneath it what has changed."
    )


def _where(posted: PostedText) -> str:
    return f"{wording.platform(posted.platform)}, {posted.by.name}, {wording.moment(posted.at)}: {posted.url}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


_WHY = {Because.TRUE: "it came true", Because.OVER: "it is over"}
