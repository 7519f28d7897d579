"""Silence: what and for how long, then what that would have muted in the last day, then it is set."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.alert import wording
from monitor.alert.silencing import links, normal_link
from monitor.alert.slack import modals, names
from monitor.alert.slack.views import SilencePreviewView, SilenceView
from monitor.desk import home_flow
from monitor.desk.actions import EndSilence, Look, SilenceFor
from monitor.desk.incident_flows import known
from monitor.desk.payload import Pressed, Submitted, View
from monitor.desk.preview import LOOKS_BACK, Muted, would_have_muted
from monitor.desk.wiring import Asker, Desk
from monitor.model import Claim, Post, SilenceScope

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DELETED = "The post that it is about was deleted: nothing was silenced."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for. `problems`: what is wrong with it, by field; the rest then means nothing."""

    scope: SilenceScope
    until: datetime
    reason: str
    problems: tuple[tuple[str, str], ...] = ()


def wish(form: View, zone: ZoneInfo, now: datetime) -> Wish:
    """What the form silence says. Pure. Today ends at midnight in `zone`, where a silence until a date ends too."""
    problems = []
    if not form.get(names.REASON):
        problems.append((names.REASON, "Say why: the others will ask."))
    until = _until(form.get(names.DURATION), form.get(names.UNTIL), zone, now)
    if until is None:
        problems.append((names.UNTIL, "Choose the date."))
    elif until <= now:
        problems.append((names.UNTIL, "That day has begun already: choose a later one."))
    scope = form.get(names.SCOPE)
    if scope not in tuple(SilenceScope):
        problems.append((names.SCOPE, "Choose what to silence."))
    return Wish(
        SilenceScope(scope) if scope in tuple(SilenceScope) else SilenceScope.CLAIM,
        until or now,
        form.get(names.REASON),
        tuple(problems),
    )


def _until(duration: str, date: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if duration == names.AN_HOUR:
        return now + HOUR
    try:
        day = now.astimezone(zone).date() + DAY if duration == names.TODAY else dt.date.fromisoformat(date)
        return datetime.combine(day, time(), zone).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None


def value(scope: SilenceScope, claim_id: str, post: Post | None) -> str | None:
    """What a silence of this scope mutes of an incident: None where its first post has no such thing. Pure."""
    if scope is SilenceScope.CLAIM:
        return claim_id
    if post is None:
        return None
    match scope:
        case SilenceScope.ACCOUNT:
            return f"{post.platform}:{post.author}" if post.author else None
        case SilenceScope.LINK:
            return _link(post)
        case SilenceScope.THREAD:
            return f"{post.platform}:{post.reply_to}" if post.reply_to else post.key


def _link(post: Post) -> str | None:
    """The first link that a post passes on, else its own."""
    passed_on = [*post.text.split(), *(media.url for media in post.media if media.url)]
    for part in passed_on:
        found = links(replace(post, text=part, url=None, media=()))
        if found:
            return min(found)
    return normal_link(post.url) if post.url else None


def in_words(scope: SilenceScope, what: str, claim: Claim | None, post: Post | None) -> str:
    """What a silence mutes, for those who read it. Pure."""
    match scope:
        case SilenceScope.CLAIM:
            return f"the claim “{wording.one_line(claim.claim, 200)}”" if claim is not None else f"the claim {what}"
        case SilenceScope.ACCOUNT:
            return f"the account {wording.author(post)}" if post is not None else f"the account {what}"
        case SilenceScope.LINK:
            return f"the link {wording.one_line(what, 200)}"
        case SilenceScope.THREAD:
            return "the post and all replies to it" if post is None or not post.reply_to else "the thread of the post"


async def opened(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await known(desk, asker, request.value)
    if found is None:
        return
    values = [(scope, value(scope, found.incident.claim_id, found.post)) for scope in SilenceScope]
    offered = tuple(
        (scope, in_words(scope, what, found.claim, found.post)) for scope, what in values if what is not None
    )
    tomorrow = desk.now().astimezone(desk.config.desk.timezone).date() + DAY
    await desk.voice.open_view(request.trigger, modals.silence(SilenceView(request.value, offered, tomorrow)))
    await desk.do(asker, Look(request.value))


async def previewed(desk: Desk, asker: Asker, request: Submitted) -> None:
    """The form was acknowledged with a preview that still counts (desk/forms.py): here is what was counted."""
    incident_id = names.unpack(request.view.metadata, names.IncidentMeta).incident
    asked = wish(request.view, desk.config.desk.timezone, desk.now())
    found = await known(desk, asker, incident_id)
    if found is None:
        return
    what = value(asked.scope, found.incident.claim_id, found.post)
    if what is None:
        await desk.tell(asker, DELETED)
        return
    muted = await asyncio.to_thread(_muted, desk, asked.scope, what)
    counted = SilencePreviewView(
        incident_id,
        asked.scope,
        in_words(asked.scope, what, found.claim, found.post),
        asked.until,
        asked.reason,
        muted.sightings,
        muted.alerts,
        muted.examples,
    )
    await desk.voice.update_view(request.view.id, modals.silence_preview(counted))
    await desk.do(asker, Look(incident_id))


def _muted(desk: Desk, scope: SilenceScope, what: str) -> Muted:
    with desk.store.reading() as db:
        return would_have_muted(db, scope, what, desk.now() - LOOKS_BACK)


async def confirmed(desk: Desk, asker: Asker, request: Submitted) -> None:
    meta = names.unpack(request.view.metadata, names.SilenceMeta)
    found = await known(desk, asker, meta.incident)
    if found is None:
        return
    what = value(meta.scope, found.incident.claim_id, found.post)
    if what is None:
        await desk.tell(asker, DELETED)
        return
    await desk.do(asker, SilenceFor(meta.scope, what, meta.until, meta.reason, meta.incident))


async def ended(desk: Desk, asker: Asker, request: Pressed) -> None:
    """From the message that announced it, or from Home, which then shows what is still silenced."""
    await desk.do(asker, EndSilence(request.value))
    if request.channel is None:
        await home_flow.opened(desk, asker)
