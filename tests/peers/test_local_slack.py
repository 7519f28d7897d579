"""Against local-slack, which drops metadata from the history: what is in doubt is found by its block id."""

from __future__ import annotations

import base64

import pytest

from monitor.model import Notice, NoticeKind, Notification, NotificationKind, Picture
from monitor.store.db import Store
from tests.peers.headquarters import BOT_TOKEN, CHANNEL
from tests.peers.slack_path import Server, SlackPath, deliver_all, new_incident, put

pytestmark = pytest.mark.peer

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One pixel."""


@pytest.fixture
def server(local_slack: str) -> Server:
    return Server(f"{local_slack}/api/", BOT_TOKEN, CHANNEL)


class TestLocalSlack(SlackPath):
    """Everything that holds for every server, and the files that slack-emulate does not have."""

    async def test_a_notice_shows_its_picture(self, store: Store, server: Server) -> None:
        picture = Picture(PNG, "Two claims, one of them grows", "Claims over time")
        name = new_incident()
        report = Notice(NoticeKind.REPORT, "This morning", picture=picture)
        put(store, Notification(name, NotificationKind.NOTICE, notice=report))
        await deliver_all(store, server)

        (message,) = await server.messages_about(name)
        (image,) = [block for block in message["blocks"] if block["type"] == "image"]
        assert image["alt_text"] == picture.alt
        info = await server.call("files.info", file=image["slack_file"]["id"])
        assert (info["file"]["title"], info["file"]["size"]) == (picture.title, len(PNG))
