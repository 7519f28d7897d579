"""The Telegram source against a scripted Telethon: the real one is an extra, and needs a real account."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from monitor.config import Secret, TelegramSource
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import Deletion, Media, Page, Post
from monitor.sources.pace import Pace
from monitor.sources.reading import Within
from monitor.sources.telegram import Telegram
from monitor.sources.telegram_client import EXTRA
from monitor.sources.telegram_message import post_from, post_within

RECORDED = json.loads((Path(__file__).parent / "data" / "telegram_messages.json").read_text("utf-8"))


class Stopped(Exception):
    pass


class RPCError(Exception):
    pass


class FloodError(RPCError):
    seconds = 42


class UnauthorizedError(RPCError):
    pass


class ServerError(RPCError):
    pass


class Entity:
    def __init__(self, broadcast: bool) -> None:
        self.broadcast = broadcast


class Message:
    def __init__(self, number: int, edited: str | None = None) -> None:
        self.fields = {**RECORDED[0], "id": number, "message": f"post {number}", "edit_date": edited}

    def to_json(self) -> str:
        return json.dumps(self.fields)


class Script:
    """What Telegram does. `trouble` is raised at the next request for messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.names = {"news": Entity(broadcast=True), "ana": Entity(broadcast=False)}
        self.authorized = True
        self.trouble: Exception | None = None
        self.asked = 0
        self.open = 0


class Client:
    script: Script

    def __init__(self, session: object, api_id: int, api_hash: str, **settings: object) -> None:
        assert (api_id, api_hash) == (12345, "hash-1")

    async def connect(self) -> None:
        self.script.open += 1

    async def disconnect(self) -> None:
        self.script.open -= 1

    async def is_user_authorized(self) -> bool:
        return self.script.authorized

    async def get_entity(self, name: str) -> Entity:
        self.script.asked += 1
        if name not in self.script.names:
            raise ValueError(f'No user has "{name}" as username')
        return self.script.names[name]

    async def get_messages(
        self, entity: Entity, *, ids: list[int] | None = None, limit: int = 0
    ) -> Sequence[Message | None]:
        if self.script.trouble:
            trouble, self.script.trouble = self.script.trouble, None
            raise trouble
        there = {message.fields["id"]: message for message in self.script.messages}
        return [there.get(number) for number in ids] if ids is not None else list(there.values())[-limit:]

    async def iter_messages(
        self, entity: Entity, limit: int | None = None, *, min_id: int = 0, reverse: bool = False
    ) -> AsyncIterator[Message]:
        if self.script.trouble:
            trouble, self.script.trouble = self.script.trouble, None
            raise trouble
        found = [message for message in self.script.messages if message.fields.get("id", 10**6) > min_id]
        for message in found if reverse else found[::-1][:limit]:
            yield message


def string_session(text: str) -> str:
    if text != "session-1":
        raise ValueError("Not a valid string")
    return text


def scripted(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Puts the scripted Telethon where the real one would be."""
    modules: dict[str, Any] = {name: ModuleType(name) for name in ("telethon", "telethon.errors", "telethon.sessions")}
    Client.script = Script()
    modules["telethon"].TelegramClient = Client
    modules["telethon.sessions"].StringSession = string_session
    errors = modules["telethon.errors"]
    errors.RPCError, errors.FloodError, errors.ServerError = RPCError, FloodError, ServerError
    errors.UnauthorizedError, errors.AuthKeyError = UnauthorizedError, UnauthorizedError
    errors.TimedOutError = ServerError
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return Client.script


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


def telegram(*channels: str, rounds: int = 1, session: str = "session-1") -> Telegram:
    left = [rounds]

    async def sleep(_: float) -> None:
        left[0] -= 1
        if not left[0]:
            raise Stopped

    config = TelegramSource("telegram", Secret(session), 12345, Secret("hash-1"), channels or ("news",))
    return Telegram(config, sleep, Pace(0))


async def read(reader: Telegram, cursor: str | None = None) -> list[Page]:
    pages: list[Page] = []
    with suppress(Stopped):
        async for page in reader.pages(cursor):
            pages.append(page)  # noqa: PERF401 - what came before it stops is wanted
    return pages


def ids(pages: list[Page]) -> list[str]:
    return [post.id for page in pages for post in page.posts]


def test_a_message_is_a_post() -> None:
    first, second, third = (post_from(json.dumps(recorded).encode(), "news") for recorded in RECORDED)
    assert first is not None
    assert (first.id, first.text, first.author) == ("news/5", "Rivera is out, they say", "news")
    assert (first.created_at, first.url) == (datetime(2026, 10, 1, 12, tzinfo=UTC), "https://t.me/news/5")
    assert second is not None
    assert second.reply_to == "news/5"
    assert second.media == (Media("https://news.example/rivera", "Rivera withdraws - It is said."),)
    assert third is None, "that a channel has a new name is no post"


def message(**fields: object) -> bytes:
    return json.dumps({**RECORDED[0], **fields}).encode()


def test_a_message_that_was_passed_on_names_the_one_that_it_repeats_if_we_read_that_channel() -> None:
    forward = {"_": "MessageFwdHeader", "from_id": {"_": "PeerChannel", "channel_id": 77}, "channel_post": 5}
    read = post_from(message(fwd_from=forward), "news", {77: "rumours"})
    assert read is not None
    assert read.repost_of == "rumours/5"
    unknown = post_from(message(fwd_from=forward), "news")
    assert unknown is not None
    assert unknown.repost_of is None


def test_an_answer_names_what_it_answers_in_another_channel_and_brings_the_words_that_it_quotes() -> None:
    reply = {"_": "MessageReplyHeader", "reply_to_msg_id": 5, "quote_text": "she quit",
             "reply_to_peer_id": {"_": "PeerChannel", "channel_id": 77}}  # fmt: skip
    found = post_within(message(reply_to=reply), "news", {77: "rumours"})
    assert isinstance(found, Within)
    assert found.post.reply_to == "rumours/5"
    assert found.parents == (Post("rumours/5", "she quit", "telegram", "rumours"),)
    elsewhere = post_within(message(reply_to=reply), "news")
    assert isinstance(elsewhere, Post)
    assert elsewhere.reply_to is None, "it stands in a channel that we do not read"


async def test_new_messages_come_oldest_first_and_once(script: Script) -> None:
    script.messages = [Message(number) for number in range(1, 131)]
    pages = await read(telegram())
    assert ids(pages) == [f"news/{number}" for number in range(31, 131)]
    script.messages += [Message(number) for number in range(131, 481)]
    later = await read(telegram(), pages[-1].cursor)
    assert ids(later) == [f"news/{number}" for number in range(131, 481)]
    assert [page.deletions for page in later] == [()] * len(later)
    assert script.open == 0


async def test_any_page_can_be_the_last_before_a_crash(script: Script) -> None:
    script.messages = [Message(number) for number in range(1, 31)]
    start = (await read(telegram()))[-1].cursor
    script.messages += [Message(number) for number in range(31, 331)]
    pages = await read(telegram(), start)
    for index, page in enumerate(pages):
        after = await read(telegram(), page.cursor)
        assert ids(pages[: index + 1]) + ids(after) == [f"news/{number}" for number in range(31, 331)]


async def test_an_edit_comes_again_and_a_deletion_is_told(script: Script) -> None:
    script.messages = [Message(1), Message(2), Message(3)]
    [page] = await read(telegram())
    script.messages = [Message(1), Message(3, edited="2026-10-01T13:00:00+00:00")]
    [page] = await read(telegram(), page.cursor)
    assert ids([page]) == ["news/3"]
    assert page.deletions == (Deletion("telegram", post_id="news/2"),)
    [page] = await read(telegram(), page.cursor)
    assert (page.posts, page.deletions) == ((), ())


async def test_a_channel_that_shows_nothing_any_more_is_suspicious(script: Script) -> None:
    script.messages = [Message(1)]
    [page] = await read(telegram())
    script.messages = []
    [page] = await read(telegram(), page.cursor)
    assert page.deletions == ()
    assert "may be closed to us" in (page.suspicious or "")


async def test_a_message_that_cannot_be_read_is_counted_and_its_field_named(script: Script) -> None:
    script.messages = [Message(1), Message(2)]
    script.messages[0].fields["number"] = script.messages[0].fields.pop("id")
    [page] = await read(telegram())
    assert (ids([page]), page.skipped) == (["news/2"], 1)
    assert set(page.drift) == {("missing: id", 1), ("unknown: number", 1)}


async def test_names_are_looked_up_once_for_many_rounds(script: Script) -> None:
    script.messages = [Message(1)]
    await read(telegram(rounds=5))
    assert script.asked == 1


@pytest.mark.parametrize(
    ("trouble", "error", "said"),
    [
        (FloodError("wait"), SourceUnavailable, "slow down"),
        (ServerError("-503"), SourceUnavailable, "cannot answer now"),
        (ConnectionError("reset"), SourceUnavailable, "cannot answer now"),
        (UnauthorizedError("revoked"), SourceRefused, "make a new one"),
        (RPCError("CHANNEL_PRIVATE"), SourceRefused, "CHANNEL_PRIVATE"),
    ],
)
async def test_what_goes_wrong_is_told(script: Script, trouble: Exception, error: type[Exception], said: str) -> None:
    script.messages, script.trouble = [Message(1)], trouble
    with pytest.raises(error, match=said) as caught:
        _ = [page async for page in telegram().pages(None)]
    assert getattr(caught.value, "retry_after", None) == (42 if isinstance(trouble, FloodError) else None)
    assert script.open == 0


@pytest.mark.parametrize(("channel", "said"), [("nobody", "there is no t.me/nobody"), ("ana", "neither a channel")])
async def test_what_is_no_channel_is_refused(script: Script, channel: str, said: str) -> None:
    with pytest.raises(SourceRefused, match=said):
        await telegram(channel).check()


async def test_a_session_that_is_none_or_over_is_refused_and_not_repeated(script: Script) -> None:
    with pytest.raises(SourceRefused, match="the session is none") as caught:
        await telegram(session="SEKRET").check()
    assert "SEKRET" not in str(caught.value)
    script.authorized = False
    with pytest.raises(SourceRefused, match="no longer knows the session"):
        await telegram().check()


async def test_without_telethon_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "telethon", None)
    with pytest.raises(SourceRefused) as caught:
        await telegram().check()
    assert EXTRA in str(caught.value)


async def test_the_check_says_that_the_channels_are_there(script: Script) -> None:
    assert await telegram().check() == "logged in; all 1 channels are there"


def test_the_recorded_messages_are_json_of_telethon() -> None:
    assert [recorded["_"] for recorded in RECORDED] == ["Message", "Message", "MessageService"]
    assert msgspec.json.decode(Message(1).to_json())["id"] == 1


async def test_messages_are_looked_up_over_the_open_connection(script: Script) -> None:
    script.messages = [Message(number) for number in (1, 2, 4)]
    reader = telegram(rounds=9)
    with pytest.raises(SourceUnavailable, match="no connection"):
        await reader.look_up(["news/1"])
    pages = reader.pages(None)
    await anext(pages)
    found = await reader.look_up(["news/1", "news/3", "news/4"])
    assert ([post.text for post in found.posts], found.gone) == (["post 1", "post 4"], ("news/3",))
    script.trouble = FloodError("wait")
    with pytest.raises(SourceUnavailable, match="slow down") as caught:
        await reader.look_up(["news/1"])
    assert caught.value.retry_after == 42
    script.messages = []
    assert (await reader.look_up(["news/1"])).gone == (), "a channel without any message may be closed to us"
    await pages.aclose()
    assert [reader.knows(name) for name in ("news/1", "other/1", "news/x", "news")] == [True, False, False, False]
