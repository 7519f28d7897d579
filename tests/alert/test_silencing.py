from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.silencing import covers, links, normal_link, silenced_by
from monitor.model import Media, Person, Post, Silence, SilenceScope

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POST = Post("1", "she is out, see https://example.org/story?id=7", "bluesky", "someone.example")


def silence(scope: SilenceScope, value: str, name: str = "s1") -> Silence:
    return Silence(name, scope, value, Person("U1", "Ana"), "we know", NOON, NOON + HOUR)


@pytest.mark.parametrize(
    ("scope", "value", "is_covered"),
    [
        (SilenceScope.CLAIM, "withdrawn", True),
        (SilenceScope.CLAIM, "ill", False),
        (SilenceScope.ACCOUNT, "bluesky:someone.example", True),
        (SilenceScope.ACCOUNT, "bluesky:@Someone.Example", True),
        (SilenceScope.ACCOUNT, "x:someone.example", False),
        (SilenceScope.ACCOUNT, "bluesky:someone", False),
        (SilenceScope.LINK, "http://www.example.org/story?id=7&utm_source=x#top", True),
        (SilenceScope.LINK, "https://example.org/story?id=8", False),
        (SilenceScope.LINK, "https://example.org", False),
        (SilenceScope.LINK, "no link", False),
        (SilenceScope.THREAD, "bluesky:1", True),
        (SilenceScope.THREAD, "bluesky:0", True),
        (SilenceScope.THREAD, "bluesky:2", False),
    ],
)
def test_what_a_silence_covers(scope: SilenceScope, value: str, is_covered: bool) -> None:
    assert covers(silence(scope, value), "withdrawn", POST, ("bluesky:0",)) is is_covered


def test_an_account_that_is_not_known_is_not_silenced() -> None:
    assert not covers(silence(SilenceScope.ACCOUNT, "bluesky:"), "withdrawn", replace(POST, author=None), ())


def test_only_a_silence_that_is_active_counts_and_the_first_is_named() -> None:
    other, first = silence(SilenceScope.CLAIM, "ill"), silence(SilenceScope.CLAIM, "withdrawn", "s2")
    all_of_them = [other, first, silence(SilenceScope.ACCOUNT, "bluesky:someone.example", "s3")]

    assert silenced_by(all_of_them, "withdrawn", POST, (), NOON) == first
    assert silenced_by(all_of_them, "withdrawn", POST, (), NOON - HOUR) is None
    assert silenced_by(all_of_them, "withdrawn", POST, (), NOON + HOUR) is None
    assert silenced_by([replace(first, ended_at=NOON)], "withdrawn", POST, (), NOON) is None


def test_a_posts_links_are_in_its_text_its_address_and_its_media() -> None:
    post = Post(
        "1", "(see https://a.example/x). and b.example/y! or www.c.example", url="https://x.example/1/",
        media=(Media("https://pictures.example/p.png"), Media(None, "a description")),
    )  # fmt: skip

    assert links(post) == {"a.example/x", "b.example/y", "c.example", "x.example/1", "pictures.example/p.png"}


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://WWW.Example.ORG/Story/", "example.org/Story"),
        ("http://m.example.org:80/a?b=1&fbclid=abc&c=2", "example.org/a?b=1&c=2"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("https://m.org/a", "m.org/a"),
        ("example.org/a#part", "example.org/a"),
        ("ftp://example.org/a", None),
        ("javascript:alert(1)", None),
        ("https://[broken", None),
        ("https://example.org:notaport/", None),
        ("", None),
    ],
)
def test_two_ways_of_writing_a_link_are_one(url: str, normal: str | None) -> None:
    assert normal_link(url) == normal


@given(st.text(max_size=80))
def test_any_text_is_looked_through(text: str) -> None:
    normal_link(text)
    assert not covers(silence(SilenceScope.LINK, text), "withdrawn", Post("1", ""), ())
    for link in links(Post("1", text)):
        assert normal_link(link) == link
