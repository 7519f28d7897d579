"""Searches that are written from the rules, while the rules change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import pytest
import respx

from monitor.config import BlueskySource, HackerNewsSource, MastodonSource, Secret, SourceConfig, ThreadsSource, XSource
from monitor.desk.rules_watch import RulesWatch
from monitor.desk.wiring import Desk
from monitor.errors import SourceUnavailable
from monitor.model import Candidate, Page, Rules
from monitor.rulebook.reload import open_book
from monitor.service import Service
from monitor.sources import build
from monitor.sources.caps import Cap, in_memory
from monitor.sources.from_rules import FromRules
from monitor.sources.heard import LARGEST, stripped
from monitor.sources.lookups import lookup_of
from monitor.sources.mastodon import Mastodon
from monitor.sources.pace import Pace
from monitor.sources.source import Source
from monitor.sources.x import X
from monitor.store.db import Store
from tests.desk.scripted import CANDIDATES, NOW, open_desk
from tests.sources import fake_accounts
from tests.sources.fake_server import HOST, SERVER, FakeServer
from tests.test_service import Desk as Told

LEE = '[[candidates]]\nid = "lee"\nname = "Sam Lee"\n'


class Tags:
    """A Mastodon server that notes how each hashtag was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.waiting: dict[str, asyncio.Event] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        tag = request.url.path.rpartition("/")[2]
        self.asked.append((tag, request.url.params.get("min_id")))
        self.heard(tag).set()
        status = {"id": "5", "uri": f"{SERVER}/{tag}/5", "account": {"acct": "ana"}, "content": f"<p>{tag}</p>"}
        if "min_id" in request.url.params:
            return httpx.Response(200, json=[])
        return httpx.Response(200, json=[status], headers={"link": f'<{SERVER}/x?min_id=5>; rel="prev"'})

    def heard(self, tag: str) -> asyncio.Event:
        return self.waiting.setdefault(tag, asyncio.Event())


@pytest.fixture
def tags() -> Iterator[Tags]:
    server = Tags()
    with respx.mock:
        respx.route(host=HOST).mock(side_effect=server.answer)
        yield server


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path / "rules")[0]


async def test_a_candidate_who_is_saved_while_the_service_runs_is_looked_for_at_once(
    store: Store, desk: Desk, tmp_path: Path, tags: Tags
) -> None:
    folder, saved, stop = tmp_path / "rules", asyncio.Event(), asyncio.Event()

    async def changes(where: Path, stop: asyncio.Event) -> AsyncIterator[None]:
        await saved.wait()
        yield

    config = MastodonSource("fedi", SERVER, every_seconds=0.01)
    source = FromRules(config, lambda: desk.pipeline.written, build)
    watch = RulesWatch(folder, open_book(folder), store, desk.pipeline, lambda: None, lambda: NOW, changes)
    service = Service(desk.config, store, desk.pipeline, Told(), lambda: NOW)
    async with asyncio.timeout(600):
        running = asyncio.create_task(service.run([source], stop, {"rules:watch": watch.run}))
        await tags.heard("AnaRivera").wait()
        assert "SamLee" not in tags.waiting
        (folder / "candidates.toml").write_text(CANDIDATES + LEE, "utf-8")
        saved.set()
        await tags.heard("SamLee").wait()
        stop.set()
        await running
    assert [min_id for tag, min_id in tags.asked if tag == "AnaRivera"].count(None) == 1, "it goes on where it was"
    assert isinstance(lookup_of(source), Mastodon)


class Book:
    """Rules that somebody changes."""

    def __init__(self, *names: str) -> None:
        self.says(*names)

    def says(self, *names: str) -> None:
        self.rules = Rules(tuple(Candidate(name.lower(), name) for name in names), (), version=" ".join(names))

    def __call__(self) -> Rules:
        return self.rules


class Endless:
    """A stream that brings page after page."""

    name, kind, every_seconds = "sky", "bluesky", 1.0

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        while True:
            yield Page((), "c")

    async def check(self) -> str:
        return ""


async def test_a_stream_is_opened_anew_after_the_page_at_hand() -> None:
    made: list[SourceConfig] = []

    def make(config: SourceConfig) -> Source:
        made.append(config)
        return Endless()

    book = Book("Ana Rivera")
    source = FromRules(BlueskySource("sky"), book, make)
    read = 0
    async for _ in source.pages(None):
        read += 1
        if read == 3:
            book.says("Ana Rivera", "Sam Lee")
    assert read == 3
    assert len(made) == 1
    async for _ in source.pages("c"):
        break
    assert [config.search for config in made if isinstance(config, BlueskySource)] == [
        ('"Ana Rivera"',), ('"Ana Rivera"', '"Sam Lee"'),
    ]  # fmt: skip


async def test_a_round_is_finished_with_the_searches_with_which_it_began(tags: Tags) -> None:
    book = Book("Ana Rivera", "Sam Lee")
    source = FromRules(MastodonSource("fedi", SERVER), book, lambda config: Mastodon(config, Pace(0)))  # type: ignore[arg-type]
    async for _ in source.pages(None):
        book.says("Ana Rivera", "Jo Park")
    assert [tag for tag, _ in tags.asked] == ["AnaRivera", "SamLee"]
    async for _ in source.pages(None):
        pass
    assert [tag for tag, _ in tags.asked[2:]] == ["AnaRivera", "JoPark"]


async def test_a_source_whose_config_names_its_searches_is_never_made_anew() -> None:
    made = []
    book = Book("Ana Rivera")

    def make(config: SourceConfig) -> Source:
        made.append(config)
        return Endless()

    source = FromRules(HackerNewsSource("hn", ("mine",)), book, make)
    book.says("Sam Lee")
    async for _ in source.pages(None):
        break
    assert len(made) == 1


@respx.mock
async def test_a_rewritten_search_of_x_goes_on_where_the_one_was_whose_place_it_takes() -> None:
    server = FakeServer(fake_accounts.x)
    respx.route(host=HOST).mock(side_effect=server.answer)

    def reader(*searches: str) -> X:
        return X(
            XSource("x", Secret("k"), searches, 10**6, server=SERVER), in_memory(Cap("x", "posts", 10**6)), Pace(0)
        )

    server.add(30)
    cursor = [page.cursor async for page in reader("Rivera").pages(None)][-1]
    for _ in range(25):
        await server.sleep(1)
        server.add(10)
    pages = [page async for page in reader("Rivera OR Lee", "Park").pages(cursor)]
    found = [post.id for page in pages for post in page.posts]
    assert set(found) == {fake_accounts.x_id(item) for item in server.items[30:]}, "none is left out, none comes again"
    assert 'Rivera"' not in pages[-1].cursor, "what is no longer asked for is forgotten"
    again = [page async for page in reader("Rivera OR Lee", "Park").pages(pages[0].cursor)]
    assert {post.id for page in (pages[0], *again) for post in page.posts} == set(found), "also after a crash"


@respx.mock
@pytest.mark.parametrize(
    "limited",
    [
        httpx.Response(429, headers={"retry-after": "300"}),
        httpx.Response(200, json={"data": []}, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "300"}),
    ],
    ids=["refused", "the last one"],
)
async def test_a_limit_outlives_the_source_that_met_it(limited: httpx.Response) -> None:
    clock, book = FakeServer(fake_accounts.threads), Book("Ana Rivera")
    respx.get(f"{SERVER}/v1.0/keyword_search").side_effect = [limited, *[httpx.Response(200, json={"data": []})] * 2]
    pace = Pace(0, clock=clock.clock, sleep=clock.sleep)
    source = FromRules(ThreadsSource("t", Secret("t"), server=SERVER), book, partial(build, pace=pace))
    with suppress(SourceUnavailable):
        _ = [page async for page in source.pages(None)]
    before, book.rules = source.current, Book("Ana Rivera", "Sam Lee").rules
    assert clock.elapsed == 0
    _ = [page async for page in source.pages(None)]
    assert source.current is not before
    assert clock.elapsed >= 299


@respx.mock
async def test_a_page_whose_fields_changed_is_kept_as_it_came_without_secrets() -> None:
    hit = {"objectID": "1", "created_at_i": 1790000000, "author": "pg", "title": "Ana Rivera is out", "strange": 1}
    next_page = "https://hn.algolia.com/?access_token=abc&page=2"
    route = respx.get("https://hn.algolia.com/api/v1/search_by_date")
    answers = [{"hits": [hit], "next": next_page}, {"hits": [{**hit, "objectID": "2"}]}, {"hits": [{**hit, "odd": 1}]}]
    route.side_effect = [httpx.Response(200, json=answer) for answer in answers]
    source = FromRules(HackerNewsSource("hn", ("mine",)), Book("Ana Rivera"), build)
    first, same, more = [page for _ in answers async for page in source.pages(None)]
    assert json.loads(first.raw) == {"hits": [hit], "next": next_page.replace("abc", "(secret)")}
    assert same.raw == b"", "it is told"
    assert json.loads(more.raw) == answers[2]


def test_the_secrets_of_a_source_are_no_part_of_what_is_kept_of_it() -> None:
    config = XSource("x", Secret("s3cret"))
    said = (
        b'{"url": "https://x.example/?q=s3cret", "accessJwt": "eyJ.x", "authorization": "Bearer abc", "media_key": "3"}'
    )
    kept = stripped(said, config)
    assert not any(word in kept for word in (b"s3cret", b"eyJ", b"abc"))
    assert json.loads(kept)["media_key"] == "3"
    assert len(stripped(b"x" * 10**6, config)) == LARGEST
