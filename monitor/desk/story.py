"""The story of an incident: what was seen, told, said and done, in order of time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.desk.outcome import described
from monitor.model import Incident
from monitor.store import alerts, events, sightings

MONITOR = "monitor"


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
        for event in events.of_incident(db, incident.id)
    ]
    return sorted([*first, *told, *done], key=lambda moment: moment.at)
