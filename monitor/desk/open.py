"""Opens the desk: the tasks that take clicks in and handle them, for the service to run beside its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from monitor.alert.slack.api import SlackApi
from monitor.config import Config, Secret, SlackConfig
from monitor.desk import flows, forms
from monitor.desk.inbox import Inbox
from monitor.desk.members import Members
from monitor.desk.socket import Socket
from monitor.desk.ticker import Ticker
from monitor.desk.voice import Voice
from monitor.desk.wiring import Desk, context
from monitor.model import Click
from monitor.pipeline import Pipeline
from monitor.store.db import Store

Task = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""


@asynccontextmanager
async def open_desk(
    config: Config,
    slack: SlackConfig,
    app_token: Secret,
    store: Store,
    pipeline: Pipeline,
    woken: Callable[[], None],
    now: Callable[[], datetime],
) -> AsyncIterator[Mapping[str, Task]]:
    """The desk's tasks, by name. `woken` is called once something was enqueued for delivery."""
    now_context = partial(context, pipeline, config.desk)
    ticker = Ticker(store, pipeline, now_context, now, woken)

    def stirred() -> None:
        woken()
        ticker.wake()

    async with SlackApi(slack.token, slack.base_url) as api:
        desk = Desk(
            store=store,
            pipeline=pipeline,
            voice=Voice(api),
            members=Members(api, slack.channel, config.desk.groups, now),
            config=config,
            rules=lambda: pipeline.stages.rules,
            context=now_context,
            now=now,
            woken=stirred,
        )

        async def handle(click: Click) -> None:
            await flows.handle(click, desk)

        def answer(click: Click) -> dict[str, object] | None:
            return forms.acknowledgement(click, config.desk)

        with Inbox(store, handle, answer, desk.voice.tell, now) as inbox:
            socket = Socket(slack, app_token, store, inbox.receive, now)
            yield {"desk:clicks": inbox.work, "desk:socket": socket.run, "desk:clock": ticker.tick_until}
