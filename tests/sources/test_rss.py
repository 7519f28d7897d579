from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import RssSource
from monitor.errors import SourceUnavailable
from monitor.model import Media, Page
from monitor.sources.http import Answer
from monitor.sources.rss import Feed, read_feed

SNAC = (Path(__file__).parent / "data" / "snac.rss").read_bytes()
URL = "https://news.example/feed.xml"


def rss(*numbers: int) -> bytes:
    items = "".join(
        f"<item><guid>https://news.example/{number}</guid><link>https://news.example/{number}</link>"
        f"<title>Story {number}</title><description>Text &lt;b&gt;{number}&lt;/b&gt;</description></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>News</title><language>en-us</language>{items}</channel></rss>'.encode()


def answer(body: bytes, content_type: str = "application/rss+xml") -> Answer:
    return Answer(200, httpx.Headers({"content-type": content_type}), body, "news.example/feed.xml")


async def read(cursor: str | None = None, url: str = URL) -> Page:
    (page,) = [page async for page in Feed(RssSource("news", url)).pages(cursor)]
    return page


def ids(page: Page) -> list[str]:
    return [post.id.rsplit("/", 1)[-1] for post in page.posts]


def test_a_recorded_feed_becomes_posts_oldest_first() -> None:
    posts = read_feed(answer(SNAC), "snac").posts
    assert [post.text[-8:] for post in posts] == [f"number {number}" for number in range(1, 6)]
    last = posts[-1]
    assert last.id == last.url == "http://localhost:18001/alice/p/1795284821.286581"
    assert last.text == "Candidate Rivera said a thing #election2026 number 5"
    assert (last.platform, last.author, last.lang) == ("rss", "alice (@alice@localhost:18001)", "en")
    assert last.created_at == datetime(2026, 11, 21, 18, 13, 41, tzinfo=UTC)


def test_title_and_summary_are_the_text() -> None:
    (post,) = read_feed(answer(rss(1)), "news").posts
    assert post.text == "Story 1\nText 1"


def test_the_pictures_of_an_entry_are_kept() -> None:
    shown = (
        '<enclosure url="https://a.example/1.jpg" type="image/jpeg"/><enclosure url="https://a.example/a.mp3" '
        'type="audio/mpeg"/><media:content url="https://a.example/2.jpg" medium="image"/>'
        '<media:thumbnail url="https://a.example/1.jpg"/><media:thumbnail/>'
    )
    body = rss(1).replace(b"</item>", f"{shown}</item>".encode())
    body = body.replace(b"<rss ", b'<rss xmlns:media="http://search.yahoo.com/mrss/" ')
    (post,) = read_feed(answer(body), "news").posts
    assert post.media == (Media("https://a.example/1.jpg"), Media("https://a.example/2.jpg"))


def test_atom_is_read_too() -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es">
      <title>Noticias</title>
      <entry>
        <id>tag:example.org,2026:1</id>
        <link href="https://example.org/1"/>
        <title type="html">Rivera &lt;i&gt;se retira&lt;/i&gt;</title>
        <summary>¿Es verdad?</summary>
        <updated>2026-10-01T12:00:00+02:00</updated>
        <author><name>EFE</name></author>
      </entry>
    </feed>"""
    (post,) = read_feed(answer(atom.encode(), "application/atom+xml"), "noticias").posts
    assert (post.id, post.url, post.author) == ("tag:example.org,2026:1", "https://example.org/1", "EFE")
    assert post.text == "Rivera se retira\n¿Es verdad?"
    assert post.created_at == datetime(2026, 10, 1, 10, tzinfo=UTC)


def test_a_guid_that_is_only_a_number_is_told_from_that_of_another_feed() -> None:
    body = rss(1).replace(b"<guid>https://news.example/1</guid>", b"<guid>17</guid>")
    assert read_feed(answer(body), "news").posts[0].id == "news:17"


def test_without_a_guid_the_link_is_the_id() -> None:
    body = rss(1).replace(b"<guid>https://news.example/1</guid>", b"")
    assert read_feed(answer(body), "news").posts[0].id == "https://news.example/1"


def test_an_entry_with_neither_is_counted_and_skipped() -> None:
    body = rss(1).replace(b"</channel>", b"<item><title>Nameless</title></item></channel>")
    reading = read_feed(answer(body), "news")
    assert (len(reading.posts), reading.skipped) == (1, 1)
    assert reading.skip_reason == "an entry has neither id nor link: 'Nameless'"


def test_a_feed_with_a_wrong_media_type_is_read() -> None:
    reading = read_feed(answer(rss(1), "text/html"), "news")
    assert (len(reading.posts), reading.whole) == (1, True)


def test_the_whole_entries_of_a_feed_that_was_cut_short_are_read() -> None:
    reading = read_feed(answer(rss(1, 2, 3)[:-100]), "news")
    assert not reading.whole
    assert "https://news.example/1" in [post.id for post in reading.posts]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<html><body>Not found</body></html>", b"/etc/passwd", b"<rss", rss(1)[:60]]
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="sent no readable feed"):
        read_feed(answer(body, "text/html"), "news")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read_feed(answer(rss()), "news").posts == ()


def test_a_feed_cannot_read_our_files() -> None:
    body = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(1).replace(b"Story", b"&x;Story")
    assert "root:" not in read_feed(answer(body), "news").posts[0].text


@given(st.binary(max_size=300), st.integers(0, 250))
def test_any_bytes_are_a_feed_or_a_told_mistake(junk: bytes, place: int) -> None:
    body = rss(1)
    try:
        read_feed(answer(body[:place] + junk + body[place:]), "news")
    except SourceUnavailable as error:
        assert "sent no readable feed" in str(error)  # noqa: PT017 - both outcomes are right


@respx.mock
async def test_only_new_entries_come_the_second_time() -> None:
    respx.get(URL).respond(200, content=rss(2, 1))
    first = await read()
    respx.get(URL).respond(200, content=rss(4, 3, 2))
    second = await read(first.cursor)
    assert (ids(first), ids(second)) == (["1", "2"], ["3", "4"])


@respx.mock
async def test_both_validators_are_sent_back_and_nothing_changed_is_an_empty_page() -> None:
    validators = {"etag": 'W/"1"', "last-modified": "Sat, 21 Nov 2026 18:23:16 GMT"}
    route = respx.get(URL).respond(200, content=rss(1), headers=validators)
    first = await read()
    route.respond(304)
    second = await read(first.cursor)
    sent = route.calls.last.request.headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == tuple(validators.values())
    assert second == Page((), first.cursor)


@respx.mock
async def test_a_feed_without_validators_is_known_by_its_body() -> None:
    route = respx.get(URL).respond(200, content=rss(1))
    first = await read()
    second = await read(first.cursor)
    assert second == Page((), first.cursor)
    assert "if-none-match" not in route.calls.last.request.headers


@respx.mock
async def test_a_feed_that_was_cut_short_is_asked_for_again_in_full() -> None:
    route = respx.get(URL).respond(200, content=rss(3, 2, 1)[:-200], headers={"etag": "x"})
    first = await read()
    route.respond(200, content=rss(3, 2, 1), headers={"etag": "x"})
    second = await read(first.cursor)
    assert "if-none-match" not in route.calls.last.request.headers
    assert sorted(ids(first) + ids(second)) == ["1", "2", "3"]


@respx.mock
async def test_entries_that_left_the_feed_and_come_back_are_not_new() -> None:
    route = respx.get(URL).respond(200, content=rss(2, 1))
    cursor = (await read()).cursor
    route.respond(200, content=rss(3))
    cursor = (await read(cursor)).cursor
    route.respond(200, content=rss(3, 2, 1))
    assert ids(await read(cursor)) == []


@respx.mock
async def test_the_cursor_of_another_address_is_not_used() -> None:
    respx.get(URL).respond(200, content=rss(1), headers={"etag": "x"})
    cursor = (await read()).cursor
    route = respx.get("https://other.example/feed").respond(200, content=rss(1))
    assert ids(await read(cursor, "https://other.example/feed")) == ["1"]
    assert "if-none-match" not in route.calls.last.request.headers


@respx.mock
async def test_a_cursor_stays_small_whatever_the_feed_has_shown() -> None:
    route = respx.get(URL)
    cursor = None
    for start in range(0, 3000, 300):
        route.respond(200, content=rss(*range(start, start + 300)))
        cursor = (await read(cursor)).cursor
    assert cursor is not None
    assert len(cursor) < 30_000


@respx.mock
async def test_the_check_says_how_many_entries_there_are() -> None:
    respx.get(URL).respond(200, content=SNAC)
    assert (await Feed(RssSource("news", URL)).check()).startswith("5 entries, the newest ")
