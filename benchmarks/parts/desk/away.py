"""Slack away for an hour while claims spread, and what arrives once it is back.

The hour takes a minute: pipeline and outbox live by a clock that runs sixty times as fast. When Slack is back nothing
is sped up but the waiting.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from benchmarks.parts.desk.faults import FaultyApi
from benchmarks.parts.desk.running import config
from benchmarks.parts.desk.world import BOT_TOKEN, CHANNEL, StubMatcher, campaign, text_of
from monitor.alert.outbox import Outbox, first_event
from monitor.alert.slack.client import SlackNotifier
from monitor.model import Claim, Incident, Page, Post, Severity
from monitor.pipeline import Pipeline, Stages
from monitor.store import incidents
from monitor.store.db import Store

FASTER = 60
AWAY = timedelta(hours=1)
MOST_POSTS = 40
LONGEST_WAIT = 0.05
"""Real seconds: the outbox looks at its clock again, which has moved on by three."""


@dataclass(frozen=True, slots=True)
class Away:
    """What came of it. `hours` as the service saw them; `drain_seconds` too."""

    hours: float
    incidents: int
    posts: int
    refused: int
    """Requests that Slack did not answer while it was away."""
    came_while_away: int
    drain_seconds: float
    still_waiting: int
    messages: int
    replies: int
    in_digests: int
    """Incidents that came in a digest, because more of them opened in a minute than get a message of their own."""
    missing: int
    incidents_with_two_messages: int
    messages_twice: int
    first_is_most_severe: bool
    """Of the first message: whichever attempt is under way when Slack is back finds that out."""
    out_of_order: int
    """Messages after the first that came before that of a more severe incident."""
    out_of_date: int
    """Messages that do not show how many posts there were at the end."""


class FastClock:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._start = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=FASTER * (time.monotonic() - self._began))

    async def until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - self()).total_seconds() / FASTER))


async def _soon(events: Sequence[asyncio.Event], seconds: float | None) -> None:
    await first_event(events, LONGEST_WAIT if seconds is None else min(seconds / FASTER, LONGEST_WAIT))


async def away(folder: Path, slack: str, claims: int, drain_limit: float) -> Away:
    """Run it against the local Slack at `slack`, without any fault but the one."""
    now = FastClock()
    rules = campaign(claims, seed=2)
    async with FaultyApi(f"{slack}/api/", retry_after=1, seed=2, shares={}) as api:
        settings = config(folder, api.url, max_new_per_minute=5)
        assert settings.slack is not None
        stop, began = asyncio.Event(), now()
        with closing(Store(settings.store.path)) as store:
            pipeline = Pipeline(Stages(rules, StubMatcher()), store, settings.alerts)
            async with SlackNotifier(settings.slack, settings.desk) as notifier, asyncio.TaskGroup() as tasks:
                outbox = Outbox(store, notifier, now=now, wait=_soon)
                tasks.create_task(outbox.deliver_until(stop, drain_seconds=1))
                api.is_away = True
                posts = await _hour(pipeline, outbox, now, began, claims)
                await now.until(began + AWAY)
                early = len(api.posts)
                back, api.is_away = now(), False
                outbox.wake()
                waiting = await _drained(store, drain_limit)
                drained = now() - back
                stop.set()
            return await _counted(store, slack, api, rules.claims, (drained, waiting, early, posts, now() - began))


async def _hour(pipeline: Pipeline, outbox: Outbox, now: FastClock, began: datetime, claims: int) -> int:
    """Claims begin at any time of the first fifty minutes, a third of them within one minute, and spread until the
    hour is over. Returns how many posts there were."""
    rng = random.Random(3)
    arrivals: list[tuple[float, int, int]] = []
    for claim in range(claims):
        first = 1500 + rng.uniform(0, 60) if claim % 3 == 0 else rng.uniform(0, 3000)
        copies = rng.randint(1, MOST_POSTS)
        arrivals += [(first + (rng.uniform(0, 3500 - first) if copy else 0), claim, copy) for copy in range(copies)]
    for number, (seconds, claim, copy) in enumerate(sorted(arrivals)):
        due = began + timedelta(seconds=seconds)
        await now.until(due)
        post = Post(f"{claim}-{copy}", text_of(claim, copy), "x", f"author{copy}", created_at=now())
        await asyncio.to_thread(pipeline.accept, "posts", "benchmark", Page((post,), str(number)), now())
        await asyncio.to_thread(pipeline.advance, now(), 32)
        outbox.wake()
    return len(arrivals)


async def _drained(store: Store, limit: float) -> int:
    """Return when everything is delivered, or after so many real seconds, with how many still wait."""
    give_up = time.monotonic() + limit
    while True:
        waiting = await asyncio.to_thread(_waiting, store)
        if not waiting or time.monotonic() > give_up:
            return waiting
        await asyncio.sleep(0.2)


def _waiting(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM outbox WHERE state != 'sent'").fetchone()[0])


async def _counted(
    store: Store, slack: str, api: FaultyApi, claims: Sequence[Claim], run: tuple[timedelta, int, int, int, timedelta]
) -> Away:
    drained, waiting, early, posts, lasted = run
    severity = {claim.id: list(Severity).index(claim.severity) for claim in claims}
    with store.reading() as db:
        kinds = dict(db.execute("SELECT delivery_id, kind FROM outbox").fetchall())
        found = {one.id: one for one in incidents.every(store)}
    sent = [post.delivery_id for post in api.posts]
    messages = [name for name in sent if kinds.get(name) == "message"]
    about = [name.split(".")[0] for name in messages]
    shown = await _shown(slack)
    digests = {
        incident for incident in found if any(kinds.get(name) == "digest" for name in sent) and incident not in about
    }
    ranks = [severity[found[incident].claim_id] for incident in about]
    return Away(
        hours=round(lasted.total_seconds() / 3600, 2),
        incidents=len(found),
        posts=posts,
        refused=api.refused,
        came_while_away=early,
        drain_seconds=round(drained.total_seconds(), 1),
        still_waiting=waiting,
        messages=len(messages),
        replies=sum(kinds.get(name) == "reply" for name in sent),
        in_digests=sum(_is_named(one, shown) for incident, one in found.items() if incident in digests),
        missing=sum(not _is_named(one, shown) for incident, one in found.items()),
        incidents_with_two_messages=sum(count > 1 for count in Counter(about).values()),
        messages_twice=sum(count > 1 for count in Counter(sent).values()),
        first_is_most_severe=ranks[0] == max(ranks),
        out_of_order=sum(
            any(later > rank for later in ranks[place + 1 :]) for place, rank in enumerate(ranks) if place
        ),
        out_of_date=sum(not _is_current(found[incident], shown) for incident in about),
    )


async def _shown(slack: str) -> list[str]:
    """The texts of the channel's messages, without threads."""
    texts, cursor = [], ""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession() as session:
        while True:
            asked = {"channel": CHANNEL, "limit": 200, "cursor": cursor}
            async with session.post(f"{slack}/api/conversations.history", json=asked, headers=headers) as answer:
                page = await answer.json()
            texts += [f"{one['text']} {one['blocks']}" for one in page["messages"] if not _is_reply(one)]
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return texts


def _is_reply(message: dict[str, str]) -> bool:
    return message.get("thread_ts") not in (None, message["ts"])


def _is_named(incident: Incident, shown: Sequence[str]) -> bool:
    claim = f"False claim {int(incident.claim_id.removeprefix('claim-'))}."
    return any(claim in text for text in shown)


def _is_current(incident: Incident, shown: Sequence[str]) -> bool:
    claim = f"False claim {int(incident.claim_id.removeprefix('claim-'))}."
    count = f"{incident.posts} post"
    return any(claim in text and count in text for text in shown)
