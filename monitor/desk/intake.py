"""Manual intake: hold a text or the post at an address against the claims, for one person; report it from there.

For the day on which a platform closes its doors: whatever people forward still gets its alert and its correction.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace

from monitor.alert import wording
from monitor.alert.policy import Outcome
from monitor.alert.slack import answers, modals, names
from monitor.alert.slack.views import CheckView, ReportView
from monitor.desk.likeliest import likeliest_first
from monitor.desk.payload import Command, Pressed, Shortcut, Submitted, View
from monitor.desk.wiring import Asker, Desk
from monitor.errors import SourceError
from monitor.model import Did, Event, Match, Post, Reason
from monitor.sources.page import platform_of, read_post
from monitor.store import checks, clicks, events, posts, verdicts
from monitor.store.checks import Check

NOTHING_SAID = "Write the text behind it, or the address of a post: /monitor check heard she quit last night"
TOO_OLD = "This check is no longer kept: run it again with /monitor check."
NOT_AN_ADDRESS = "That is no address of a post: paste the whole of it, https:// and all. Or leave it empty."
_MARKED = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


async def command(desk: Desk, asker: Asker, request: Command) -> None:
    await _check(desk, asker, plain(request.text))


async def shortcut(desk: Desk, asker: Asker, request: Shortcut) -> None:
    await _check(desk, asker, plain(request.text))


async def report_pressed(desk: Desk, asker: Asker, request: Pressed) -> None:
    shown = await asyncio.to_thread(_report_view, desk, request.value)
    if shown is None:
        await desk.tell(asker, TOO_OLD)
    else:
        await desk.voice.open_view(request.trigger, modals.report(shown))


async def reported(desk: Desk, asker: Asker, request: Submitted) -> None:
    said = await asyncio.to_thread(_report, desk, asker, request.view)
    if said is not None:
        desk.woken()
        await desk.tell(asker, said)


def mistakes(form: View) -> dict[str, str]:
    """What is wrong with the form of a report, by block id. Pure."""
    url = form.get(names.URL)
    return {names.URL: NOT_AN_ADDRESS} if url and wording.link(url) is None else {}


def plain(text: str) -> str:
    """What a message says to its reader, of the text in which Slack sends it (docs.slack.dev, "Formatting text"): links
    are <address|label>, people <@U1|name>, and &, < and > are written as entities."""
    text = text.strip()
    whole = _MARKED.fullmatch(text)
    if whole is not None and wording.link(whole["target"]) is not None:
        text = whole["target"]
    else:
        text = _MARKED.sub(_shown, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _shown(marked: re.Match[str]) -> str:
    target, label = marked["target"], marked["label"]
    mark = {"@": "@", "#": "#", "!": "@"}.get(target[:1], "")
    if label:
        return label if label.startswith(mark) else mark + label
    return "@someone" if target.startswith("@") else target.replace("!", "@", 1) if mark else target


async def _check(desk: Desk, asker: Asker, said: str) -> None:
    if not said:
        await desk.tell(asker, NOTHING_SAID)
        return
    token = hashlib.sha256(asker.key.encode()).hexdigest()[:16]
    try:
        post = await _post(desk, said, token)
    except SourceError as error:
        await desk.tell(asker, f"It could not be read: {error}. Paste its text instead: /monitor check TEXT")
        return
    view = await asyncio.to_thread(_judged, desk, post, token)
    await desk.show(asker, answers.check_answer(view))


async def _post(desk: Desk, said: str, token: str) -> Post:
    """What is to be checked: a text as it stands, all its lines one post, or the post at an address."""
    if wording.link(said) is None:
        return Post(id=f"told-{token}", text=said)
    stored = await asyncio.to_thread(_stored, desk, said)
    return stored if stored is not None else await read_post(said)


def _stored(desk: Desk, url: str) -> Post | None:
    with desk.store.reading() as db:
        return posts.at(db, url)


def _judged(desk: Desk, post: Post, token: str) -> CheckView:
    """What the matcher says of a post: the claim that would be told of first, then what each other one would be."""
    now, stages = desk.now(), desk.pipeline.stages
    verdict = stages.classify([post], now)[0]
    told = () if verdict.match is None else (verdict.match,)
    others = (match for match in stages.against_each(post, now) if match.claim_id not in [one.claim_id for one in told])
    matches: tuple[Match, ...] = (*told, *others)
    with desk.store.transaction() as db:
        checks.add(db, Check(token, post, tuple((match.claim_id, match.score) for match in matches)), now)
    near = ((stages.rules.claim(match.claim_id), match) for match in matches)
    shown = tuple((claim, match) for claim, match in near if claim is not None)
    can_report = any(claim.is_matched(now) for claim in stages.rules.claims)
    return CheckView(wording.quoted(post), verdict.why, shown, token if can_report else None)


def _report_view(desk: Desk, token: str) -> ReportView | None:
    with desk.store.reading() as db:
        check = checks.get(db, token)
    if check is None:
        return None
    now = desk.now()
    matched = [claim for claim in desk.rules().claims if claim.is_matched(now)]
    claims = likeliest_first(matched, dict(check.scores), desk.pipeline.stages.mention(check.post))
    return ReportView(wording.quoted(check.post), check.post.url, claims, token)


def _report(desk: Desk, asker: Asker, form: View) -> str | None:
    """Count it, write down who says so, and remember it for `monitor calibrate`: all or nothing. Returns what its
    reporter is told; None where the click was handled before."""
    meta, claim_id = names.unpack(form.metadata, names.ReportMeta), form.get(names.CLAIM)
    now = desk.now()
    with desk.store.transaction() as db:
        if not clicks.handled(db, asker.key, now):
            return None
        check = checks.get(db, meta.check or "")
        if check is None:
            return TOO_OLD
        url = form.get(names.URL)
        post = check.post
        if url and post.url is None:
            post = posts.at(db, url) or replace(post, id=url, url=url, platform=platform_of(url))
        outcome = desk.pipeline.report(post, claim_id, asker.person, now)
        if outcome is None:
            return "The rules no longer have that claim."
        incident_id = outcome.incident.id
        events.add(db, Event(now, asker.person, Did.REPORTED, incident_id, after=claim_id, note=post.key))
        verdicts.add(db, post.key, claim_id, True, now)
    return _thanks(outcome)


def _thanks(outcome: Outcome) -> str:
    match outcome.reason:
        case Reason.DUPLICATE:
            return "It is counted on this claim's incident already."
        case Reason.SHADOW:
            return "It is counted. Nobody is told, because the claim is in shadow."
        case _:
            return f"Thank you, it is counted: {wording.spread(outcome.incident)}."
