from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.slack.intents import PLATFORMS, compose_url, share_links
from monitor.config import DeskConfig

DESK = DeskConfig(mastodon="https://social.example/")
TEXT = "Ana Rivera is on the ballot & running.\nhttps://example.org/ballot?a=1&b=2 #vote 100%"


@pytest.mark.parametrize(
    ("platform", "address", "field"),
    [
        ("x", "https://x.com/intent/tweet", "text"),
        ("bluesky", "https://bsky.app/intent/compose", "text"),
        ("mastodon", "https://social.example/share", "text"),
        ("threads", "https://www.threads.com/intent/post", "text"),
        ("reddit", "https://www.reddit.com/submit", "text"),
    ],
)
def test_each_platform_gets_the_text_as_it_is(platform: str, address: str, field: str) -> None:
    url = compose_url(platform, TEXT, DESK)

    assert url is not None
    assert url.startswith(f"{address}?")
    assert parse_qs(urlsplit(url).query)[field] == [TEXT]
    assert "+" not in url


def test_a_title_on_reddit_is_one_short_line() -> None:
    url = compose_url("reddit", "two\nlines " + "a" * 400, DESK)

    assert url is not None
    (title,) = parse_qs(urlsplit(url).query)["title"]
    assert title.startswith("two lines a")
    assert len(title) == 300


@pytest.mark.parametrize("post", ["https://x.com/someone/status/123", "https://twitter.com/someone/status/123/photo/1"])
def test_on_x_it_is_a_reply_to_the_post(post: str) -> None:
    assert "in_reply_to=123" in (compose_url("x", TEXT, DESK, post) or "")
    assert "in_reply_to" not in (compose_url("bluesky", TEXT, DESK, post) or "")


@pytest.mark.parametrize(
    "post", [None, "https://evil.example/a/status/123", "https://x.com/someone", "javascript:alert(1)", "https://[::1"]
)
def test_what_is_no_post_on_x_is_not_replied_to(post: str | None) -> None:
    assert "in_reply_to" not in (compose_url("x", TEXT, DESK, post) or "")


def test_there_is_no_address_for_other_platforms_nor_for_a_text_that_is_too_long() -> None:
    assert compose_url("other", TEXT, DESK) is None
    assert compose_url("x", "ü" * 3000, DESK) is None


def test_a_correction_on_x_is_shared_as_a_repost_and_elsewhere_with_its_link() -> None:
    links = {link.platform: link.url for link in share_links("https://x.com/ana/status/42", "On the ballot.", DESK)}

    assert links["x"] == "https://x.com/intent/retweet?tweet_id=42"
    for platform in ("bluesky", "threads"):
        assert parse_qs(urlsplit(links[platform]).query)["text"] == ["On the ballot.\nhttps://x.com/ana/status/42"]
    reddit = parse_qs(urlsplit(links["reddit"]).query)
    assert reddit == {"type": ["LINK"], "title": ["On the ballot."], "url": ["https://x.com/ana/status/42"]}


def test_those_who_share_on_mastodon_choose_their_own_server() -> None:
    links = {link.platform: link.url for link in share_links("https://x.com/ana/status/42", "On the ballot.", DESK)}

    address = urlsplit(links["mastodon"])
    assert (address.hostname, address.query) == ("share.joinmastodon.org", "")
    assert parse_qs(address.fragment)["text"] == ["On the ballot.\nhttps://x.com/ana/status/42"]


def test_a_text_that_holds_the_link_already_does_not_get_it_twice() -> None:
    text = "On the ballot: https://example.org/c"
    links = {link.platform: link.url for link in share_links("https://example.org/c", text, DESK)}

    assert parse_qs(urlsplit(links["x"]).query)["text"] == [text]


@given(st.sampled_from(PLATFORMS), st.text(st.characters()), st.text(st.characters()))
def test_whatever_the_text_the_address_is_a_plain_one_and_short_enough(platform: str, text: str, reply: str) -> None:
    url = compose_url(platform, text, DESK, reply)

    if url is not None:
        assert len(url) <= 3000
        assert url.isascii()
        assert not set(url) & set(" \n<>|\"'")
    assert all(len(link.url) <= 3000 for link in share_links("https://example.org/c", text, DESK))
