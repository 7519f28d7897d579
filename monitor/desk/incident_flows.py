"""The flows of an incident's message: take it on, close it, escalate it, see why it matched, say which claim it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from monitor.alert.slack import modals, names
from monitor.alert.slack.views import WhyView, WrongClaimView
from monitor.desk import likeliest
from monitor.desk.actions import Answered, Close, Confirm, Escalate, Look, TakeOn, WrongClaim
from monitor.desk.outcome import confirmed_by
from monitor.desk.payload import Pressed, Submitted
from monitor.desk.wiring import Asker, Desk
from monitor.model import Claim, ClaimStatus, Incident, Match, Person, Post
from monitor.store import events, incidents, posts

GONE = "This incident is no longer stored: it is older than monitor keeps posts."


@dataclass(frozen=True, slots=True)
class Known:
    """An incident with what its first post says. `claim`: as the rules have it now; None where they dropped it, as
    `post` and `match` are None where the post was deleted. `confirmed`: who said that it is right."""

    incident: Incident
    claim: Claim | None
    post: Post | None
    match: Match | None
    confirmed: Person | None = None


async def known(desk: Desk, asker: Asker, incident_id: str) -> Known | None:
    """What there is to show of an incident. Where there is none, its presser is told so."""
    found = await asyncio.to_thread(_known, desk, incident_id)
    if found is None:
        await desk.tell(asker, GONE)
    return found


def _known(desk: Desk, incident_id: str) -> Known | None:
    with desk.store.reading() as db:
        incident = incidents.get(db, incident_id)
        if incident is None:
            return None
        first = incident.first_post
        return Known(
            incident,
            desk.rules().claim(incident.claim_id),
            posts.get(db, first),
            posts.get_match(db, first),
            confirmed_by(events.of_incident(db, incident_id)),
        )


async def take_on(desk: Desk, asker: Asker, request: Pressed) -> None:
    incident_id, seen = names.parts(request.value)
    await desk.do(asker, TakeOn(incident_id, None if seen in (names.NOBODY, "") else seen))


async def answered(desk: Desk, asker: Asker, request: Pressed) -> None:
    incident_id, post_key = names.parts(request.value)
    await desk.do(asker, Answered(incident_id, post_key))


async def escalate(desk: Desk, asker: Asker, request: Pressed) -> None:
    await desk.do(asker, Escalate(request.value))


async def close(desk: Desk, asker: Asker, request: Pressed) -> None:
    await desk.do(asker, Close(request.value))


async def why(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await known(desk, asker, request.value)
    if found is not None:
        await desk.voice.open_view(request.trigger, modals.why(await _why(desk, found)))
        await desk.do(asker, Look(request.value))


async def confirm(desk: Desk, asker: Asker, request: Pressed) -> None:
    """The window stays open, and says what was said."""
    await desk.do(asker, Confirm(request.value))
    found = await known(desk, asker, request.value)
    if found is not None and request.view is not None:
        await desk.voice.update_view(request.view.id, modals.why(await _why(desk, found)), request.view.hash)


async def _why(desk: Desk, found: Known) -> WhyView:
    general = desk.config.match.threshold
    near = await likeliest.for_post(desk, found.post, _others(desk, found.incident))
    return WhyView(
        found.incident,
        found.claim,
        found.post,
        found.match,
        general if found.claim is None else found.claim.bar(general),
        desk.rules().version,
        tuple(scored for scored in near if scored.score is not None),
        found.confirmed,
    )


async def wrong_claim(desk: Desk, asker: Asker, request: Pressed) -> None:
    found = await known(desk, asker, request.value)
    if found is None:
        return
    others = await likeliest.for_post(desk, found.post, _others(desk, found.incident))
    view = WrongClaimView(found.incident, found.claim, found.post, others)
    await desk.voice.open_view(request.trigger, modals.wrong_claim(view))
    await desk.do(asker, Look(request.value))


def _others(desk: Desk, incident: Incident) -> tuple[Claim, ...]:
    return tuple(
        claim
        for claim in desk.rules().claims
        if claim.id != incident.claim_id and claim.status is not ClaimStatus.RETIRED
    )


async def right_claim(desk: Desk, asker: Asker, request: Submitted) -> None:
    incident_id = names.unpack(request.view.metadata, names.IncidentMeta).incident
    await desk.do(asker, WrongClaim(incident_id, request.view.get(names.CLAIM)))
