from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.mastodon_status import post_from_status, post_within
from monitor.sources.reading import Within

DATA = Path(__file__).parent / "data"


def recorded(name: str) -> list[msgspec.Raw]:
    return msgspec.json.decode((DATA / f"{name}_tag_timeline.json").read_bytes(), type=list[msgspec.Raw])


def read(**fields: Any) -> Post | None:
    status = {"id": "1", "uri": "https://a.example/1", "account": {"acct": "ana"}, "content": "<p>hello</p>", **fields}
    return post_from_status(json.dumps(status).encode(), "social.example")


def post(**fields: Any) -> Post:
    found = read(**fields)
    assert found is not None
    return found


def test_a_status_recorded_from_mastodon_becomes_a_post() -> None:
    assert post_from_status(recorded("mastodon")[0], "localhost:3000") == Post(
        id="http://localhost:3000/ap/users/117440810673731823/statuses/117440841601474392",
        text="#hoot (hashtag toot)",
        platform="mastodon",
        author="mastodonpy_test_2@localhost:3000",
        created_at=datetime(2026, 10, 14, 19, 10, 29, 321000, tzinfo=UTC),
        url="http://localhost:3000/@mastodonpy_test_2/117440841601474392",
        lang="ja",
        followers=0,
        alias="https://localhost:3000/api/v1/statuses/117440841601474392",
    )


@pytest.mark.parametrize("server", ["snac", "mastodon_mock"])
def test_statuses_recorded_from_other_servers_become_posts(server: str) -> None:
    posts = [post_from_status(raw, "localhost:18001") for raw in recorded(server)]
    assert posts
    for found in posts:
        assert found is not None
        assert "Rivera" in found.text
        assert "<" not in found.text
        assert found.created_at is not None


def test_the_same_post_has_the_same_key_on_every_server() -> None:
    raw = recorded("snac")[0]
    first, second = post_from_status(raw, "one.example"), post_from_status(raw, "two.example")
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_an_account_of_another_server_keeps_its_name() -> None:
    assert post(account={"acct": "ana@other.example", "followers_count": 5}).author == "ana@other.example"


def test_a_content_warning_and_the_answers_of_a_poll_are_part_of_the_text() -> None:
    found = post(spoiler_text="Rivera is out", poll={"options": [{"title": "True"}, {"title": "False"}]})
    assert found.text == "Rivera is out\nhello\nTrue\nFalse"


def test_pictures_and_link_cards_bring_their_descriptions() -> None:
    found = post(
        media_attachments=[{"url": "https://a.example/p.png", "description": "a letter"}, {"url": None}],
        card={"url": "https://news.example", "title": "Rivera withdraws", "description": "Sources say"},
    )
    assert found.media == (
        Media("https://a.example/p.png", "a letter"),
        Media(),
        Media("https://news.example", "Rivera withdraws - Sources say"),
    )


def test_a_boost_is_a_repost_with_the_text_of_what_it_passes_on() -> None:
    original = {"id": "2", "uri": "https://b.example/2", "account": {"acct": "bo@b.example"}, "content": "<p>out!</p>"}
    found = post(content="", reblog=original)
    assert (found.id, found.text, found.author) == ("https://a.example/1", "out!", "ana@social.example")
    assert found.repost_of == "https://b.example/2"


def test_plain_text_of_pleroma_is_preferred() -> None:
    assert post(pleroma={"content": {"text/plain": "as typed"}}).text == "as typed"
    assert post(pleroma={"content": None}).text == "hello"


@pytest.mark.parametrize("visibility", ["private", "direct", "something new"])
def test_what_is_not_public_is_not_read(visibility: str) -> None:
    assert read(visibility=visibility) is None


@pytest.mark.parametrize("broken", [{"account": None}, {"uri": 5}, {"content": ["x"]}, {"reblog": {"id": "2"}}])
def test_a_broken_status_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(PostError, match=r"a status of social\.example cannot be read"):
        read(**broken)


@given(st.text(), st.text(), st.none() | st.text())
def test_any_text_makes_a_post(content: str, warning: str, created_at: str | None) -> None:
    found = post(content=content, spoiler_text=warning, created_at=created_at)
    assert found.created_at is None or found.created_at.tzinfo is UTC


def test_an_answer_names_the_address_of_what_it_answers_and_a_quote_its_id() -> None:
    assert post(in_reply_to_id="17").reply_to == "https://social.example/api/v1/statuses/17"
    quoted = {"id": "2", "uri": "https://b.example/2", "account": {"acct": "bo"}, "content": "<p>she quit</p>"}
    assert post(quote={"state": "accepted", "quoted_status": quoted}).quote_of == "https://b.example/2"
    assert post(quote={"state": "unauthorized", "quoted_status": None}).quote_of is None


def within(**fields: Any) -> Post | Within | None:
    status = {"id": "1", "uri": "https://a.example/1", "account": {"acct": "ana"}, "content": "<p>hello</p>", **fields}
    return post_within(msgspec.Raw(json.dumps(status).encode()), "social.example")


def test_a_quote_brings_the_post_that_it_quotes_unless_only_some_may_see_that() -> None:
    quoted = {"id": "2", "uri": "https://b.example/2", "account": {"acct": "bo"}, "content": "<p>she quit</p>"}
    for found in (
        within(quote={"quoted_status": quoted}),
        within(reblog={**quoted, "quote": {"quoted_status": quoted}}),
    ):
        assert isinstance(found, Within)
        assert [(parent.id, parent.text) for parent in found.parents] == [("https://b.example/2", "she quit")]
    assert isinstance(within(quote={"quoted_status": {**quoted, "visibility": "private"}}), Post)
    assert isinstance(within(quote={"quoted_status": None}), Post)
