"""How long from a post's arrival to the request that tells Slack, at a steady rate, through the real service.

The sample campaign's stream is sent at RATE posts per second by a source in this process; the real pipeline, model,
store and outbox do the rest, and a local HTTP server in Slack's place notes when each request comes in.
Measured per alert that asks for a message or a thread reply: arrival of the post that set it off -> request received.

    python benchmarks/latency.py [--rate 20] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from aiohttp import web

from monitor import config as configuration
from monitor import log
from monitor.alert.notifier import Notifier
from monitor.alert.slack.client import SlackNotifier
from monitor.cli.demo import STREAM, sample_rules
from monitor.cli.run import open_pipeline
from monitor.config import AlertConfig, Secret, SlackConfig, StoreConfig
from monitor.model import Notification, NotificationKind, Page, Post, Receipt
from monitor.service import Service
from monitor.sources.post_json import post_from_json
from monitor.store.db import Store


class SteadySource:
    """The posts of a stream, each as new as it can be, `rate` a second."""

    name = "steady"
    kind = "benchmark"
    every_seconds = float("inf")

    def __init__(self, posts: list[Post], rate: float, seconds: float) -> None:
        self.arrived: dict[str, float] = {}
        self._posts = posts
        self._rate = rate
        self._seconds = seconds

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        del cursor
        start = time.perf_counter()
        for number in range(int(self._rate * self._seconds)):
            await asyncio.sleep(max(0.0, start + number / self._rate - time.perf_counter()))
            original = self._posts[number % len(self._posts)]
            post = replace(original, id=f"{original.id}-{number}", created_at=datetime.now(UTC))
            self.arrived[post.key] = time.perf_counter()
            yield Page(posts=(post,), cursor=str(number))

    async def check(self) -> str:
        return "a benchmark"


class SlackStandIn:
    """Answers like Slack and notes when each delivery came in."""

    def __init__(self) -> None:
        self.received: dict[str, float] = {}
        self._ts = 0

    async def handle(self, request: web.Request) -> web.Response:
        now = time.perf_counter()
        if request.path.endswith("chat.postMessage"):
            body = await request.json()
            self.received.setdefault(body["metadata"]["event_payload"]["delivery_id"], now)
        self._ts += 1
        return web.json_response({"ok": True, "channel": "C1", "ts": f"{time.time():.0f}.{self._ts:06d}"})


class Notes:
    """The real notifier; notes which post set off each message and reply."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self.seconds_between = notifier.seconds_between
        self.set_off_by: dict[str, str] = {}

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        if notification.kind in (NotificationKind.MESSAGE, NotificationKind.REPLY):
            self.set_off_by[notification.delivery_id] = notification.alerts[0].post.key
        return await self._notifier.deliver(notification, root)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:
        return await self._notifier.find(notification, root, since)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        return None


async def measure(rate: float, seconds: float) -> list[float]:
    stand_in = SlackStandIn()
    app = web.Application()
    app.router.add_route("*", "/{method:.*}", stand_in.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    posts = [post_from_json(line) for line in STREAM.read_bytes().splitlines() if line.strip()]
    source = SteadySource(posts, rate, seconds)
    with tempfile.TemporaryDirectory() as folder:
        config = replace(
            configuration.default(sample_rules()),
            store=StoreConfig(Path(folder) / "latency.db"),
            alerts=AlertConfig(max_new_per_minute=1000),
        )
        slack = SlackConfig(channel="C1", token=Secret("xoxb-none"), base_url=f"http://127.0.0.1:{port}/api/")
        store = Store(config.store.path)
        pipeline = open_pipeline(config, store, stream_time=False)
        stop = asyncio.Event()
        async with SlackNotifier(slack) as notifier, Notes(notifier) as notes:
            service = asyncio.create_task(Service(config, store, pipeline, notes).run([source], stop))
            await asyncio.sleep(seconds + 5)
            stop.set()
            await service
        store.close()
    await runner.cleanup()
    return [
        stand_in.received[delivery_id] - source.arrived[post_key]
        for delivery_id, post_key in notes.set_off_by.items()
        if delivery_id in stand_in.received
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=20.0, help="posts per second")
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    log.configure("warning", "text")
    found = sorted(asyncio.run(measure(arguments.rate, arguments.seconds)))
    p95 = statistics.quantiles(found, n=20)[-1]
    print(
        f"{len(found)} alerts at {arguments.rate:g} posts/s for {arguments.seconds:g} s: "
        f"median {statistics.median(found):.3f} s, p95 {p95:.3f} s, worst {found[-1]:.3f} s"
    )


if __name__ == "__main__":
    main()
