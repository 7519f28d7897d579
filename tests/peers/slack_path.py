"""What every Slack server must see: the whole path from the outbox to the channel, with and without faults between.

A test file per server gives `SlackPath` its `server`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from monitor.alert.outbox import Outbox, first_event
from monitor.alert.slack.client import SlackNotifier
from monitor.config import Secret, SlackConfig
from monitor.errors import DeliveryPermanent
from monitor.model import (
    Alert,
    Claim,
    Decision,
    Incident,
    IncidentState,
    Match,
    Notice,
    NoticeKind,
    Notification,
    NotificationKind,
    Post,
    Reason,
    Receipt,
    RenderedCorrection,
    Severity,
    Stance,
)
from monitor.store import incidents
from monitor.store import outbox as rows
from monitor.store.db import Store
from tests.peers.proxy import Fault, FaultyProxy

HOSTILE = '<!channel> *she* is out <https://evil.example|see> & @here :fire: \x1b[2J \u202egone "quoted" \\ 漢字 👨‍👩‍👧'
RETRY_AFTER = 0.3
ROOT = Path(__file__).parents[2]
SMALL_DAY = [
    {"id": "1", "source": "x", "author": "one", "text": "BREAKING: Ana Rivera has dropped out of the race for mayor!"},
    {"id": "2", "source": "bluesky", "author": "clerk", "text": "Ana Rivera has NOT dropped out. The rumor is false."},
    {"id": "3", "source": "x", "author": "two", "text": "Ana Rivera quit the race for mayor, she is out"},
    {"id": "4", "source": "x", "author": "three", "text": "Ana Rivera quit the race for mayor, she is out!!"},
]
"""Two posts that spread a claim, a copy, and a denial that must not be told."""


@dataclass(frozen=True)
class Server:
    """A running Slack server: its Web API's address, a bot token and a channel's id."""

    api: str
    token: str
    channel: str

    async def call(self, method: str, **arguments: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.api + method, json=arguments, headers=headers) as answer,
        ):
            body: dict[str, Any] = await answer.json()
            return body

    async def messages_about(self, incident_id: str) -> list[dict[str, Any]]:
        """The channel's messages about an incident, without thread replies."""
        answer = await self.call("conversations.history", channel=self.channel, limit=500)
        return [
            message
            for message in answer["messages"]
            if message.get("thread_ts") in (None, message["ts"]) and incident_id in str(message["blocks"])
        ]

    async def thread(self, ts: str) -> list[dict[str, Any]]:
        answer = await self.call("conversations.replies", channel=self.channel, ts=ts, limit=500)
        return [message for message in answer["messages"] if message["ts"] != ts]


def new_incident() -> str:
    return f"withdrawn-{uuid.uuid4().hex[:8]}"


def make_alert(incident_id: str, text: str = "Rivera dropped out!!", posts: int = 1) -> Alert:
    now = datetime.now(UTC)
    post = Post(
        id="1", text=text, platform="bluesky", author="someone.example", created_at=now, url="https://a.example/1"
    )
    return Alert(
        reason=Reason.FIRST if posts == 1 else Reason.GROWING,
        incident=Incident(
            incident_id, "withdrawn", IncidentState.OPEN, post.key, now, now, posts, platforms=("bluesky",)
        ),
        claim=Claim("withdrawn", "Ana Rivera has withdrawn.", "She is on the ballot.", severity=Severity.CRITICAL),
        post=post,
        match=Match(post.key, "withdrawn", "she is out", 0.9, Stance.SUPPORT, Decision.ALERT, text, "near a wording"),
        correction=RenderedCorrection("Ana Rivera is on the ballot.", "bluesky", "en", 28, 300),
        rules_version="v1",
        decided_at=now,
    )


def note(name: str, kind: NotificationKind, alert: Alert, *, broadcast: bool = False) -> Notification:
    return Notification(f"{alert.incident.id}.{name}", kind, (alert,), broadcast)


def put(store: Store, *notifications: Notification) -> None:
    now = datetime.now(UTC)
    with store.transaction() as db:
        for notification in notifications:
            rows.enqueue(db, notification, now, now)


async def soon(events: Sequence[asyncio.Event], seconds: float | None) -> None:
    """Wait like the service, but for a moment only: the clock below runs ahead."""
    await first_event(events, min(seconds or 0.02, 0.02))


async def deliver_all(store: Store, server: Server, api: str | None = None, seconds: float = 300) -> None:
    """Run the outbox until it is empty, on a clock that is fast, so that a back-off of seconds is over soon."""
    started = datetime.now(UTC)

    def fast() -> datetime:
        return started + 20 * (datetime.now(UTC) - started)

    config = SlackConfig(server.channel, Secret(server.token), api or server.api)
    stop = asyncio.Event()
    async with SlackNotifier(config) as notifier, asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
        outbox = Outbox(store, notifier, now=fast, wait=soon)
        tasks.create_task(outbox.deliver_until(stop, drain_seconds=5))
        await outbox.empty(stop)
        stop.set()


class SlackPath:
    """The tests. Incident ids are new each time, as the servers keep what earlier tests left."""

    async def test_an_alert_its_reply_and_its_update(self, store: Store, server: Server) -> None:
        first, grown = make_alert(incident := new_incident()), make_alert(incident, posts=12)
        put(store, note("m", NotificationKind.MESSAGE, first))
        await deliver_all(store, server)
        put(store, note("r", NotificationKind.REPLY, grown), note("u", NotificationKind.UPDATE, grown))
        await deliver_all(store, server)

        (message,) = await server.messages_about(incident)
        assert "12 posts" in message["text"]
        assert "12 posts" in str(message["blocks"])
        (reply,) = await server.thread(message["ts"])
        assert "Growing" in str(reply["blocks"])

    async def test_a_notice_in_the_thread_and_what_it_says_later(self, store: Store, server: Server) -> None:
        put(store, note("m", NotificationKind.MESSAGE, make_alert(incident := new_incident())))
        said = Notification(
            f"{incident}.n", NotificationKind.NOTICE, incident_id=incident, notice=Notice(NoticeKind.DONE, "Ana has it")
        )
        put(store, said)
        await deliver_all(store, server)
        (message,) = await server.messages_about(incident)
        (notice,) = await server.thread(message["ts"])
        assert "Ana has it" in str(notice["blocks"])

        later = Notice(NoticeKind.DONE, "Ben has it")
        target = Receipt(server.channel, notice["ts"])
        put(store, replace(said, delivery_id=f"{incident}.e", kind=NotificationKind.EDIT, notice=later, target=target))
        await deliver_all(store, server)

        (notice,) = await server.thread(message["ts"])
        assert "Ben has it" in str(notice["blocks"])

    async def test_a_digest(self, store: Store, server: Server) -> None:
        alerts = tuple(make_alert(new_incident()) for _ in range(40))
        put(store, Notification(alerts[0].incident.id + ".d", NotificationKind.DIGEST, alerts))
        await deliver_all(store, server)

        (message,) = await server.messages_about(alerts[0].incident.id)
        assert "40 more false claims" in str(message["blocks"])

    async def test_a_hostile_post_arrives_as_text(self, store: Store, server: Server) -> None:
        put(store, note("m", NotificationKind.MESSAGE, make_alert(incident := new_incident(), HOSTILE)))
        await deliver_all(store, server)

        (message,) = await server.messages_about(incident)
        assert "&lt;!channel&gt;" in message["text"]
        assert "<!channel>" not in message["text"]
        parts = [part for block in message["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
        (quote,) = [part for part in parts if part["type"] == "rich_text_quote"]
        assert quote["elements"][0]["text"].startswith("<!channel> *she* is out <https://evil.example|see> & @here")

    @pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
    async def test_an_alert_and_its_reply_arrive_once_whatever_goes_wrong(
        self, store: Store, server: Server, fault: Fault, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if fault is Fault.SILENCE:
            monkeypatch.setattr("monitor.alert.slack.api.TIMEOUT", aiohttp.ClientTimeout(total=3))
        alert = make_alert(incident := new_incident())
        put(store, note("m", NotificationKind.MESSAGE, alert))
        carried_out = fault in (Fault.LOST_ANSWER, Fault.ERROR_AFTER, Fault.SILENCE)
        async with FaultyProxy(server.api, RETRY_AFTER) as proxy:
            # What was carried out is found, so that the next post is the reply; else the message is posted again first.
            proxy.plan("chat.postMessage", *((fault, fault) if carried_out else (fault, None, fault)))
            proxy.plan("chat.update", fault)
            proxy.plan("conversations.history", Fault.ERROR_BEFORE)
            await deliver_all(store, server, proxy.url)
            put(
                store,
                note("r", NotificationKind.REPLY, alert, broadcast=True),
                note("u", NotificationKind.UPDATE, make_alert(incident, posts=12)),
            )
            await deliver_all(store, server, proxy.url)

        (message,) = await server.messages_about(incident)
        assert len(await server.thread(message["ts"])) == 1
        assert "12 posts" in message["text"]
        assert proxy.asked.count("chat.update") == 2
        assert proxy.asked.count("chat.postMessage") == (2 if carried_out else 4)

    async def test_a_server_that_is_not_there_is_waited_for(self, store: Store, server: Server) -> None:
        put(store, note("m", NotificationKind.MESSAGE, make_alert(incident := new_incident())))
        with pytest.raises(TimeoutError):
            await deliver_all(store, server, "http://127.0.0.1:1/api/", seconds=0.5)
        await deliver_all(store, server)

        assert len(await server.messages_about(incident)) == 1

    async def test_what_a_killed_process_had_sent_is_not_sent_again(self, store: Store, server: Server) -> None:
        """The process dies between Slack's answer and the receipt."""
        sent, unsent = (note("m", NotificationKind.MESSAGE, make_alert(new_incident())) for _ in range(2))
        put(store, sent, unsent)
        rows.claim_due(store, datetime.now(UTC), 2, tuple(NotificationKind))
        async with SlackNotifier(SlackConfig(server.channel, Secret(server.token), server.api)) as notifier:
            await notifier.deliver(sent, None)

        await deliver_all(store, server)

        assert len(await server.messages_about(sent.alerts[0].incident.id)) == 1
        assert len(await server.messages_about(unsent.alerts[0].incident.id)) == 1

    async def test_a_channel_that_is_not_there_is_refused_with_what_to_do(self, server: Server) -> None:
        config = SlackConfig("CNOWHERE", Secret(server.token), server.api)
        async with SlackNotifier(config) as notifier:
            with pytest.raises(DeliveryPermanent, match=r"channel_not_found: check \[slack\] channel"):
                await notifier.deliver(note("m", NotificationKind.MESSAGE, make_alert(new_incident())), None)
            with pytest.raises(DeliveryPermanent, match="channel_not_found"):
                await notifier.check()

    async def test_updating_a_message_that_is_gone_is_no_failure(self, server: Server) -> None:
        async with SlackNotifier(SlackConfig(server.channel, Secret(server.token), server.api)) as notifier:
            gone = Receipt(server.channel, "1000000000.000001")
            assert await notifier.deliver(note("u", NotificationKind.UPDATE, make_alert(new_incident())), gone) == gone

    async def test_doctor_is_told_where_alerts_go(self, server: Server) -> None:
        async with SlackNotifier(SlackConfig(server.channel, Secret(server.token), server.api)) as notifier:
            assert "posts to #rapid-response of Campaign HQ" in await notifier.check()

    async def test_a_file_of_posts_becomes_one_message_that_grows(self, server: Server, tmp_path: Path) -> None:
        """As a user does it: `monitor replay`, the sample rules, the shipped model; and again once it has grown."""
        day = tmp_path / "day.jsonl"
        config = tmp_path / "config.toml"
        config.write_text(
            f'rules = "{ROOT / "rules"}"\n[slack]\nchannel = "{server.channel}"\nbase_url = "{server.api}"\n', "utf-8"
        )
        for until in (1, len(SMALL_DAY)):
            day.write_text("".join(json.dumps(post) + "\n" for post in SMALL_DAY[:until]), "utf-8")
            replay = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor", "replay", str(day), "-c", str(config)),
                env=os.environ | {"SLACK_BOT_TOKEN": server.token, "HF_HUB_OFFLINE": "1"},
            )
            assert await replay.wait() == 0

        with closing(Store(tmp_path / "monitor.db")) as store:
            (incident,) = incidents.open_incidents(store)
            assert (incident.claim_id, incident.posts, incident.duplicates) == ("withdrawn", 3, 1)
        (message,) = await server.messages_about(incident.id)
        (reply,) = await server.thread(message["ts"])
        assert SMALL_DAY[0]["text"] in str(message["blocks"])
        assert "3 posts (1 repost or copy) by 3 accounts" in str(message["blocks"])
        assert "on the November 3 ballot" in message["text"]
        assert SMALL_DAY[2]["text"] in str(reply["blocks"])
