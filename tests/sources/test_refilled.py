"""Rules that change while the service runs: the searches change with them."""

from __future__ import annotations

from dataclasses import replace

import httpx
import respx

from monitor.config import HackerNewsSource, RssSource, Secret, XSource
from monitor.model import Candidate, Page, Rules
from monitor.sources.caps import in_memory
from monitor.sources.refilled import Refilled
from tests.sources import fake_accounts, fake_server
from tests.sources.fake_server import SERVER, FakeServer
from tests.sources.test_x_stream import RULES as X_RULES
from tests.sources.test_x_stream import STREAM, Lines, line

RULES = Rules((Candidate("rivera", "Ana Rivera"),), (), "v1")
OTHERS = Rules((Candidate("rivera", "Ana Rivera"), Candidate("stone", "Bo Stone")), (), "v2")


class Desk:
    rules = RULES


async def read(source: Refilled, cursor: str | None) -> list[Page]:
    return [page async for page in source.pages(cursor)]


@respx.mock
async def test_a_search_is_written_anew_in_the_next_round_and_what_was_read_stays_read() -> None:
    desk, server = Desk(), FakeServer(fake_server.hackernews)
    asked = respx.get(f"{SERVER}/api/v1/search_by_date").mock(side_effect=server.answer)
    source = Refilled(HackerNewsSource("hn", server=SERVER), lambda: desk.rules, in_memory)
    server.add(5)
    [first] = await read(source, None)
    desk.rules = OTHERS
    await read(source, first.cursor)
    searches = ["".join(call.request.url.params["query"].split('"')) for call in asked.calls]
    assert searches[0] == "Ana Rivera"
    assert any("Bo Stone" in search for search in searches[1:])


@respx.mock
async def test_rules_that_ask_for_the_same_searches_change_nothing() -> None:
    desk, server = Desk(), FakeServer(fake_server.hackernews)
    respx.get(f"{SERVER}/api/v1/search_by_date").mock(side_effect=server.answer)
    source = Refilled(HackerNewsSource("hn", server=SERVER), lambda: desk.rules, in_memory)
    before = source._source
    desk.rules = replace(RULES, version="v3")
    await read(source, None)
    assert source._source is before


@respx.mock
async def test_a_stream_ends_after_its_next_page_so_that_it_is_opened_with_the_new_rules() -> None:
    desk, server = Desk(), FakeServer(fake_accounts.x)
    respx.get(X_RULES).respond(200, json={"data": []})
    change = respx.post(X_RULES).respond(201, json={"meta": {}})
    server.add(3)
    lines = [line(item) for item in server.items]
    respx.get(STREAM).mock(side_effect=lambda _: httpx.Response(200, stream=Lines(lines, None)))
    respx.get(f"{SERVER}/2/tweets/search/recent").respond(200, json={"meta": {"result_count": 0}})
    config = XSource("x", Secret("bearer-1"), stream=True, server=SERVER)
    source = Refilled(config, lambda: desk.rules, in_memory)
    pages = source.pages(None)
    await anext(pages)
    desk.rules = OTHERS
    assert [page async for page in pages] == [], "it ends by itself, and does not fail"
    pages = source.pages(None)
    await anext(pages)
    await pages.aclose()
    assert "Bo Stone" in change.calls.last.request.content.decode()


def test_a_source_without_searches_is_as_it_is() -> None:
    source = Refilled(RssSource("paper", f"{SERVER}/feed"), lambda: RULES, in_memory)
    assert (source.name, source.kind, source.every_seconds) == ("paper", "rss", 300.0)
