from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Secret, WebhookSource
from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import Page, Post
from monitor.sources import webhook
from monitor.sources.poller import poll
from monitor.sources.webhook import HEADER, LARGEST_BODY, Webhook, read_posts, refusal, sign

SECRET = "correct horse battery staple"
NOW = 1_790_000_000.0

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@dataclass
class Service:
    """The poller with a webhook, and what it has stored. `hold`: pages are not accepted while it is clear."""

    source: Webhook
    http: ClientSession
    stop: asyncio.Event
    stored: list[Post] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, body: object, *, signature: str | None = None) -> tuple[int, dict[str, object]]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        header = sign(SECRET.encode(), int(NOW), content) if signature is None else signature
        address = f"http://127.0.0.1:{self.source.port}/posts"
        async with self.http.post(address, data=BytesIO(content), headers={HEADER: header}) as answer:
            return answer.status, await answer.json()


async def until(happened: Callable[[], bool]) -> None:
    """Lets others run until it has happened."""
    async with asyncio.timeout(600):
        while not happened():  # noqa: ASYNC110 - a turn of the loop, no sleep
            await asyncio.sleep(0)


@asynccontextmanager
async def running() -> AsyncIterator[Service]:
    source = Webhook(WebhookSource("webhook", Secret(SECRET), port=0), now=lambda: NOW)
    async with ClientSession() as http:
        service = Service(source, http, asyncio.Event())
        service.hold.set()

        async def accept(name: str, page: Page) -> None:
            service.reached.set()
            await service.hold.wait()
            service.stored += page.posts

        async def failed(name: str, error: SourceError, retry_at: datetime) -> None:
            raise AssertionError(error)

        task = asyncio.create_task(
            poll(
                source, cursor=None, accept=accept, failed=failed, stop=service.stop,
                now=lambda: datetime(2026, 10, 1, tzinfo=UTC), rng=random.Random(1),
            )
        )  # fmt: skip
        try:
            await until(lambda: source.port != 0)
            yield service
        finally:
            service.hold.set()
            service.stop.set()
            await task


async def test_one_post_a_list_and_lines_are_taken() -> None:
    async with running() as service:
        assert await service.post({"id": "1", "text": "a", "source": "x"}) == (202, {"stored": 1})
        assert await service.post([{"id": 2, "text": "b"}, {"post_id": "3", "text": "c"}]) == (202, {"stored": 2})
        assert await service.post(b'{"id": "4", "text": "d"}\n{"id": "5", "text": "e"}\n') == (202, {"stored": 2})
        assert await service.post([]) == (202, {"stored": 0})
        assert [post.id for post in service.stored] == ["1", "2", "3", "4", "5"]
        assert service.stored[0].platform == "x"


async def test_the_answer_waits_until_the_posts_are_stored() -> None:
    async with running() as service:
        service.hold.clear()
        sending = asyncio.create_task(service.post({"id": "1", "text": "a"}))
        await service.reached.wait()
        await asyncio.sleep(0)
        assert not sending.done()
        service.hold.set()
        assert (await sending)[0] == 202
        assert [post.id for post in service.stored] == ["1"]


async def test_who_waits_when_the_service_stops_is_told_to_send_again() -> None:
    async with running() as service:
        service.hold.clear()
        first = asyncio.create_task(service.post({"id": "1", "text": "a"}))
        await service.reached.wait()
        second = asyncio.create_task(service.post({"id": "2", "text": "b"}))
        await until(lambda: not service.source._waiting.empty())
        service.stop.set()
        service.hold.set()
        answers = await asyncio.gather(first, second)
    # The first was stored while the service stopped: to say so or to ask for it again are both right.
    assert {status for status, _ in answers} <= {202, 503}
    assert answers[1][0] == 503
    assert "send the same again" in str(answers[1][1]["error"])


async def test_bad_posts_are_told_one_by_one_and_nothing_is_stored() -> None:
    async with running() as service:
        status, answer = await service.post([{"id": "1", "text": "a"}, {"id": "2"}, {"text": "c"}, "d"])
        assert status == 400
        assert "nothing was stored" in str(answer["error"])
        problems = answer["problems"]
        assert isinstance(problems, list)
        assert [problem.split()[1] for problem in problems] == ["2", "3", "4"]
        assert "`text`" in problems[0]
        assert 'no "id"' in problems[1]
        assert service.stored == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[{]", b"{", b"17", b"null", b'"text"'])
async def test_what_is_no_post_is_refused_with_what_to_send(body: bytes) -> None:
    async with running() as service:
        status, answer = await service.post(body)
        assert status == 400
        assert '{"id": "1", "text": "..."}' in str(answer["problems"])


@pytest.mark.parametrize("signature", ["", "v1=00", f"t={int(NOW)},v1={'0' * 64}", sign(b"another", int(NOW), b"{}")])
async def test_without_the_right_signature_nothing_is_read(signature: str) -> None:
    async with running() as service:
        status, answer = await service.post({"id": "1", "text": "a"}, signature=signature)
        assert status == 401
        assert "sign" in str(answer["error"])
        assert SECRET not in json.dumps(answer)
        assert service.stored == []


async def test_an_overheard_request_is_worth_nothing_later() -> None:
    async with running() as service:
        body = b'{"id": "1", "text": "a"}'
        status, answer = await service.post(body, signature=sign(SECRET.encode(), int(NOW) - 301, body))
        assert (status, "301 seconds off" in str(answer["error"])) == (401, True)


async def test_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as service:
        status, answer = await service.post(b" " * (LARGEST_BODY + 1))
        assert (status, "send fewer posts" in str(answer["error"])) == (413, True)
        monkeypatch.setattr(webhook, "MOST_POSTS", 1)
        status, answer = await service.post([{"id": "1", "text": ""}, {"id": "2", "text": ""}])
        assert (status, "send 1 at most" in str(answer["error"])) == (413, True)


async def test_too_much_at_once_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "STORED_SECONDS", 0.01)
    async with running() as service:
        service.hold.clear()
        status, answer = await service.post({"id": "1", "text": "a"})
        assert (status, "in a minute" in str(answer["error"])) == (503, True)


async def test_the_check_asks_the_running_service_or_says_that_it_will_open() -> None:
    async with running() as service:
        assert (await service.source.check()).startswith("the running service takes posts at http://127.0.0.1:")
        other = Webhook(WebhookSource("w", Secret("another secret here"), port=service.source.port), now=lambda: NOW)
        with pytest.raises(SourceRefused, match="answers 401"):
            await other.check()
        with pytest.raises(SourceUnavailable, match="is another program there"):
            await anext(other.pages(None))
        port = service.source.port
    assert "it opens when the service runs" in await Webhook(WebhookSource("w", Secret(SECRET), port=port)).check()


@given(st.binary(max_size=200), st.integers(0, 10**11), st.binary(max_size=200))
def test_only_what_was_signed_is_believed(body: bytes, second: int, other: bytes) -> None:
    header = sign(SECRET.encode(), second, body)
    assert refusal(SECRET.encode(), header, body, float(second)) is None
    assert (refusal(SECRET.encode(), header, other, float(second)) is None) == (other == body)


@given(st.binary(max_size=300))
def test_any_bytes_are_posts_or_told_mistakes(body: bytes) -> None:
    posts, problems = read_posts(body)
    assert posts or problems or body.strip() == b"[]"
