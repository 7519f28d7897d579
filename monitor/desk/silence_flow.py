"""Silence: what and for how long, then what that would have muted in the last day, then it is set."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.alert.silencing import links, normal_link
from monitor.alert.slack import modals, names
from monitor.desk.actions import EndSilence, Look, SilenceFor
from monitor.desk.incident_flows import Known, known
from monitor.desk.payload import Pressed, Submitted, View
from monitor.desk.preview import Muted, would_have_muted
from monitor.desk.wiring import Asker, Desk
from monitor.model import Post, SilenceScope

LOOK_BACK = timedelta(days=1)
"""Of what the preview shows."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for. `problems`: what is wrong with it, by field; the rest then means nothing."""

    scope: SilenceScope
    until: datetime
    reason: str
    problems: tuple[tuple[str, str], ...] = ()


def wish(form: View, zone: ZoneInfo, now: datetime) -> Wish:
    """What the form silence says. Pure. A day ends at midnight in `zone`; until a date means through its end."""
    problems = []
    if not form.get(names.REASON):
        problems.append((names.REASON, "Say why: the others will ask."))
    until = _until(form.get(names.DURATION), form.get(names.UNTIL), zone, now)
    if until is None:
        problems.append((names.UNTIL, "Choose the last day of the silence."))
    elif until <= now:
        problems.append((names.UNTIL, "That day is over."))
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
    match duration:
        case names.AN_HOUR:
            return now + HOUR
        case names.TODAY:
            day = now.astimezone(zone).date()
        case _:
            try:
                day = datetime.strptime(date, "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the wall calendar
            except ValueError:
                return None
    try:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(now.tzinfo)
    except OverflowError:
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


async def opened(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await known(desk, asker, request.value)
    if found is None:
        return
    offered = tuple(scope for scope in SilenceScope if value(scope, found.incident.claim_id, found.post) is not None)
    today = desk.now().astimezone(desk.config.desk.timezone).date()
    await desk.voice.open_view(request.trigger, modals.silence(found.incident, found.claim, found.post, offered, today))
    await desk.do(asker, Look(request.value))


async def previewed(desk: Desk, asker: Asker, request: Submitted) -> None:
    """The form was acknowledged with a window that says to wait: it becomes the preview."""
    form = request.view
    incident_id = names.unpack(form.metadata, names.IncidentMeta).incident
    asked = wish(form, desk.config.desk.timezone, desk.now())
    found = await known(desk, asker, incident_id)
    if found is None:
        return
    muted = await asyncio.to_thread(_muted, desk, found, asked.scope)
    meta = names.SilenceMeta(incident_id, asked.scope, asked.until, asked.reason)
    what = value(asked.scope, found.incident.claim_id, found.post) or ""
    await desk.voice.update_view(form.id, modals.silence_preview(meta, what, found.claim, muted))


def _muted(desk: Desk, found: Known, scope: SilenceScope) -> Muted:
    what = value(scope, found.incident.claim_id, found.post)
    if what is None:
        return Muted(0, 0, ())
    with desk.store.reading() as db:
        return would_have_muted(db, scope, what, desk.now() - LOOK_BACK)


async def confirmed(desk: Desk, asker: Asker, request: Submitted) -> None:
    meta = names.unpack(request.view.metadata, names.SilenceMeta)
    found = await known(desk, asker, meta.incident)
    if found is None:
        return
    what = value(meta.scope, found.incident.claim_id, found.post)
    if what is None:
        await desk.tell(asker, f"The post that names the {meta.scope} was deleted: nothing was silenced.")
        return
    await desk.do(asker, SilenceFor(meta.scope, what, meta.until, meta.reason, meta.incident))


async def ended(desk: Desk, asker: Asker, request: Pressed) -> None:
    await desk.do(asker, EndSilence(request.value))
