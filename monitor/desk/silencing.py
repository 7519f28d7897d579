"""What comes of asking for a silence, or for its end. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from monitor.alert import wording
from monitor.alert.silencing import normal_link
from monitor.desk import notices
from monitor.desk.actions import EndSilence, OnSilence, SilenceFor
from monitor.desk.outcome import Known, Outcome, event_of
from monitor.model import Did, Person, Silence, SilenceScope


def decide(action: OnSilence, person: Person, now: datetime, known: Known) -> Outcome:
    match action:
        case SilenceFor():
            return _begin(action, person, now, known)
        case EndSilence():
            return _end(person, now, known)


def _begin(action: SilenceFor, person: Person, now: datetime, known: Known) -> Outcome:
    refusal = why_not(action, now, known)
    if refusal is not None:
        return Outcome(refusal=refusal)
    name = f"{action.scope}\n{action.value}\n{person.id}\n{now.isoformat()}"
    silence = Silence(
        id=hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        scope=action.scope,
        value=action.value,
        by=person,
        reason=action.reason.strip(),
        starts_at=now,
        until=action.until,
    )
    event = event_of(
        Did.SILENCED,
        action.incident_id,
        person,
        now,
        "",
        f"{notices.muted(silence)} until {wording.moment(silence.until)}",
        note=silence.reason,
    )
    return Outcome(events=(event,), notices=(notices.silence_began(silence),), silence=silence)


_HOW = {
    SilenceScope.CLAIM: "Write the id of a claim, as its file has it.",
    SilenceScope.ACCOUNT: "Write platform and name: bluesky:fan.example.",
    SilenceScope.LINK: "Write a whole address: https://...",
    SilenceScope.THREAD: "Write platform and post: bluesky:at://...",
}


def why_not(action: SilenceFor, now: datetime, known: Known) -> str | None:
    """Why such a silence cannot be, None where it can."""
    if not action.reason.strip():
        return "Say why: the others will ask."
    if action.until <= now:
        return "It would be over before it began."
    if not _is_known(action, known):
        return f"There is no such {action.scope}: {wording.one_line(action.value, 200)}. {_HOW[action.scope]}"
    if known.silence is not None:
        until = wording.moment(known.silence.until)
        return f"{known.silence.by.name} has silenced it already, until {until}. End that silence to set another."
    return None


def _is_known(action: SilenceFor, known: Known) -> bool:
    match action.scope:
        case SilenceScope.CLAIM:
            return known.right_claim is not None
        case SilenceScope.LINK:
            return normal_link(action.value) is not None
        case SilenceScope.ACCOUNT | SilenceScope.THREAD:
            platform, _, name = action.value.partition(":")
            return bool(platform and name)


def _end(person: Person, now: datetime, known: Known) -> Outcome:
    """The silence ends now. That its time is over is then announced like any other end."""
    silence = known.silence
    if silence is None:
        return Outcome(refusal="There is no such silence.")
    if not silence.is_active(now):
        return Outcome(refusal="It has ended already.")
    before = f"{notices.muted(silence)} until {wording.moment(silence.until)}"
    event = event_of(Did.SILENCE_ENDED, None, person, now, before, "", note=silence.id)
    return Outcome(events=(event,), silence=replace(silence, until=now), answer="It ends now; the channel is told.")
