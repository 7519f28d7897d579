"""The story of an incident: what was seen, told, said and done, in order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.alert.silencing import covers
from monitor.desk.outcome import described
from monitor.model import Did, Event, Incident, IncidentState, Silence
from monitor.store import alerts, events, posts, sightings, silences

MONITOR = "monitor"
OVER = (IncidentState.CLOSED, IncidentState.FALSE_ALARM)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story. `posts`: how many the incident had by then; `who`: a person with that person's id, or
    monitor itself."""

    at: datetime
    posts: int
    who: str
    what: str
    before: str = ""
    after: str = ""
    note: str = ""


def story(db: Database, incident: Incident) -> list[Moment]:
    """Everything that happened, the earliest first. What happened at the same time stays in the order of doing it."""
    seen = sightings.times(db, incident.id)

    def posts_by(moment: datetime) -> int:
        return bisect_right(seen, moment)

    first = [
        Moment(incident.first_seen, posts_by(incident.first_seen), MONITOR, "first post", note=incident.first_post)
    ]
    told = [
        Moment(one.at, posts_by(one.at), MONITOR, f"told people: {one.reason}", after=one.kinds, note=one.post_key)
        for one in alerts.of_incident(db, incident.id)
    ]
    done = [
        Moment(
            event.at,
            posts_by(event.at),
            MONITOR if event.who is None else described(event.who),
            event.did.value,
            event.before,
            event.after,
            event.note,
        )
        for event in _done(db, incident)
    ]
    return sorted([*first, *told, *done], key=lambda moment: moment.at)


def _done(db: Database, incident: Incident) -> list[Event]:
    """What the audit says of an incident, and of what concerned it without naming it: silences that muted it, and that
    its claim was retired."""
    own = events.of_incident(db, incident.id)
    muting = list(_muting(db, incident, own))
    start = min([incident.first_seen, *(silence.starts_at for silence in muting)])
    others = [
        event
        for event in events.since(db, start)
        if event.incident_id != incident.id and _concerns(event, incident, muting)
    ]
    return [*own, *others]


def _concerns(event: Event, incident: Incident, muting: Sequence[Silence]) -> bool:
    match event.did:
        case Did.SILENCED:
            return any(_began(event, silence) for silence in muting)
        case Did.SILENCE_ENDED:
            return event.note in [silence.id for silence in muting]
        case Did.RETIRED:
            return event.after == incident.claim_id and event.at >= incident.first_seen
        case _:
            return False


def _muting(db: Database, incident: Incident, own: Sequence[Event]) -> Iterator[Silence]:
    """The silences that were set from an incident, or that covered one of its posts while it went on."""
    counted = [sighted.post for sighted in sightings.of_incident(db, incident.id)]
    over_at = max([incident.last_seen, *(event.at for event in own)])
    for silence in silences.from_on(db, incident.first_seen):
        if any(event.did is Did.SILENCED and _began(event, silence) for event in own):
            yield silence
        elif incident.state in OVER and silence.starts_at > over_at:
            continue
        elif any(covers(silence, incident.claim_id, post, posts.above(db, post)) for post in counted):
            yield silence


def _began(event: Event, silence: Silence) -> bool:
    """Whether an event is the start of this silence: the audit names none by its id."""
    return event.at == silence.starts_at and event.who is not None and event.who.id == silence.by.id
