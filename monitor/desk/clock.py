"""When an incident is overdue, and when somebody is to be reminded of it. Pure.

An incident has two deadlines (alert/deadlines.py): one for an owner, one for a correction. Before each comes a
reminder, when it passes an escalation, each once. An owner who does nothing is asked, and some time later released.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.alert.deadlines import correction_due, owner_due
from monitor.config import DeskConfig
from monitor.model import Incident, IncidentState, Nudge, NudgeKind

REMIND_AT = 0.6
"""The part of the time to a deadline after which somebody is reminded."""


def due(incident: Incident, told: frozenset[Nudge], settings: DeskConfig, now: datetime) -> list[Nudge]:
    """What is to be said now, in the order in which it fell due. `told`: what was said, with the time of saying it.

    Nothing about an incident that is closed, corrected or a false alarm, or that nobody was told of in a message of its
    own. A reminder that comes too late, because its deadline has passed, does not come.
    """
    return [nudge for nudge, until in _outstanding(incident, told, settings) if nudge.at <= now and _before(now, until)]


def next_at(incident: Incident, told: frozenset[Nudge], settings: DeskConfig, now: datetime) -> datetime | None:
    """When there will be something to say, if nothing happens meanwhile; `now` or earlier when there is already."""
    return min(
        (nudge.at for nudge, until in _outstanding(incident, told, settings) if _before(now, until)), default=None
    )


def deadline_of(nudge: Nudge, incident: Incident, settings: DeskConfig) -> datetime | None:
    """What a nudge is about: a deadline; for the question to an owner, when that owner is released."""
    match nudge.kind:
        case NudgeKind.OWNER_SOON | NudgeKind.OWNER_LATE:
            return owner_due(incident, settings)
        case NudgeKind.CORRECTION_SOON | NudgeKind.CORRECTION_LATE:
            return correction_due(incident, settings)
        case NudgeKind.OWNER_ASKED | NudgeKind.OWNER_RELEASED:
            return nudge.at + _quiet(settings)


def is_running(incident: Incident) -> bool:
    """Whether the clock runs for an incident at all."""
    return (
        incident.state is IncidentState.OPEN
        and incident.corrected_at is None
        and incident.alerted_at is not None
        and incident.has_message
    )


def _outstanding(
    incident: Incident, told: frozenset[Nudge], settings: DeskConfig
) -> list[tuple[Nudge, datetime | None]]:
    """What is still to be said, with the moment from which it would be too late (None: never), earliest first."""
    if not is_running(incident):
        return []
    said = {(nudge.kind, nudge.about) for nudge in told}
    every = [
        *_to_deadline(incident, settings, NudgeKind.CORRECTION_SOON, NudgeKind.CORRECTION_LATE),
        *(_to_owner(incident, told, settings) if incident.owner is not None else _for_an_owner(incident, settings)),
    ]
    return sorted(
        ((nudge, until) for nudge, until in every if (nudge.kind, nudge.about) not in said),
        key=lambda outstanding: outstanding[0].at,
    )


def _for_an_owner(incident: Incident, settings: DeskConfig) -> Iterator[tuple[Nudge, datetime | None]]:
    return _to_deadline(incident, settings, NudgeKind.OWNER_SOON, NudgeKind.OWNER_LATE)


def _to_deadline(
    incident: Incident, settings: DeskConfig, soon: NudgeKind, late: NudgeKind
) -> Iterator[tuple[Nudge, datetime | None]]:
    if soon is NudgeKind.OWNER_SOON:
        deadline, allowed = owner_due(incident, settings), timedelta(minutes=settings.own_minutes)
    else:
        deadline, allowed = correction_due(incident, settings), timedelta(minutes=settings.correct_minutes)
    told_at = incident.alerted_at
    if deadline is None or told_at is None:
        return
    remind_at = deadline - allowed * (1 - REMIND_AT)
    if remind_at <= told_at:
        # The alert itself came late and shows the clock: a reminder on its heels would say the same.
        remind_at = deadline - (deadline - told_at) * (1 - REMIND_AT)
    yield Nudge(soon, "", remind_at), deadline
    yield Nudge(late, "", deadline), None


def _to_owner(
    incident: Incident, told: frozenset[Nudge], settings: DeskConfig
) -> Iterator[tuple[Nudge, datetime | None]]:
    """Who does something after the question is asked anew later: `about` names the spell of quiet, not only the owner.

    Released so long after the question, however late that was: nobody is released who was not asked.
    """
    active = incident.owner_active_at or incident.owned_at
    if incident.owner is None or active is None:
        return
    about = f"{incident.owner.id} {active.isoformat()}"
    yield Nudge(NudgeKind.OWNER_ASKED, about, active + _quiet(settings)), None
    for nudge in told:
        if nudge.kind is NudgeKind.OWNER_ASKED and nudge.about == about:
            yield Nudge(NudgeKind.OWNER_RELEASED, about, nudge.at + _quiet(settings)), None


def _quiet(settings: DeskConfig) -> timedelta:
    return timedelta(minutes=settings.owner_quiet_minutes)


def _before(now: datetime, until: datetime | None) -> bool:
    return until is None or now < until
