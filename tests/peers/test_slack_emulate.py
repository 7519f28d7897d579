"""Against slack-emulate, which keeps metadata in the history and enforces scopes."""

from __future__ import annotations

import pytest
from aiohttp import ClientConnectionError

from monitor.alert.slack.client import SlackNotifier
from monitor.config import Secret, SlackConfig
from monitor.errors import DeliveryPermanent
from monitor.model import NotificationKind
from tests.peers.slack_path import Server, SlackPath, make_alert, new_incident, note

pytestmark = pytest.mark.peer

API = "http://127.0.0.1:4003/api/"


@pytest.fixture
async def server() -> Server:
    try:
        answer = await Server(API, "xoxb-local-test", "").call("conversations.list")
    except ClientConnectionError:
        pytest.skip(f"no slack-emulate at {API}: run this through make test-peers")
    channels = {channel["name"]: channel["id"] for channel in answer["channels"]}
    return Server(API, "xoxb-local-test", channels["rapid-response"])


class TestSlackEmulate(SlackPath):
    """Everything that holds for every server."""

    async def test_a_message_carries_its_delivery_id_in_its_metadata(self, server: Server) -> None:
        notification = note("m", NotificationKind.MESSAGE, make_alert(new_incident()))
        async with SlackNotifier(SlackConfig(server.channel, Secret(server.token), server.api)) as notifier:
            receipt = await notifier.deliver(notification, None)

        (message,) = await server.messages_about(notification.alerts[0].incident.id)
        assert message["ts"] == receipt.ts
        assert message["metadata"]["event_payload"] == {"delivery_id": notification.delivery_id}

    async def test_a_missing_scope_is_refused_and_named(self, server: Server) -> None:
        async with SlackNotifier(SlackConfig(server.channel, Secret("xoxb-noscope"), server.api)) as notifier:
            with pytest.raises(DeliveryPermanent, match=r"missing_scope \(needed: chat:write\): add the scope"):
                await notifier.deliver(note("m", NotificationKind.MESSAGE, make_alert(new_incident())), None)
