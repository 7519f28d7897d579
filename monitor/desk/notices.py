"""What the desk says in words: what somebody did, what is due, what is overdue. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alert import wording
from monitor.config import DeskConfig
from monitor.model import (
    Claim,
    Incident,
    Notice,
    NoticeKind,
    NudgeKind,
    Person,
    Proposal,
    ShareLink,
    Silence,
    SilenceScope,
)

_PINGED = re.compile(r"[UW][A-Z0-9]+")
_SCOPES = {
    SilenceScope.CLAIM: "the claim",
    SilenceScope.ACCOUNT: "the account",
    SilenceScope.LINK: "the link",
    SilenceScope.THREAD: "the thread",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A notice and where it goes: to an incident's thread (`broadcast`: shown in the channel too), or to `channel`, or
    with neither to the alerts' channel."""

    notice: Notice
    incident_id: str | None = None
    channel: str | None = None
    broadcast: bool = False


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


def ago(then: datetime | None, now: datetime) -> str:
    return "a while ago" if then is None else f"{span((now - then).total_seconds())} ago"


def span(seconds: float) -> str:
    """A duration as people say it: 4 s, 12 min, 3 h."""
    seconds = max(0, round(seconds))
    if seconds < 90:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{round(seconds / 3600)} h"


def pinged(person: Person | None) -> tuple[str, ...]:
    """Whom to notify: nobody for somebody of the command line, who has no Slack id."""
    return (person.id,) if person is not None and _PINGED.fullmatch(person.id) else ()


def taken_on(incident_id: str, person: Person, before: Person | None, is_reopened: bool, now: datetime) -> Said:
    if before is not None and before.id != person.id:
        title, ping = f"{person.name} took it over from {before.name} ({clock(now)})", pinged(before)
    else:
        title, ping = f"{person.name} has it ({clock(now)})", ()
    lines = ("It is open again.",) if is_reopened else ()
    return Said(Notice(NoticeKind.DONE, title, lines, ping=ping), incident_id)


def confirmed(incident_id: str, person: Person, now: datetime) -> Said:
    return Said(Notice(NoticeKind.DONE, f"{person.name}: it is this claim ({clock(now)})"), incident_id)


def not_this_claim(incident_id: str, person: Person, now: datetime) -> Said:
    lines = ("Posts like it will not alert for this claim again. Press I'm on it if that was a slip.",)
    return Said(Notice(NoticeKind.DONE, f"{person.name}: not this claim ({clock(now)})", lines), incident_id)


def spared(incident_id: str, alerts: int, prevented: int, confirmed: int) -> Said:
    """What a look-alike would have changed, had it been known before."""
    lines: tuple[str, ...] = ()
    if not alerts:
        title = "Known before, it would have prevented nothing: no earlier alert of this claim is stored"
    elif not prevented:
        title = f"Known before, it would have prevented none of the {_earlier(alerts)} of this claim"
    else:
        title = f"Known before, it would have prevented {prevented} of the {_earlier(alerts)} of this claim"
        if confirmed:
            lines = (f"{confirmed} of them somebody had confirmed: is it really something else?",)
    return Said(Notice(NoticeKind.DONE, title, lines), incident_id)


def moved(incident_id: str, person: Person, right: Claim, now: datetime) -> Said:
    title = f"{person.name} moved it to another claim ({clock(now)})"
    return Said(Notice(NoticeKind.DONE, title, (wording.one_line(right.claim, 300),)), incident_id)


def closed(incident_id: str, person: Person, now: datetime) -> Said:
    return Said(Notice(NoticeKind.DONE, f"{person.name} closed it ({clock(now)})"), incident_id)


def correction_posted(incident: Incident, person: Person, url: str, is_change: bool, now: datetime) -> Said:
    what = "changed the correction" if is_change else "posted the correction"
    since = span((now - incident.first_seen).total_seconds())
    lines = () if is_change else (f"{since} after the first post. The clock has stopped.",)
    return Said(Notice(NoticeKind.DONE, f"{person.name} {what} ({clock(now)})", lines, link=url), incident.id)


def please_share(
    claim: Claim | None, text: str, url: str, share: tuple[ShareLink, ...], is_change: bool, channel: str
) -> Said:
    """The one message to the amplifiers. It belongs to no incident: they see neither its thread nor its message."""
    if is_change:
        title = "The correction has changed: please share it as it stands now"
    else:
        title = "A correction is out: please share it"
    lines = () if claim is None else (f"It answers: {wording.one_line(claim.claim, 300)}",)
    return Said(Notice(NoticeKind.SHARE, title, lines, quote=text, link=url, share=share), channel=channel)


def proposal(incident_id: str, proposed: Proposal) -> Said:
    title = f"Add this to {proposed.key} in {proposed.file}?"
    lines = ("Then every post worded like it stays quiet, and the rules say why.",)
    return Said(Notice(NoticeKind.PROPOSAL, title, lines, quote=proposed.text, subject=proposed.id), incident_id)


def accepted(proposed: Proposal, person: Person, diff: tuple[str, ...], now: datetime) -> Said:
    title = f"{person.name} added it to {proposed.key} in {proposed.file} ({clock(now)})"
    if not diff:
        return Said(Notice(NoticeKind.DONE, title, ("It stood there already.",)), proposed.incident_id)
    return Said(Notice(NoticeKind.DONE, title, quote="\n".join(diff)), proposed.incident_id)


def discarded(proposed: Proposal, person: Person, now: datetime) -> Said:
    title = f"{person.name} left {proposed.file} as it is ({clock(now)})"
    lines = ("Posts like it stay quiet all the same, as long as this database is kept.",)
    return Said(Notice(NoticeKind.DONE, title, lines), proposed.incident_id)


def muted(silence: Silence) -> str:
    """What a silence mutes, in words."""
    return f"{_SCOPES[silence.scope]} {wording.one_line(silence.value, 200)}"


def silence_began(silence: Silence) -> Said:
    title = f"{silence.by.name} silenced {muted(silence)} until {wording.moment(silence.until)}"
    lines = (f"Reason: {silence.reason}", "Posts are counted on, and shown when the silence ends.")
    return Said(Notice(NoticeKind.SILENCE, title, lines, subject=silence.id))


def silence_ended(silence: Silence) -> Said:
    title = f"The silence on {muted(silence)} is over"
    lines = (f"{silence.by.name} set it: {silence.reason}", "What went on meanwhile comes now, if anything did.")
    return Said(Notice(NoticeKind.SILENCE, title, lines))


def escalated(
    incident: Incident, claim: Claim | None, title: str, settings: DeskConfig, lines: tuple[str, ...] = ()
) -> tuple[Said, ...]:
    """Where [desk] escalate_to says: a user group is notified in the thread, a channel gets a message of its own. With
    neither, the thread's reply shows in the alerts' channel."""
    notice = Notice(NoticeKind.ESCALATION, title, lines)
    whom = settings.escalate_to
    if whom is None:
        return (Said(notice, incident.id, broadcast=True),)
    if whom.startswith("S"):
        return (Said(replace(notice, ping=(whom,)), incident.id),)
    about = (incident.claim_id if claim is None else wording.one_line(claim.claim, 300), wording.spread(incident))
    elsewhere = replace(notice, lines=(*about, *lines))
    return Said(notice, incident.id), Said(elsewhere, incident.id, channel=whom)


def nudged(
    kind: NudgeKind, incident: Incident, claim: Claim | None, settings: DeskConfig, deadline: datetime, now: datetime
) -> tuple[Said, ...]:
    """What the clock says. `deadline`: the one that it is about; for a question to an owner, the release."""
    left = span((deadline - now).total_seconds())
    name = "Nobody" if incident.owner is None else incident.owner.name
    has_it = f"{name} has it."
    match kind:
        case NudgeKind.OWNER_SOON:
            return (_reminder(incident, f"Nobody has it yet: {left} left"),)
        case NudgeKind.OWNER_LATE:
            late = span(settings.own_minutes * 60)
            return escalated(incident, claim, f"Nobody took it on within {late}", settings)
        case NudgeKind.CORRECTION_SOON:
            return (_reminder(incident, f"{left} left to post a correction", (has_it,), pinged(incident.owner)),)
        case NudgeKind.CORRECTION_LATE:
            since = span((now - incident.first_seen).total_seconds())
            return escalated(incident, claim, f"No correction {since} after the first post", settings, (has_it,))
        case NudgeKind.OWNER_ASKED:
            lines = (f"Press I'm on it, or do anything here, to keep it. In {left} it is free for somebody else.",)
            return (_reminder(incident, f"{name}, are you still on it?", lines, pinged(incident.owner)),)
        case NudgeKind.OWNER_RELEASED:
            title = f"It is free again: {name} was not heard of"
            return (_reminder(incident, title, ("Press I'm on it to take it.",), pinged(incident.owner)),)


def _reminder(incident: Incident, title: str, lines: tuple[str, ...] = (), ping: tuple[str, ...] = ()) -> Said:
    return Said(Notice(NoticeKind.REMINDER, title, lines, ping=ping), incident.id)


def _earlier(alerts: int) -> str:
    return "1 earlier alert" if alerts == 1 else f"{alerts} earlier alerts"
