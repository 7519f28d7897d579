from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx

from monitor.config import Secret
from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import Page
from monitor.sources.bluesky_search import MOST_ANSWERS, Session, search

RECORDED = (Path(__file__).parent / "data" / "bluesky_search.json").read_bytes()
SINCE, UNTIL = datetime(2026, 11, 21, 18, tzinfo=UTC), datetime(2026, 11, 21, 19, tzinfo=UTC)


class FakePds:
    """A PDS that gives out tokens a1, a2, ... and accepts only the last one."""

    def __init__(self) -> None:
        self.given = 0
        self.logins = 0
        self.refreshes = 0
        self.refresh_works = True
        self.searches: list[httpx.Request] = []
        self.results: list[httpx.Response] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        token = request.headers.get("authorization")
        match request.url.path.rpartition(".")[2]:
            case "createSession":
                self.logins += 1
                if b"hunter2" not in request.content:
                    return httpx.Response(401, json={"error": "AuthenticationRequired", "message": "Invalid password"})
                return self._tokens()
            case "refreshSession":
                self.refreshes += 1
                assert token == f"Bearer r{self.given}"
                return self._tokens() if self.refresh_works else httpx.Response(400, json={"error": "ExpiredToken"})
            case _:
                self.searches.append(request)
                if token != f"Bearer a{self.given}":
                    return httpx.Response(400, json={"error": "ExpiredToken", "message": "Token has expired"})
                return self.results.pop(0) if self.results else httpx.Response(200, json={"posts": []})

    def _tokens(self) -> httpx.Response:
        self.given += 1
        tokens = {
            "accessJwt": f"a{self.given}",
            "refreshJwt": f"r{self.given}",
            "handle": "ana.example",
            "did": "did:plc:a",
        }
        return httpx.Response(200, json=tokens)


@pytest.fixture
def pds() -> Iterator[FakePds]:
    fake = FakePds()
    with respx.mock:
        respx.route(host="pds.example").mock(side_effect=fake.answer)
        yield fake


@pytest.fixture
def login() -> Session:
    return Session("https://pds.example/", "ana.example", Secret("hunter2"))


async def found(login: Session) -> list[Page]:
    return [page async for page in search(login, "Rivera", SINCE, UNTIL)]


async def test_a_recorded_answer_becomes_posts(pds: FakePds, login: Session) -> None:
    pds.results = [httpx.Response(200, content=RECORDED)]
    page = (await found(login))[0]
    assert [post.text for post in page.posts] == ["Rivera claim 3 EDITED", "Rivera claim 4 #election2026"]
    first = page.posts[0]
    assert first.id == "at://did:plc:runfjmoep64i772lbt6j2fvo/app.bsky.feed.post/3n2tpi22qjc2a"
    assert first.author == "did:plc:runfjmoep64i772lbt6j2fvo"
    assert first.created_at == datetime(2026, 11, 21, 18, 16, 28, 380000, tzinfo=UTC)


async def test_pages_are_followed_to_the_end_with_the_same_question(pds: FakePds, login: Session) -> None:
    pds.results = [httpx.Response(200, content=RECORDED), httpx.Response(200, json={"posts": []})]
    assert len(await found(login)) == 2
    first, second = (dict(request.url.params) for request in pds.searches)
    assert first == {
        "q": "Rivera",
        "sort": "latest",
        "since": "2026-11-21T18:00:00Z",
        "until": "2026-11-21T19:00:00Z",
        "limit": "100",
    }
    assert second == {**first, "cursor": "1795284988363__bafyreicvdlkjdchnpiaykf346andv5hpxvpge7fcfhnrpse5swicqroffq"}


@pytest.mark.parametrize("beside_media", [False, True])
async def test_a_quote_brings_the_post_that_it_quotes(pds: FakePds, login: Session, beside_media: bool) -> None:
    uri = "at://did:plc:bo/app.bsky.feed.post/9"
    record = {"uri": uri, "value": {"text": "she quit", "createdAt": "2026-11-21T18:00:00Z"}}
    gone = {"uri": uri, "notFound": True}
    posts = [
        {
            "uri": f"at://did:plc:ana/app.bsky.feed.post/{number}",
            "record": {"text": "this", "createdAt": "2026-11-21T18:00:00Z"},
            "indexedAt": "2026-11-21T18:00:00Z",
            "embed": {"record": {"record": shown} if beside_media else shown},
        }
        for number, shown in enumerate((record, gone))
    ]
    pds.results = [httpx.Response(200, json={"posts": posts})]
    [page] = await found(login)
    assert len(page.posts) == 2
    assert [(parent.id, parent.text) for parent in page.parents] == [(uri, "she quit")]


async def test_a_search_without_end_is_given_up(pds: FakePds, login: Session) -> None:
    pds.results = [httpx.Response(200, content=RECORDED) for _ in range(50)]
    assert len(await found(login)) == MOST_ANSWERS


async def test_a_session_is_made_once_and_kept(pds: FakePds, login: Session) -> None:
    await found(login)
    await found(login)
    assert (pds.logins, pds.refreshes) == (1, 0)


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
async def test_an_expired_token_is_renewed(pds: FakePds, login: Session, error: str) -> None:
    await found(login)
    pds.results = [httpx.Response(400, json={"error": error}), httpx.Response(200, content=RECORDED)]
    assert len((await found(login))[0].posts) == 2
    assert (pds.logins, pds.refreshes) == (1, 1)


async def test_where_renewing_fails_a_new_session_is_made(pds: FakePds, login: Session) -> None:
    await found(login)
    pds.refresh_works = False
    pds.results = [httpx.Response(401), httpx.Response(200, content=RECORDED)]
    assert len((await found(login))[0].posts) == 2
    assert (pds.logins, pds.refreshes) == (2, 1)


async def test_a_wrong_password_must_be_mended_and_is_not_repeated(pds: FakePds) -> None:
    with pytest.raises(SourceRefused, match=r"login of ana\.example; check identifier and app password") as caught:
        await found(Session("https://pds.example", "ana.example", Secret("wrong")))
    assert "wrong" not in str(caught.value)
    assert pds.logins == 1


async def test_the_limit_of_a_pds_is_obeyed(pds: FakePds, login: Session) -> None:
    limit = {"ratelimit-policy": "30;w=300", "retry-after": "290"}
    pds.results = [httpx.Response(429, headers=limit, json={"error": "RateLimitExceeded"})]
    with pytest.raises(SourceUnavailable, match="RateLimitExceeded") as caught:
        await found(login)
    assert caught.value.retry_after == 290


async def test_a_post_that_cannot_be_read_is_counted(pds: FakePds, login: Session) -> None:
    broken = {"uri": "at://did:plc:x/app.bsky.feed.post/1", "record": {"text": 5}}
    pds.results = [httpx.Response(200, json={"posts": [broken, {"nothing": 1}]})]
    page = (await found(login))[0]
    assert (page.posts, page.skipped) == ((), 2)
