"""1,000 clicks and 200 incidents within a minute, while requests fail and sockets drop; then everything is counted."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.parts.desk.faults import FaultyApi, WatchedSocket, button_of
from benchmarks.parts.desk.steps import WRITTEN
from benchmarks.parts.desk.world import BOT_TOKEN, CHANNEL, PEOPLE, claim_id, text_of
from monitor.model import Did

CLICKS = (Did.TOOK_ON, Did.ANSWERED, Did.ESCALATED, Did.CLOSED, Did.REOPENED)
"""What the presses on each incident do, in their order: each leaves one line of its own in the audit."""
FIRST_CLICK, NEXT_CLICK = 3.0, 3.0
"""Seconds from an incident's post to its first press, and from one press to the next."""
DROP_EVERY = 12.0
PATIENCE = 8
"""So often a person presses again where Slack shows that a press did not get through."""


@dataclass(frozen=True, slots=True)
class Storm:
    """What came of it. Times in seconds."""

    incidents: int
    clicks: int
    seconds: float
    drain_seconds: float
    faults: dict[str, int]
    sockets_dropped: int
    without_socket: float
    """Seconds with no connection open, in all: Slack then tells the presser at once that nothing happened."""
    pressed_again: int
    """Clicks that took a second press, because there was no socket or it broke before the acknowledgement."""
    never_acknowledged: int
    clicks_lost: int
    """Acknowledged presses that are not in the store, handled."""
    clicks_failed: int
    effects_missing: int
    effects_twice: int
    messages: int
    messages_twice: int
    messages_missing: int
    in_channel: int
    """Messages that the channel and its threads hold at the end."""
    ack_p50: float
    ack_p99: float
    ack_max: float
    waited: int
    """Alerts that waited while another was tried."""
    out_of_order: int
    """Alerts that were tried first before a more severe one that was waiting too."""


async def storm(folder: Path, slack: str, incidents: int, seconds_between: float, drain_limit: float) -> Storm:
    """Run it against the local Slack at `slack`. Every incident gets as many presses as CLICKS has."""
    feed = folder / "posts.jsonl"
    feed.touch()
    opening = 60.0 - FIRST_CLICK - NEXT_CLICK * len(CLICKS)
    async with WatchedSocket(slack) as sockets, FaultyApi(sockets.api, retry_after=1, seed=1) as api:
        monitor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.desk", "serve", str(folder)),
            *("--api", api.url, "--incidents", str(incidents), "--pace", str(seconds_between)),
        )
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            while not sockets.open_now:
                if monitor.returncode is not None:
                    raise SystemExit(f"monitor ended at once, with {monitor.returncode}: its own lines say why")
                await asyncio.sleep(0.1)
            began = time.monotonic()
            pressing = Pressing(folder / "monitor.db", session, slack, sockets)
            over = asyncio.Event()
            dropping = asyncio.create_task(_drop(sockets, over))
            async with asyncio.TaskGroup() as people:
                for number in range(incidents):
                    people.create_task(_incident(number, began + opening * number / incidents, feed, pressing))
            seconds = time.monotonic() - began
            over.set()
            drops, without = await dropping
            await _drained(folder / "monitor.db", drain_limit)
            drained = time.monotonic() - began - seconds
            monitor.send_signal(signal.SIGTERM)
            await monitor.wait()
            in_channel = await _count_messages(session, slack)
        return _counted(folder, incidents, seconds, drained, drops, without, pressing.again, in_channel, sockets, api)


async def _incident(number: int, at: float, feed: Path, pressing: Pressing) -> None:
    await _until(at)
    post = {"id": str(number), "source": "x", "author": f"a{number}", "text": text_of(number)}
    with feed.open("a", encoding="utf-8") as file:
        file.write(json.dumps(post) + "\n")
    user = PEOPLE[number % len(PEOPLE)]
    for place, did in enumerate(CLICKS):
        await _until(at + FIRST_CLICK + place * NEXT_CLICK)
        incident = await pressing.incident_of(number)
        await pressing.press(user, _action(did, incident, user, f"x:{number}"))


def _action(did: Did, incident: str, user: str, post: str) -> dict[str, object]:
    match did:
        case Did.TOOK_ON:
            return {"type": "button", "action_id": "take_on", "value": f"{incident}|-"}
        case Did.REOPENED:
            return {"type": "button", "action_id": "take_on", "value": f"{incident}|{user}"}
        case Did.ANSWERED:
            return {"type": "button", "action_id": "answered", "value": f"{incident}|{post}"}
        case _:
            word = "escalate" if did is Did.ESCALATED else "close"
            option = {"text": {"type": "plain_text", "text": word}, "value": f"{word}|{incident}"}
            return {"type": "overflow", "action_id": "more", "selected_option": option}


class Pressing:
    """Presses buttons as people do: who sees that a press did not get through presses again."""

    def __init__(self, database: Path, session: aiohttp.ClientSession, slack: str, sockets: WatchedSocket) -> None:
        self._database = database
        self._session = session
        self._slack = slack
        self._sockets = sockets
        self.again = 0

    async def incident_of(self, number: int) -> str:
        while True:
            with closing(_read_only(self._database)) as db:
                row = db.execute("SELECT id FROM incidents WHERE claim_id = ?", [claim_id(number)]).fetchone()
            if row is not None:
                return str(row[0])
            await asyncio.sleep(0.2)

    async def press(self, user: str, action: dict[str, object]) -> None:
        button = button_of(action)
        for attempt in range(PATIENCE):
            self.again += attempt == 1
            body = {"channel": CHANNEL, "messageTs": "0", "user": user, "action": action}
            async with self._session.post(f"{self._slack}/_control/interact", json=body) as answer:
                assert answer.status == 200, await answer.text()
            if self._sockets.traffic.was_acknowledged(button):
                return
            await asyncio.sleep(1)


async def _drop(sockets: WatchedSocket, over: asyncio.Event) -> tuple[int, float]:
    """Break every connection now and then, and each third time the handshake of the next. Returns how often, and for
    how many seconds there was none."""
    drops, without = 0, 0.0
    last = began = time.monotonic()
    while not over.is_set():
        await asyncio.sleep(0.02)
        now = time.monotonic()
        without += 0.0 if sockets.open_now else now - last
        last = now
        if now - began >= DROP_EVERY * (drops + 1):
            drops += 1
            if drops % 3 == 0:
                sockets.refuse(1)
            sockets.drop()
    return drops, without


async def _drained(database: Path, limit: float) -> None:
    """Return when nothing waits any more: neither a message nor a click."""
    give_up = time.monotonic() + limit
    while time.monotonic() < give_up:
        with closing(_read_only(database)) as db:
            (waiting,) = db.execute(
                """
                SELECT (SELECT count(*) FROM outbox WHERE state != 'sent')
                    + (SELECT count(*) FROM clicks WHERE handled_at IS NULL)
                """
            ).fetchone()
        if not waiting:
            return
        await asyncio.sleep(0.5)


async def _count_messages(session: aiohttp.ClientSession, slack: str) -> int:
    """The messages in the channel and in all of its threads, without those that one person alone sees."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    total, cursor, threads = 0, "", []
    while True:
        asked = {"channel": CHANNEL, "limit": 200, "cursor": cursor}
        async with session.post(f"{slack}/api/conversations.history", json=asked, headers=headers) as answer:
            page = await answer.json()
        shown = [one for one in page["messages"] if one.get("thread_ts") in (None, one["ts"])]
        total += sum("ephemeral_to" not in one for one in shown)
        threads += [one["ts"] for one in shown if "ephemeral_to" not in one]
        cursor = page.get("response_metadata", {}).get("next_cursor", "")
        if not cursor:
            break
    for ts in threads:
        asked = {"channel": CHANNEL, "ts": ts, "limit": 1000}
        async with session.post(f"{slack}/api/conversations.replies", json=asked, headers=headers) as answer:
            replies = (await answer.json()).get("messages", [])
        total += sum(one["ts"] != ts and "ephemeral_to" not in one for one in replies)
    return total


def _counted(
    folder: Path,
    incidents: int,
    seconds: float,
    drained: float,
    drops: int,
    without: float,
    again: int,
    in_channel: int,
    sockets: WatchedSocket,
    api: FaultyApi,
) -> Storm:
    presses = sockets.traffic.all
    acks = [one.acknowledged - one.sent for one in presses if one.acknowledged is not None]
    with closing(_read_only(folder / "monitor.db")) as db:
        handled = dict(db.execute("SELECT key, error FROM clicks WHERE handled_at IS NOT NULL").fetchall())
        audit = Counter(
            (claim, did)
            for claim, did in db.execute(
                "SELECT claim_id, did FROM events JOIN incidents ON incidents.id = events.incident_id "
                "WHERE who_id IS NOT NULL"
            )
        )
        posted = [
            name
            for (name,) in db.execute("SELECT delivery_id FROM outbox WHERE kind NOT IN ('update', 'edit')").fetchall()
        ]
        steps = db.execute(
            "SELECT step, delivery_id, rank FROM benchmark_steps JOIN outbox USING (delivery_id) ORDER BY number"
        ).fetchall()
    wanted = [(claim_id(number), did.value) for number in range(incidents) for did in CLICKS]
    sent = Counter(post.delivery_id for post in api.posts)
    waited, out_of_order = _order(steps)
    return Storm(
        incidents=incidents,
        clicks=len(wanted),
        seconds=round(seconds, 1),
        drain_seconds=round(drained, 1),
        faults=dict(api.injected),
        sockets_dropped=drops,
        without_socket=round(without, 1),
        pressed_again=again,
        never_acknowledged=len(wanted) - len({one.button for one in presses if one.acknowledged is not None}),
        clicks_lost=sum(one.acknowledged is not None and one.trigger not in handled for one in presses),
        clicks_failed=sum(error is not None for error in handled.values()),
        effects_missing=sum(audit[one] == 0 for one in wanted),
        effects_twice=sum(audit[one] > 1 for one in wanted),
        messages=len(posted),
        messages_twice=sum(count > 1 for count in sent.values()),
        messages_missing=sum(sent[name] == 0 for name in posted),
        in_channel=in_channel,
        ack_p50=round(statistics.median(acks), 4),
        ack_p99=round(statistics.quantiles(acks, n=100)[-1], 4),
        ack_max=round(max(acks), 4),
        waited=waited,
        out_of_order=out_of_order,
    )


def _order(steps: Sequence[tuple[str, str, int]]) -> tuple[int, int]:
    """(how many waited while another was tried, how many were tried before a more severe one that stood there by then).

    `steps` are (what, which, rank) in the order of their transactions, as steps.py has the database note them; a lower
    rank goes first. Times would not do: an alert bears the time at which its post was looked at, and stands in the
    outbox milliseconds later.
    """
    waiting: dict[str, int] = {}
    waited: set[str] = set()
    out_of_order = 0
    for what, alert, rank in steps:
        if what == WRITTEN:
            waiting[alert] = rank
        elif waiting.pop(alert, None) is not None:
            waited |= waiting.keys()
            out_of_order += any(other < rank for other in waiting.values())
    return len(waited), out_of_order


def _read_only(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
