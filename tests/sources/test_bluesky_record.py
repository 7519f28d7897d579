from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PostError
from monitor.model import Media, Post
from monitor.sources.bluesky_record import post_from_record

URI = "at://did:plc:ana/app.bsky.feed.post/3kabc"
SEEN = datetime(2026, 10, 1, 12, tzinfo=UTC)


def read(**fields: Any) -> Post:
    record = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2026-10-01T11:59:59.000Z", **fields}
    return post_from_record(json.dumps(record).encode(), URI, SEEN)


def test_a_record_becomes_a_post() -> None:
    parent = {"uri": "at://did:plc:bo/app.bsky.feed.post/3kaaa", "cid": "bafy"}
    assert read(langs=["en-US", "es"], reply={"root": parent, "parent": parent}) == Post(
        id=URI,
        text="hello",
        platform="bluesky",
        author="did:plc:ana",
        created_at=SEEN - timedelta(seconds=1),
        url="https://bsky.app/profile/did:plc:ana/post/3kabc",
        lang="en",
        reply_to="at://did:plc:bo/app.bsky.feed.post/3kaaa",
    )


def test_descriptions_of_pictures_and_videos_are_kept() -> None:
    images = {"$type": "app.bsky.embed.images", "images": [{"alt": "a letter", "image": {}}, {"alt": "", "image": {}}]}
    assert read(embed=images).media == (Media(alt="a letter"),)
    assert read(embed={"$type": "app.bsky.embed.video", "alt": "a speech", "video": {}}).media == (
        Media(alt="a speech"),
    )


def test_a_picture_keeps_its_address_with_and_without_a_description() -> None:
    blob = {"$type": "blob", "ref": {"$link": "bafkrei1"}, "mimeType": "image/jpeg", "size": 9}
    embed = {
        "$type": "app.bsky.embed.images",
        "images": [{"alt": "a letter", "image": blob}, {"alt": "", "image": blob}],
    }
    address = f"https://cdn.bsky.app/img/feed_fullsize/plain/{URI.split('/')[2]}/bafkrei1@jpeg"
    assert read(embed=embed).media == (Media(address, "a letter"), Media(address))


@pytest.mark.parametrize("cid", ["", "../../x", "a/b?c"])
def test_a_picture_with_a_strange_hash_has_no_address(cid: str) -> None:
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "a letter", "image": {"ref": {"$link": cid}}}]}
    assert read(embed=embed).media == (Media(alt="a letter"),)


def test_a_quoting_post_names_what_it_quotes_and_a_list_is_no_post() -> None:
    uri = "at://did:plc:bo/app.bsky.feed.post/3kq"
    record = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "bafy"}}
    beside = {"$type": "app.bsky.embed.recordWithMedia", "record": record, "media": {"images": []}}
    assert [read(embed=embed).quote_of for embed in (record, beside)] == [uri, uri]
    feed = {"$type": "app.bsky.embed.record", "record": {"uri": "at://did:plc:bo/app.bsky.feed.generator/x"}}
    assert read(embed=feed).quote_of is None


def test_a_link_card_brings_its_title_and_a_cut_off_link_its_address() -> None:
    card = {"uri": "https://news.example/1", "title": "Rivera withdraws", "description": "Sources say"}
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://news.example/2"}
    same = {"$type": "app.bsky.richtext.facet#link", "uri": "https://news.example/1"}
    facets = [{"index": {}, "features": [link, same]}, {"index": {}, "features": [link]}]
    assert read(embed={"$type": "app.bsky.embed.external", "external": card}, facets=facets).media == (
        Media("https://news.example/1", "Rivera withdraws - Sources say"),
        Media("https://news.example/2"),
    )


def test_a_quoted_post_is_linked_with_and_without_pictures_beside_it() -> None:
    quoted = {"uri": "at://did:plc:bo/app.bsky.feed.post/3kq", "cid": "bafy"}
    link = Media("https://bsky.app/profile/did:plc:bo/post/3kq")
    record = {"$type": "app.bsky.embed.record", "record": quoted}
    images = {"$type": "app.bsky.embed.images", "images": [{"alt": "a letter"}]}
    both = {"$type": "app.bsky.embed.recordWithMedia", "record": record, "media": images}
    assert read(embed=record).media == (link,)
    assert read(embed=both).media == (link, Media(alt="a letter"))


def test_hashtags_that_are_not_in_the_text_are_read_with_it() -> None:
    assert read(tags=["RiveraOut", "Ysidro"]).text == "hello\n#RiveraOut #Ysidro"


@pytest.mark.parametrize("written", ["2031-01-01T00:00:00Z", "never", ""])
def test_an_absurd_date_gives_way_to_the_moment_at_which_the_post_was_seen(written: str) -> None:
    assert read(createdAt=written).created_at == SEEN


def test_an_old_date_is_believed() -> None:
    assert read(createdAt="2020-01-01T00:00:00Z").created_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_an_unknown_embed_does_not_hide_the_text() -> None:
    assert read(embed={"$type": "app.bsky.embed.future", "shape": "round"}).text == "hello"


@pytest.mark.parametrize("broken", [{"text": None}, {"langs": "en"}, {"reply": {}}, {"embed": {"images": 1}}])
def test_what_the_lexicon_forbids_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(PostError, match=f"the post {URI} cannot be read"):
        read(**broken)


@given(st.text(), st.lists(st.text(), max_size=2), st.text())
def test_any_text_makes_a_post_that_is_not_from_the_future(text: str, langs: list[str], written: str) -> None:
    post = read(text=text, langs=langs, createdAt=written)
    assert post.created_at is not None
    assert post.created_at <= SEEN
