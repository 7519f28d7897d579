"""How a connection ends: without a word of the SDK's, and with one of ours where a click waits for its answer."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosedError

from monitor.alert.slack.api import SlackApi
from monitor.config import Secret
from monitor.desk.socket_client import Client


class Session:
    """Brings these messages, then is broken."""

    def __init__(self, *messages: str | bytes) -> None:
        self._messages = list(messages)

    async def recv(self) -> str | bytes:
        if not self._messages:
            raise ConnectionClosedError(None, None)
        return self._messages.pop(0)

    async def send(self, message: str) -> None:
        raise ConnectionClosedError(None, None)


@pytest.fixture
async def client() -> Client:
    token = Secret("xapp-none")
    made = Client(token, SlackApi(token, "http://127.0.0.1:1/api/"), "ws://127.0.0.1:1/", lambda message: None)
    made.message_processor.cancel()
    await asyncio.gather(made.message_processor, return_exceptions=True)
    return made


def broken_after(client: Client, *messages: str | bytes) -> None:
    client.current_session = Session(*messages)  # type: ignore[assignment]


async def test_what_a_connection_brought_before_it_broke_is_taken_in_and_its_end_is_no_error(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    broken_after(client, '{"type": "hello"}', b'{"type": "\xff"}')

    await client.receive_messages()

    assert [client.message_queue.get_nowait() for _ in range(2)] == ['{"type": "hello"}', '{"type": "\ufffd"}']
    assert caplog.records == []


async def test_clicks_that_could_not_be_acknowledged_are_told_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    broken_after(client)

    with capture_logs() as logs:
        for number in range(3):
            await client.send_socket_mode_response({"envelope_id": str(number)})

    assert [(line["log_level"], "before all its clicks were acknowledged" in line["event"]) for line in logs] == [
        ("warning", True)
    ]
    assert caplog.records == []
