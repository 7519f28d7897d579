from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address

import httpx
import msgspec
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import Post
from monitor.sources import page, stranger
from monitor.sources.page import MOST_TEXT, read_post
from monitor.sources.stranger import LARGEST_BODY, LookUp, is_public

PUBLIC = "93.184.216.34"
DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
RECORD = {"$type": "app.bsky.feed.post", "text": "Rivera dropped out", "createdAt": "2026-10-20T12:00:00Z"}
VIEW = {"uri": f"at://{DID}/app.bsky.feed.post/3kabc", "record": RECORD, "indexedAt": "2026-10-20T12:00:01Z"}
STATUS = {
    "uri": "https://social.example/users/ana/statuses/109876543210",
    "account": {"acct": "ana"},
    "content": "<p>Rivera <b>quit</b></p>",
    "url": "https://social.example/@ana/109876543210",
    "created_at": "2026-10-20T12:00:00Z",
}


def answers(*addresses: str) -> LookUp:
    async def look_up(host: str) -> list[str]:
        return list(addresses)

    return look_up


async def read(url: str) -> Post:
    return await read_post(url, answers(PUBLIC))


def html(head: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/html; charset=utf-8"}, content=head.encode())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.8", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "100::1",
        "::127.0.0.1", "64:ff9b:1::1",
    ],
)  # fmt: skip
async def test_no_request_goes_to_an_address_inside(address: str) -> None:
    assert not is_public(ip_address(address))
    with respx.mock, pytest.raises(SourceRefused, match="not on the public internet"):
        await read_post("https://innocent.example/", answers(PUBLIC, address))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://social.example/", "ftp://social.example/", "file:///etc/passwd", "gopher://x/", "javascript:alert(1)",
        "https://", "https:///x", "https://user@social.example/", "https://user:pw@social.example/",
        "https://social.example:8443/", "https://social.example:22/", "social.example", "", "https://[::1",
        "https://social.example:99999/", "data:text/html,x", "https://\x00/", "https://\ud800/",
    ],
)  # fmt: skip
async def test_only_https_on_its_usual_port_is_opened(url: str) -> None:
    with respx.mock, pytest.raises(SourceRefused):
        await read(url)


@respx.mock
@pytest.mark.enable_socket
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]"])
async def test_other_spellings_of_this_machine_are_looked_up_like_names(host: str) -> None:
    """The system's own look-up, which knows these spellings, without a network."""
    with pytest.raises(SourceRefused, match=r"not on the public internet|there is no server"):
        await read_post(f"https://{host}/")


@respx.mock
async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    route = respx.get(f"https://{PUBLIC}/a").mock(return_value=html("<title>Rivera is out</title>"))
    asked: list[str] = []

    async def look_up(host: str) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    await read_post("https://news.example/a", look_up)
    request = route.calls.last.request
    assert asked == ["news.example"]
    assert (request.url.host, request.headers["host"]) == (PUBLIC, "news.example")
    assert request.extensions["sni_hostname"] == "news.example"


@respx.mock
async def test_a_redirect_is_followed_to_a_public_server_only() -> None:
    async def look_up(host: str) -> list[str]:
        return ["169.254.169.254"] if host == "metadata.example" else [PUBLIC]

    respx.get(f"https://{PUBLIC}/short", headers={"host": "t.example"}).respond(301, headers={"location": "/long"})
    respx.get(f"https://{PUBLIC}/long").mock(return_value=html("<title>Rivera is out</title>"))
    assert (await read_post("https://t.example/short", look_up)).text == "Rivera is out"
    for location in (
        "https://metadata.example/latest",
        "http://t.example/",
        "https://127.0.0.1:22/",
        "file:///etc",
    ):
        respx.get(f"https://{PUBLIC}/trap").respond(302, headers={"location": location})
        with pytest.raises(SourceRefused):
            await read_post("https://t.example/trap", look_up)


@respx.mock
async def test_a_circle_of_redirects_ends() -> None:
    route = respx.get(f"https://{PUBLIC}/round").respond(302, headers={"location": "/round"})
    with pytest.raises(SourceRefused, match="redirects too often"):
        await read("https://t.example/round")
    assert route.call_count == 4


@respx.mock
@pytest.mark.parametrize("actor", ["ana.example", DID])
async def test_a_bluesky_post_by_its_address(actor: str) -> None:
    respx.get(f"https://{PUBLIC}/xrpc/com.atproto.identity.resolveHandle", params={"handle": "ana.example"}).respond(
        json={"did": DID}
    )
    uri = f"at://{DID}/app.bsky.feed.post/3kabc"
    respx.get(f"https://{PUBLIC}/xrpc/app.bsky.feed.getPosts", params={"uris": uri}).respond(json={"posts": [VIEW]})
    post = await read(f"https://bsky.app/profile/{actor}/post/3kabc")
    assert (post.platform, post.id, post.author, post.text) == ("bluesky", uri, DID, "Rivera dropped out")
    assert post.url == f"https://bsky.app/profile/{DID}/post/3kabc"


@respx.mock
async def test_a_bluesky_post_that_is_gone_is_said_to_be() -> None:
    route = respx.get(f"https://{PUBLIC}/xrpc/app.bsky.feed.getPosts")
    for answer in (httpx.Response(200, json={"posts": []}), httpx.Response(400, json={"error": "InvalidRequest"})):
        route.mock(return_value=answer)
        with pytest.raises(SourceRefused, match="may have been deleted"):
            await read(f"https://bsky.app/profile/{DID}/post/3kabc")
    route.respond(502)
    with pytest.raises(SourceUnavailable, match="status 502"):
        await read(f"https://bsky.app/profile/{DID}/post/3kabc")


@respx.mock
@pytest.mark.parametrize(
    "path", ["@ana/109876543210", "@ana@other.example/109876543210", "users/ana/statuses/109876543210"]
)
async def test_a_mastodon_post_by_its_address(path: str) -> None:
    respx.get(f"https://{PUBLIC}/api/v1/statuses/109876543210", headers={"host": "social.example"}).respond(json=STATUS)
    post = await read(f"https://social.example/{path}?utm=1")
    assert (post.key, post.author, post.text) == (f"mastodon:{STATUS['uri']}", "ana@social.example", "Rivera quit")


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"error": "Record not found"}),
        httpx.Response(200, json={"uri": 5}),
        httpx.Response(200, json=STATUS | {"visibility": "private"}),
        httpx.Response(200, text="<html>", headers={"content-type": "text/html"}),
    ],
)
async def test_where_the_server_shows_no_status_its_page_is_read(answer: httpx.Response) -> None:
    respx.get(f"https://{PUBLIC}/api/v1/statuses/109876543210").mock(return_value=answer)
    respx.get(f"https://{PUBLIC}/@ana/109876543210").mock(return_value=html('<meta property="og:title" content="Ana">'))
    post = await read("https://social.example/@ana/109876543210")
    assert (post.platform, post.text) == ("other", "Ana")


@respx.mock
async def test_any_other_page_by_its_title_and_description() -> None:
    head = """<!doctype html><title>Rivera &amp; the race | Gazette</title>
      <meta name=description content='for search'><META property="og:title"
      content="Rivera is out > she quit"><meta property="og:description" content="A &quot;letter&quot; says\n  so.">"""
    respx.get(f"https://{PUBLIC}/story").mock(return_value=html(head))
    url = "https://old.reddit.com/story"
    assert await read(url) == Post(
        id=url, text='Rivera is out > she quit\nA "letter" says so.', platform="reddit", url=url
    )


@respx.mock
async def test_a_page_without_previews_is_read_by_its_title() -> None:
    respx.get(f"https://{PUBLIC}/").mock(return_value=html("<title lang=en>\n Rivera &lt;out&gt;\n</title>"))
    assert (await read("https://news.example/")).text == "Rivera <out>"


@respx.mock
@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (html("<p>Please log in</p>"), "shows no text without a login"),
        (httpx.Response(403, text="no"), "status 403"),
        (httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf"}), "is no page"),
        (html("x" * (LARGEST_BODY + 1)), "too large"),
    ],
)
async def test_what_cannot_be_read_is_said(answer: httpx.Response, what: str) -> None:
    respx.get(f"https://{PUBLIC}/").mock(return_value=answer)
    with pytest.raises(SourceError, match=what):
        await read("https://news.example/")


@respx.mock
async def test_a_server_that_cannot_be_reached_is_said() -> None:
    route = respx.get(f"https://{PUBLIC}/")
    for trouble, what in ((httpx.ConnectError("no"), "cannot be reached"), (httpx.ReadTimeout("slow"), "in time")):
        route.mock(side_effect=trouble)
        with pytest.raises(SourceUnavailable, match=what):
            await read("https://news.example/")

    async def no_such_name(host: str) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(SourceRefused, match=r"no server news\.example"):
        await read_post("https://news.example/", no_such_name)


async def test_nobody_waits_longer_than_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SECONDS", 0.01)

    async def never(host: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(SourceUnavailable, match="did not answer within"):
        await read_post("https://slow.example/", never)


@pytest.mark.parametrize(
    "piece", ["<div>", "<b>", "<meta '", '<meta "', "<meta a", "<title>", "<meta a='<b' ", "<meta a=b>"]
)
def test_a_page_made_to_be_slow_is_not(piece: str) -> None:
    body = (piece * (LARGEST_BODY // len(piece))).encode()
    started = time.process_time()
    page._said(body, "utf-8")
    assert time.process_time() - started < 2


@settings(deadline=None)
@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=10)))
def test_any_bytes_are_a_page(body: bytes, encoding: str | None) -> None:
    for markup in (body, b'<meta property="og:title" content="' + body + b'"><title>' + body):
        assert len(page._said(markup, encoding)) <= MOST_TEXT


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(url: str) -> None:
    for text in (url, f"https://{url}"):
        try:
            stranger._checked(text)
        except SourceRefused:
            continue


def test_a_long_description_is_cut() -> None:
    assert len(page._said(f'<meta name="description" content="{"a" * 9000}">'.encode(), None)) == MOST_TEXT
    assert msgspec.json.encode(Post("1", page._said(b"\xff\xfe<title>\xed\xa0\x80</title>", "utf-8")))
