"""Opens the desk: the tasks that take clicks in and handle them, for the service to run beside its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from monitor.alert.slack.api import SlackApi
from monitor.config import Secret, SlackConfig
from monitor.desk import flows, forms
from monitor.desk.inbox import Inbox
from monitor.desk.members import Members
from monitor.desk.socket import Socket
from monitor.desk.voice import Voice
from monitor.desk.wiring import Desk
from monitor.model import Click
from monitor.store.db import Store

Task = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""


@asynccontextmanager
async def open_desk(
    slack: SlackConfig,
    app_token: Secret,
    groups: Sequence[str],
    store: Store,
    make: Callable[[Voice, Members], Desk],
    now: Callable[[], datetime],
) -> AsyncIterator[Mapping[str, Task]]:
    """The desk's tasks, by name. `groups`: ids of the user groups whose members may act besides the channel's."""
    async with SlackApi(slack.token, slack.base_url) as api:
        voice = Voice(api)
        desk = make(voice, Members(api, slack.channel, groups, now))

        async def handle(click: Click) -> None:
            await flows.handle(click, desk)

        def answer(click: Click) -> dict[str, object] | None:
            return forms.acknowledgement(click, desk.config.desk)

        with Inbox(store, handle, answer, voice.tell, now) as inbox:
            socket = Socket(slack, app_token, store, inbox.receive, now)
            yield {"desk:clicks": inbox.work, "desk:socket": socket.run}
