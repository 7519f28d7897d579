"""Bluesky's search (app.bsky.feed.searchPosts), asked through the account's own server (PDS) with a session.

The public AppView refuses searches (bluesky-social/atproto#3423). A session may be made 30 times in five minutes, so
its tokens are kept, in memory only.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar

import httpx
import msgspec

from monitor.config import Secret
from monitor.errors import PostError, SourceRefused
from monitor.model import Page, Post
from monitor.sources.bluesky_record import SHAPE, post_from_record
from monitor.sources.fields import Drift, Shape, added, read_json, utc_from_iso
from monitor.sources.frames import NOTHING
from monitor.sources.http import Answer, client, decode, expect_success, failure, request

SPENT = ("ExpiredToken", "InvalidToken")
"""What a PDS calls a token that it no longer takes, with status 400."""
APPVIEW = "https://public.api.bsky.app/xrpc/"
"""What Bluesky shows to everybody, without an account."""
POSTS_PER_ANSWER = "100"
MOST_ANSWERS = 10
"""Per search: what is older than the newest thousand posts of a gap stays unseen."""


class _Tokens(msgspec.Struct, rename="camel"):
    access_jwt: str
    refresh_jwt: str
    handle: str = ""


class _View(msgspec.Struct, rename="camel"):
    uri: str
    record: msgspec.Raw
    indexed_at: str | None = None
    embed: msgspec.Raw = NOTHING

    ALWAYS: ClassVar[str] = "indexedAt"
    IGNORED: ClassVar[str] = (
        "author bookmarkCount cid debug labels likeCount quoteCount replyCount repostCount threadgate viewer"
    )


class _Shown(msgspec.Struct, rename="camel"):
    """A post that is shown inside another (app.bsky.embed.record#view); beside media it lies one level deeper. One that
    was deleted, or that its author takes back from there, has no `value`."""

    uri: str = ""
    value: msgspec.Raw = NOTHING
    indexed_at: str | None = None
    record: _Shown | None = None


class _Result(msgspec.Struct):
    posts: list[msgspec.Raw]
    cursor: str | None = None

    IGNORED: ClassVar[str] = "hitsTotal"


VIEW, AROUND = Shape(_View), Shape(_Result)


class Session:
    """A login at a PDS. Raises SourceRefused where the login is wrong, SourceUnavailable where the server is."""

    def __init__(self, pds: str, identifier: str, password: Secret) -> None:
        self._pds = pds.rstrip("/")
        self._identifier = identifier
        self._password = password
        self._tokens: _Tokens | None = None

    async def login(self, http: httpx.AsyncClient) -> str:
        """Makes a new session. Returns the account's handle."""
        login = {"identifier": self._identifier, "password": self._password.reveal()}
        answer = await request(http, "POST", self._method("com.atproto.server.createSession"), json=login)
        if answer.status in (400, 401):
            raise SourceRefused(
                f"{answer.where} does not accept the login of {self._identifier}; check identifier and app password"
            )
        self._tokens = decode(expect_success(answer), _Tokens)
        return self._tokens.handle

    async def get(self, http: httpx.AsyncClient, method: str, params: Mapping[str, str]) -> Answer:
        """A query in the name of the account. A token that is no longer taken is renewed once."""
        answer = await self._ask(http, method, params) if self._tokens else None
        if answer is None or answer.status == 401 or failure(answer) in SPENT:
            await self._renew(http)
            answer = await self._ask(http, method, params)
        return expect_success(answer)

    async def _ask(self, http: httpx.AsyncClient, method: str, params: Mapping[str, str]) -> Answer:
        token = self._tokens.access_jwt if self._tokens else ""
        return await request(http, "GET", self._method(method), params=params, headers=_bearer(token))

    async def _renew(self, http: httpx.AsyncClient) -> None:
        if self._tokens is not None:
            headers = _bearer(self._tokens.refresh_jwt)
            answer = await request(http, "POST", self._method("com.atproto.server.refreshSession"), headers=headers)
            if answer.status == 200:
                self._tokens = decode(answer, _Tokens)
                return
        await self.login(http)

    def _method(self, name: str) -> str:
        return f"{self._pds}/xrpc/{name}"


async def search(login: Session, query: str, since: datetime, until: datetime) -> AsyncGenerator[Page, None]:
    """Posts of a time that a search finds, newest first, one page per answer; the pages' cursors are empty."""
    params = {
        "q": query,
        "sort": "latest",
        "since": since.isoformat().replace("+00:00", "Z"),
        "until": until.isoformat().replace("+00:00", "Z"),
        "limit": POSTS_PER_ANSWER,
    }
    async with client() as http:
        for _ in range(MOST_ANSWERS):
            answer = await login.get(http, "app.bsky.feed.searchPosts", params)
            result = decode(answer, _Result)
            yield _page(result, until, AROUND.drift(answer.body))
            if not result.cursor or not result.posts:
                return
            params["cursor"] = result.cursor


async def look_up(http: httpx.AsyncClient, uris: Sequence[str]) -> tuple[Post, ...]:
    """The posts with these at:// uris that Bluesky shows to everybody: 25 at most (app.bsky.feed.getPosts)."""
    asked = httpx.QueryParams([("uris", uri) for uri in uris])
    answer = expect_success(await request(http, "GET", f"{APPVIEW}app.bsky.feed.getPosts?{asked}"))
    now = datetime.now(UTC)
    found = []
    for raw in decode(answer, _Result).posts:
        with suppress(PostError):
            view = read_json(raw, _View, "a post of Bluesky")
            found.append(post_from_record(view.record, view.uri, utc_from_iso(view.indexed_at) or now))
    return tuple(found)


def _quoted(embed: msgspec.Raw, until: datetime) -> Iterator[Post]:
    """The post that a view shows inside it, if any."""
    with suppress(PostError):
        shown = read_json(embed, _Shown, "a quoted post").record if bytes(embed) else None
        while shown is not None and shown.record is not None:
            shown = shown.record
        if shown is not None and bytes(shown.value):
            yield post_from_record(shown.value, shown.uri, utc_from_iso(shown.indexed_at) or until)


def _page(result: _Result, until: datetime, drift: Drift) -> Page:
    posts: list[Post] = []
    parents: list[Post] = []
    skipped, skip_reason = 0, None
    for raw in result.posts:
        drift = added(drift, VIEW.drift(raw))
        try:
            view = read_json(raw, _View, "a post of a search")
            drift = added(drift, SHAPE.drift(view.record))
            posts.append(post_from_record(view.record, view.uri, utc_from_iso(view.indexed_at) or until))
            parents += _quoted(view.embed, until)
        except PostError as error:
            skipped, skip_reason = skipped + 1, str(error)
    return Page(tuple(posts), "", skipped=skipped, skip_reason=skip_reason, drift=drift, parents=tuple(parents))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
