"""`/monitor status`, `claims` and `help`: answered to the asker alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.alert import wording
from monitor.alert.slack import answers
from monitor.alert.slack.views import ClaimLine, ClaimsView, StatusView
from monitor.desk.notices import ago
from monitor.desk.payload import Command
from monitor.desk.wiring import Asker, Desk
from monitor.model import ClaimStatus, Severity, SocketHealth, SocketState, SourceHealth
from monitor.store import claims as claim_rows
from monitor.store import incidents, outbox, sources, summary
from monitor.store import socket as sockets

WEEK = timedelta(days=7)
STATUS_ORDER = [ClaimStatus.ACTIVE, ClaimStatus.SHADOW, ClaimStatus.DRAFT, ClaimStatus.RETIRED]
SENT = ("sent", "failed")
"""States of notifications that wait for nothing."""
HELP = """\
/monitor check TEXT   what monitor makes of a text; only you see the answer, and can report it from there
/monitor check URL   the same for the post at an address
/monitor status   sources, open incidents, what waits
/monitor claims   the claims that monitor knows, and how they did in the last 7 days
/monitor new "CLAIM"   draft a new claim
/monitor help   this list
A message that somebody posted in Slack is checked from its menu: More message shortcuts, Check this message."""


async def help_(desk: Desk, asker: Asker, request: Command) -> None:
    word = request.text.split(" ", 1)[0]
    unknown = f"There is no /monitor {wording.one_line(word, 40)}.\n" if word and word.lower() != "help" else ""
    await desk.tell(asker, f"{unknown}{HELP}")


async def status(desk: Desk, asker: Asker, request: Command) -> None:  # noqa: ARG001 - a flow's signature
    await desk.show(asker, answers.status_answer(await asyncio.to_thread(_status, desk)))


async def claims(desk: Desk, asker: Asker, request: Command) -> None:  # noqa: ARG001 - a flow's signature
    await desk.show(asker, answers.claims_answer(await asyncio.to_thread(_claims, desk)))


def _status(desk: Desk) -> StatusView:
    now, store = desk.now(), desk.store
    totals, polled, socket = summary.summary(store), sources.health(store), sockets.health(store)
    opened = incidents.open_incidents(store)
    unsent = sum(count for state, count in totals.outbox.items() if state not in SENT)
    troubles = (
        *(line for source in polled for line in _source_troubles(source, now)),
        *_socket_troubles(socket, now),
        *(f"Not delivered: {failed.kind}, {failed.error}" for failed in outbox.failed(store)),
    )
    unowned = sum(incident.owner is None for incident in opened)
    lines = (
        f"Open incidents: {len(opened)}" + (f", {unowned} of them without an owner" if unowned else ""),
        f"Waiting: {wording.count(totals.waiting, 'post')} to be read, {wording.count(unsent, 'message')} to be sent",
        *(_source_line(source, now) for source in polled if source.error is None),
        *_socket_lines(socket, now),
        f"Posts: {totals.posts_seen:,} seen, {totals.posts_about:,} kept, {totals.posts_matched:,} near a claim",
        f"Rules: {desk.rules().version}",
    )
    return StatusView(troubles, lines)


def _source_troubles(source: SourceHealth, now: datetime) -> Iterator[str]:
    if source.error is not None:
        since = ago(source.error_since, now)
        yield f"Source {source.name} is blind since {since}: {source.error}"
    if source.gap is not None and source.gap_at is not None and now - source.gap_at < timedelta(days=1):
        yield f"Source {source.name} missed posts, noticed {ago(source.gap_at, now)}: {source.gap}"


def _source_line(source: SourceHealth, now: datetime) -> str:
    last = "no post yet" if source.last_post_at is None else f"last post {ago(source.last_post_at, now)}"
    return f"Source {source.name}: fine, {last}, {source.posts_kept:,} kept of {source.posts_seen:,}"


def _socket_troubles(socket: SocketHealth | None, now: datetime) -> Iterator[str]:
    if socket is not None and socket.state is not SocketState.CONNECTED:
        why = f": {socket.last_error}" if socket.last_error else ""
        yield f"The connection for clicks is {socket.state} since {ago(socket.since, now)}{why}"


def _socket_lines(socket: SocketHealth | None, now: datetime) -> Iterator[str]:
    if socket is not None and socket.state is SocketState.CONNECTED:
        rebuilt = wording.count(socket.rebuilt, "time")
        yield f"The connection for clicks is fine, since {ago(socket.since, now)}; built anew {rebuilt}"


def _claims(desk: Desk) -> ClaimsView:
    """Those that are in use first, the gravest of them first."""
    rules = desk.rules()
    with desk.store.reading() as db:
        figures = claim_rows.figures(db, desk.now() - WEEK)
    gravest = [*reversed(Severity)]
    ordered = sorted(
        rules.claims, key=lambda claim: (STATUS_ORDER.index(claim.status), gravest.index(claim.severity), claim.id)
    )
    none = claim_rows.ClaimFigures()
    return ClaimsView(
        tuple(
            ClaimLine(claim, known.open_incident, known.alerts, known.false_alarms)
            for claim in ordered
            for known in (figures.get(claim.id, none),)
        ),
        rules.version,
    )
