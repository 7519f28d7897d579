from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
import respx

from monitor.config import HackerNewsSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import LookedUp, Media, Post
from monitor.sources.hackernews import HackerNews, post_from_hit

STORY = {
    "objectID": "41000001", "created_at_i": 1790000000, "created_at": "2026-09-21T13:33:20Z", "author": "pg",
    "title": "Ana Rivera withdraws", "url": "https://news.example/rivera", "points": 3, "story_text": None,
    "_tags": ["story", "author_pg", "story_41000001"], "_highlightResult": {"title": {"value": "<em>Ana</em>"}},
}  # fmt: skip
COMMENT = {
    "objectID": "41000002", "created_at_i": 1790000060, "author": "dang", "parent_id": 41000001, "story_id": 41000001,
    "comment_text": "No she <i>hasn&#x27;t</i>.<p>See the clerk&#x27;s page.", "story_title": "Ana Rivera withdraws",
}  # fmt: skip


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def test_a_story_is_its_title_with_its_link() -> None:
    assert post_from_hit(raw(STORY)) == Post(
        id="41000001",
        text="Ana Rivera withdraws",
        platform="hackernews",
        author="pg",
        created_at=datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC),
        url="https://news.ycombinator.com/item?id=41000001",
        media=(Media(url="https://news.example/rivera"),),
    )


def test_a_comment_is_its_text_and_names_what_it_answers() -> None:
    post = post_from_hit(raw(COMMENT))
    assert post.text == "No she hasn't.\nSee the clerk's page."
    assert (post.author, post.reply_to) == ("dang", "41000001")


@pytest.mark.parametrize("bad", [{}, {"objectID": 1, "created_at_i": 1}, {**STORY, "title": ["a"]}, [], None])
def test_what_is_no_hit_is_told(bad: object) -> None:
    with pytest.raises(PostError, match="a post of Hacker News cannot be read"):
        post_from_hit(raw(bad))


@respx.mock
async def test_the_search_is_by_date_for_phrases_in_stories_and_comments() -> None:
    route = respx.get("https://hn.algolia.com/api/v1/search_by_date").respond(200, json={"hits": [COMMENT, STORY]})
    pages = [page async for page in HackerNews(HackerNewsSource("hn", ('"Ana Rivera"',))).pages(None)]
    assert [post.id for page in pages for post in page.posts] == ["41000001", "41000002"]
    sent = dict(route.calls.last.request.url.params)
    assert (sent["query"], sent["tags"], sent["advancedSyntax"]) == ('"Ana Rivera"', "(story,comment)", "true")


@respx.mock
async def test_an_answer_in_another_shape_is_a_failure_not_silence() -> None:
    respx.get("https://hn.algolia.com/api/v1/search_by_date").respond(200, json={"results": []})
    with pytest.raises(SourceUnavailable, match="hits"):
        _ = [page async for page in HackerNews(HackerNewsSource("hn", ("a",))).pages(None)]


ITEM = "https://hacker-news.firebaseio.com/v0/item/41000002.json"


@respx.mock
@pytest.mark.parametrize(
    ("shown", "gone"),
    [
        ({"deleted": True, "id": 41000002, "time": 1, "type": "comment"}, True),
        ({"dead": True, "id": 41000002, "by": "a", "text": "[flagged]", "time": 1, "type": "comment"}, True),
        (None, False),
        ({"id": 41000002, "by": "a", "time": 1, "type": "comment"}, False),
        ({"id": 7, "by": "a", "text": "another", "time": 1}, False),
    ],
    ids=["deleted", "hidden", "not shown", "without its words", "another"],
)
async def test_a_post_is_gone_where_hacker_news_says_so(shown: object, gone: bool) -> None:
    respx.get(ITEM).respond(200, text=json.dumps(shown))
    answer = await HackerNews(HackerNewsSource("hn", ("a",))).look_up(["41000002"])
    assert answer == LookedUp(gone=("41000002",) if gone else ())


@respx.mock
async def test_a_post_that_was_edited_is_shown_with_what_it_answers() -> None:
    shown = {"id": 41000002, "by": "dang", "text": "She is &amp; was in.", "time": 1790000060, "parent": 41000001}
    respx.get(ITEM).respond(200, json=shown)
    (post,) = (await HackerNews(HackerNewsSource("hn", ("a",))).look_up(["41000002"])).posts
    assert (post.key, post.text, post.reply_to) == ("hackernews:41000002", "She is & was in.", "41000001")
