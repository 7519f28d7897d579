"""The App Home: what is open, whose it is, what is silenced, what monitor sees, and how the day went."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from monitor.alert.blindness import blind_spots
from monitor.alert.slack import home
from monitor.alert.slack.blocks import Home, PlainText, Section
from monitor.alert.slack.views import Figures, HomeView, OpenIncident
from monitor.desk.notices import muted
from monitor.desk.payload import Pressed
from monitor.desk.report import pace
from monitor.desk.wiring import Asker, Desk
from monitor.model import Person, Receipt
from monitor.store import figures, incidents, outages, outbox, silences, sources

DAY = timedelta(days=1)
LINKS = 40
"""Incidents whose message is linked: as many as Home shows."""


async def opened(desk: Desk, asker: Asker) -> None:
    view, receipts = await asyncio.to_thread(_gather, desk, asker.person)
    links = await asyncio.gather(*(_link(desk, receipts.get(shown.incident.id)) for shown in view.incidents[:LINKS]))
    linked = tuple(replace(shown, url=url) for shown, url in zip(view.incidents, links, strict=False))
    view = replace(view, incidents=(*linked, *view.incidents[LINKS:]))
    await desk.voice.publish_home(asker.person.id, home.home(view))


async def refreshed(desk: Desk, asker: Asker, _request: Pressed) -> None:
    await opened(desk, asker)


async def refused(desk: Desk, asker: Asker, why: str) -> None:
    """Home is no message that could be kept from somebody: it says why it shows nothing."""
    await desk.voice.publish_home(asker.person.id, Home((Section(PlainText(why)),)))


def _gather(desk: Desk, person: Person) -> tuple[HomeView, dict[str, Receipt]]:
    now, settings, rules = desk.now(), desk.config.desk, desk.rules()
    with desk.store.reading() as db:
        shown = [
            OpenIncident(incident, claim)
            for incident in incidents.open_incidents(desk.store)
            if (claim := rules.claim(incident.claim_id)) is not None
        ]
        shown.sort(key=lambda entry: home.urgency(entry, settings, now))
        found = {entry.incident.id: outbox.receipt(db, entry.incident.id) for entry in shown[:LINKS]}
        running = silences.active(db, now)
        day = figures.today(db, now, settings.timezone)
        blind = blind_spots(outages.between(db, now - DAY, now), now - DAY, now)
    speed = pace(day, settings)
    view = HomeView(
        person=person,
        now=now,
        incidents=tuple(shown),
        silences=tuple((silence, muted(silence)) for silence in running),
        sources=tuple(sources.health(desk.store)),
        figures=Figures(
            day.traffic.seen,
            day.traffic.alerting,
            len(day.told),
            sum(one.incident.corrected_at is not None for one in day.told),
            sum(one.is_false_alarm for one in day.told),
            speed.owned.median,
            speed.corrected.median,
        ),
        blind=blind,
        settings=settings,
    )
    return view, {incident_id: receipt for incident_id, receipt in found.items() if receipt is not None}


async def _link(desk: Desk, receipt: Receipt | None) -> str | None:
    return None if receipt is None else await desk.voice.permalink(receipt.channel, receipt.ts)
