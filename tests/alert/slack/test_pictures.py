from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from monitor.alert.slack import pictures
from monitor.alert.slack.client import SlackNotifier
from monitor.config import Secret, SlackConfig
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown
from monitor.model import Notice, NoticeKind, Notification, NotificationKind, Picture, Receipt

REPORT = Notification(
    "d1", NotificationKind.NOTICE,
    notice=Notice(NoticeKind.REPORT, "This morning", picture=Picture(b"\x89PNG", "Two claims, one grows", "Claims")),
)  # fmt: skip
ADDRESS = {"ok": True, "upload_url": "https://files.slack.com/upload/v1/abc", "file_id": "F0123456789"}
DONE = {"ok": True, "files": [{"id": "F0123456789"}]}
POSTED = {"ok": True, "channel": "C1", "ts": "200.000002"}


@dataclass
class Answer:
    data: object = None
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Uploaded:
    """An answer of the file server."""

    status: int = 200

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        return None


@dataclass
class ScriptedSlack:
    """The SDK's `api_call` and the session's `post`: each gives its answers in order, and notes what was asked."""

    answers: list[object] = field(default_factory=list)
    uploads: list[object] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def api_call(self, method: str, json: dict[str, Any] | None, data: dict[str, Any] | None) -> Answer:
        self.calls.append((method, {**(json or {}), **(data or {})}))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer)

    def post(self, address: str, data: bytes) -> Uploaded:
        self.calls.append((address, {"data": data}))
        answer = self.uploads.pop(0) if self.uploads else Uploaded()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Uploaded)
        return answer

    @property
    def asked(self) -> list[str]:
        return [method for method, _ in self.calls]

    def shown(self) -> list[dict[str, Any]]:
        """The pictures in the last message."""
        return [block for block in self.calls[-1][1]["blocks"] if block["type"] == "image"]


def refused(code: str) -> SlackApiError:
    return SlackApiError(code, Answer({"ok": False, "error": code}))  # type: ignore[no-untyped-call]


@pytest.fixture
def slack() -> ScriptedSlack:
    return ScriptedSlack()


@pytest.fixture
async def notifier(slack: ScriptedSlack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackNotifier]:
    async with SlackNotifier(SlackConfig(channel="C1", token=Secret("xoxb-not-a-token"))) as opened:
        monkeypatch.setattr(opened._api.client, "api_call", slack.api_call)
        monkeypatch.setattr(opened._api.session, "post", slack.post)
        yield opened


async def test_a_picture_is_uploaded_and_shown_by_its_id(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ADDRESS, DONE, POSTED]

    assert await notifier.deliver(REPORT, None) == Receipt("C1", "200.000002")

    (_, named), (address, sent), (_, completed), _ = slack.calls
    assert named == {"filename": "picture.png", "length": 4, "alt_txt": "Two claims, one grows"}
    assert (address, sent) == (ADDRESS["upload_url"], {"data": b"\x89PNG"})
    assert json.loads(completed["files"]) == [{"id": "F0123456789", "title": "Claims", "highlight_type": "png"}]
    assert "channel_id" not in completed, "the message shares it"
    (image,) = slack.shown()
    assert (image["slack_file"], image["alt_text"]) == ({"id": "F0123456789"}, "Two claims, one grows")


@pytest.mark.parametrize("lost", [0, 1])
async def test_an_upload_whose_answer_was_lost_is_made_again_and_the_notice_follows(
    notifier: SlackNotifier, slack: ScriptedSlack, lost: int
) -> None:
    slack.answers = [ADDRESS, DONE]
    slack.answers[lost] = TimeoutError()

    with pytest.raises(DeliveryRetryable):
        await notifier.deliver(REPORT, None)

    slack.answers = [ADDRESS, DONE, POSTED]
    await notifier.deliver(REPORT, None)
    assert len(slack.shown()) == 1


async def test_a_notice_that_is_sent_again_does_not_upload_again(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ADDRESS, DONE, refused("ratelimited"), TimeoutError(), POSTED]

    with pytest.raises(DeliveryRetryable):
        await notifier.deliver(REPORT, None)
    with pytest.raises(DeliveryUnknown):
        await notifier.deliver(REPORT, None)
    await notifier.deliver(REPORT, None)

    assert slack.asked.count("files.getUploadURLExternal") == 1
    assert len(slack.shown()) == 1


async def test_a_file_that_slack_still_works_on_is_waited_for(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ADDRESS, DONE, refused("invalid_blocks"), POSTED]

    with pytest.raises(DeliveryRetryable, match="cannot be shown yet"):
        await notifier.deliver(REPORT, None)
    await notifier.deliver(REPORT, None)

    assert len(slack.shown()) == 1


async def test_a_file_that_slack_never_shows_is_left_out(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ADDRESS, DONE, *(refused("invalid_blocks") for _ in range(pictures.PATIENCE)), POSTED]
    for _ in range(pictures.PATIENCE):
        with pytest.raises(DeliveryRetryable):
            await notifier.deliver(REPORT, None)

    await notifier.deliver(REPORT, None)

    assert slack.shown() == []
    assert "Two claims, one grows" in slack.calls[-1][1]["text"], "who reads it hears what it shows"


@pytest.mark.parametrize("code", ["missing_scope", "file_uploads_disabled"])
async def test_a_picture_that_slack_refuses_does_not_cost_the_notice(
    notifier: SlackNotifier, slack: ScriptedSlack, code: str
) -> None:
    slack.answers = [refused(code), POSTED]

    assert await notifier.deliver(REPORT, None) == Receipt("C1", "200.000002")
    assert slack.shown() == []


def file_server_failures() -> Iterator[object]:
    yield Uploaded(500)
    yield TimeoutError()
    yield aiohttp.ClientConnectionError()
    yield Uploaded(403)


async def test_a_file_server_that_cannot_be_reached_does_not_cost_the_notice(
    notifier: SlackNotifier, slack: ScriptedSlack
) -> None:
    slack.uploads = list(file_server_failures())
    slack.answers = [*(ADDRESS for _ in range(pictures.PATIENCE)), POSTED]
    for _ in range(pictures.PATIENCE):
        with pytest.raises(DeliveryRetryable, match="file server"):
            await notifier.deliver(REPORT, None)

    await notifier.deliver(REPORT, None)

    assert slack.shown() == []


async def test_an_address_that_is_none_does_not_cost_the_notice(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.uploads = [aiohttp.InvalidURL("nonsense")]
    slack.answers = [ADDRESS, POSTED]

    await notifier.deliver(REPORT, None)

    assert slack.shown() == []


async def test_a_refusal_that_is_not_the_pictures_stays_one(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ADDRESS, DONE, refused("not_in_channel")]

    with pytest.raises(DeliveryPermanent, match="not_in_channel"):
        await notifier.deliver(REPORT, None)
