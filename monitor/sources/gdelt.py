"""GDELT's list of the world's press (DOC 2.0 API): articles of the last three months that have some words in them.

GDELT answers what it will not do, a limit say, with a sentence and status 200. Such an answer is a failure, never "no
articles". It looks at the press every 15 minutes, and dates an article by when it did.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import ClassVar

import httpx
import msgspec

from monitor.config import GdeltSource
from monitor.errors import SourceUnavailable
from monitor.model import Media, Page, Post
from monitor.sources.backward import Answered, found_in
from monitor.sources.fields import Shape, read_json, utc_from_iso
from monitor.sources.http import Answer, decode, expect_success, request
from monitor.sources.markup import to_text
from monitor.sources.pace import Pace
from monitor.sources.report import moment
from monitor.sources.searching import checked, searched

ARTICLES_PER_ANSWER = 250
SECONDS_BETWEEN = 6.0
"""GDELT asks for one request in 5 seconds."""
LIMITED_SECONDS = 60.0
"""How long to wait after it said so: it goes on refusing those who come back at once."""

_ESCAPE = re.compile(rb'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_CONTROL = re.compile(rb"[\x00-\x1f]")


class _Article(msgspec.Struct):
    url: str
    seendate: str
    title: str = ""
    domain: str | None = None
    socialimage: str | None = None

    ALWAYS: ClassVar[str] = "title domain"
    IGNORED: ClassVar[str] = "url_mobile language sourcecountry"


class _Articles(msgspec.Struct):
    articles: list[msgspec.Raw] = []

    IGNORED: ClassVar[str] = ""


SHAPE, AROUND = Shape(_Article), Shape(_Articles)
EMPTY = "GDELT also answers with no articles where it does not understand a search, or is not up to date"


class Gdelt:
    """Headlines that searches find, newest first."""

    kind = "gdelt"

    def __init__(self, config: GdeltSource, pace: Pace | None = None) -> None:
        self.name = config.name
        self.every_seconds = config.every_seconds
        self._server = config.server
        self._searches = config.search
        self._pace = pace or Pace(SECONDS_BETWEEN)

    def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """What is new, search by search. The first time, the newest articles of each."""
        return searched(self.name, self._searches, self._ask, post_from_article, cursor, SHAPE)

    async def check(self) -> str:
        """Asks the first search."""
        return await checked(self._searches[0], self._ask)

    async def _ask(self, http: httpx.AsyncClient, search: str, older: str | None) -> Answered:
        await self._pace.turn()
        params = {
            "query": search,
            "mode": "artlist",
            "format": "json",
            "sort": "datedesc",
            "maxrecords": str(ARTICLES_PER_ANSWER),
        }
        if older is not None:
            params["enddatetime"] = older
        answer = _mended(expect_success(await request(http, "GET", f"{self._server}/api/v2/doc/doc", params=params)))
        found = found_in(decode(answer, _Articles).articles, _placed)
        last = moment(next((one.second for one in reversed(found) if one.second is not None), 0))
        older = f"{last:%Y%m%d%H%M%S}" if last and len(found) >= ARTICLES_PER_ANSWER else None
        return Answered(found, older, answer.headers, AROUND.drift(answer.body), EMPTY)


def _placed(raw: msgspec.Raw) -> tuple[str, int | None]:
    article = read_json(raw, _Article, "an article of GDELT")
    seen = utc_from_iso(article.seendate)
    return article.url, int(seen.timestamp()) if seen else None


def _mended(answer: Answer) -> Answer:
    """The answer with its JSON made right: headlines come with stray backslashes and control characters in them.

    Raises SourceUnavailable with what GDELT says where it is no JSON at all.
    """
    body = _CONTROL.sub(b" ", _ESCAPE.sub(_escaped, answer.body)).strip()
    if body.startswith(b"{"):
        return Answer(answer.status, answer.headers, body, answer.where)
    said = " ".join(to_text(answer.body.decode("utf-8", "replace")).split())[:200]
    wait = LIMITED_SECONDS if "limit requests" in said.lower() else None
    raise SourceUnavailable(f"{answer.where} says, instead of articles: {said or 'nothing'}", wait)


def _escaped(escape: re.Match[bytes]) -> bytes:
    """An escape as it stands, or a backslash that is none made one."""
    return escape[0] if escape[1] else rb"\\"


def post_from_article(raw: msgspec.Raw) -> Post:
    """An article as a post: its headline is the text. Raises PostError."""
    article = read_json(raw, _Article, "an article of GDELT")
    return Post(
        id=article.url,
        text=to_text(article.title),
        platform="gdelt",
        author=article.domain,
        created_at=utc_from_iso(article.seendate),
        url=article.url,
        media=(Media(url=article.socialimage),) if article.socialimage else (),
    )
