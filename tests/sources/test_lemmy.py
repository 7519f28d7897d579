from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
import respx

from monitor.config import LemmySource
from monitor.errors import PostError, SourceRefused, SourceUnavailable
from monitor.model import LookedUp, Media, Post
from monitor.sources.lemmy import LIMITED_SECONDS, Lemmy
from monitor.sources.lemmy_view import post_from_view, post_within
from monitor.sources.pace import Pace
from monitor.sources.reading import Within
from monitor.sources.searching import QUIET

SERVER = "https://lemmy.example"
CREATOR = {"id": 2, "name": "ana", "actor_id": "https://elsewhere.example/u/ana", "local": False}
POST = {
    "id": 1, "name": "Ana Rivera is out?", "body": "My cousin says so.", "url": "https://news.example/a",
    "deleted": False, "removed": False, "ap_id": "https://elsewhere.example/post/1",
    "published": "2026-10-01T12:00:00.123456Z",
}  # fmt: skip
COMMENT = {
    "id": 9,
    "content": "She is not.",
    "ap_id": "https://c.example/comment/9",
    "published": "2026-10-01T13:00:00",
}


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def lemmy(*searches: str) -> Lemmy:
    return Lemmy(LemmySource("lemmy", SERVER, searches or ("Ana Rivera",)), Pace(0))


def test_a_post_is_its_title_and_its_text() -> None:
    assert post_from_view(raw({"post": POST, "creator": CREATOR, "counts": {}, "saved": False}), SERVER) == Post(
        id="https://elsewhere.example/post/1",
        text="Ana Rivera is out?\nMy cousin says so.",
        platform="lemmy",
        author="ana@elsewhere.example",
        created_at=datetime(2026, 10, 1, 12, 0, 0, 123456, tzinfo=UTC),
        url="https://elsewhere.example/post/1",
        media=(Media(url="https://news.example/a"),),
        alias=f"{SERVER}/post/1",
    )


def test_a_comment_names_the_post_under_which_it_stands() -> None:
    post = post_from_view(raw({"comment": COMMENT, "post": POST, "creator": CREATOR}), SERVER)
    assert post is not None
    assert (post.id, post.text, post.media) == ("https://c.example/comment/9", "She is not.", ())
    assert post.reply_to == "https://elsewhere.example/post/1"
    assert post.created_at == datetime(2026, 10, 1, 13, tzinfo=UTC)


def test_a_comment_brings_the_post_under_which_it_stands_unless_that_was_deleted() -> None:
    found = post_within(raw({"comment": COMMENT, "post": POST, "creator": CREATOR}), SERVER)
    assert isinstance(found, Within)
    assert [(parent.id, parent.text) for parent in found.parents] == [
        ("https://elsewhere.example/post/1", "Ana Rivera is out?\nMy cousin says so.")
    ]
    assert isinstance(post_within(raw({"comment": COMMENT, "post": {**POST, "deleted": True}}), SERVER), Post)
    assert isinstance(post_within(raw({"post": POST}), SERVER), Post)


def test_version_four_calls_the_dates_and_addresses_otherwise() -> None:
    item = {"name": "a", "ap_id": "https://b.example/post/1", "published_at": "2026-10-01T12:00:00Z"}
    post = post_from_view(
        raw({"type_": "post", "post": item, "creator": {"name": "b", "ap_id": "https://b.example/u/b"}}),
        SERVER,
    )
    assert post is not None
    assert (post.author, post.created_at) == ("b@b.example", datetime(2026, 10, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("gone", ["deleted", "removed"])
def test_what_was_deleted_is_not_read(gone: str) -> None:
    assert post_from_view(raw({"post": {**POST, gone: True}, "creator": CREATOR}), SERVER) is None


@pytest.mark.parametrize("bad", [{"post": {}}, {"post": {**POST, "name": 1}}, [], 3])
def test_what_is_no_view_is_told(bad: object) -> None:
    with pytest.raises(PostError, match="a post of Lemmy cannot be read"):
        post_from_view(raw(bad), SERVER)


@respx.mock
async def test_version_three_is_searched_for_posts_and_comments_apart() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(404, json={"error": "not_found"})
    view = {"post": POST, "creator": CREATOR}
    route = respx.get(f"{SERVER}/api/v3/search")
    route.side_effect = [
        httpx.Response(200, json={"posts": [view], "comments": [], "communities": [], "users": []}),
        httpx.Response(200, json={"posts": [], "comments": [{**view, "comment": COMMENT}]}),
    ]
    pages = [page async for page in lemmy().pages(None)]
    assert [post.text[:6] for page in pages for post in page.posts] == ["Ana Ri", "She is"]
    assert [call.request.url.params["type_"] for call in route.calls] == ["Posts", "Comments"]


@respx.mock
async def test_the_older_name_of_version_fours_results_is_read_too() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(200, json={})
    view = {"type_": "Post", "post": {**POST, "published_at": POST["published"]}, "creator": CREATOR}
    route = respx.get(f"{SERVER}/api/v4/search").respond(200, json={"results": [view], "next_page": None})
    pages = [page async for page in lemmy().pages(None)]
    assert [post.id for page in pages for post in page.posts] == ["https://elsewhere.example/post/1"]
    sent = route.calls.last.request.url.params
    assert sent["q"] == sent["search_term"] == "Ana Rivera"


@respx.mock
async def test_a_limit_told_as_a_bad_request_is_a_limit() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(404)
    respx.get(f"{SERVER}/api/v3/search").respond(400, json={"error": "rate_limit_error"})
    with pytest.raises(SourceUnavailable, match="slow down") as caught:
        _ = [page async for page in lemmy().pages(None)]
    assert caught.value.retry_after == LIMITED_SECONDS


@respx.mock
async def test_a_server_that_is_down_is_not_taken_for_an_old_one() -> None:
    site = respx.get(f"{SERVER}/api/v4/site").respond(502)
    reader = lemmy()
    with pytest.raises(SourceUnavailable):
        await reader.check()
    site.respond(200, json={})
    respx.get(f"{SERVER}/api/v4/search").respond(200, json={"search": []})
    assert await reader.check() == f"no posts for Ana Rivera; {QUIET}; version 4 of the API"


@respx.mock
async def test_a_closed_server_is_told() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(404)
    respx.get(f"{SERVER}/api/v3/search").respond(400, json={"error": "instance_is_private"})
    with pytest.raises(SourceRefused, match="instance_is_private"):
        _ = [page async for page in lemmy().pages(None)]


def test_the_title_of_a_link_and_its_picture_come_along() -> None:
    card = {
        "embed_title": "Rivera quits",
        "embed_description": "Sources say",
        "thumbnail_url": "https://p.example/1.png",
    }
    post = post_from_view(raw({"post": {**POST, **card}, "creator": CREATOR}), SERVER)
    assert post is not None
    assert post.media == (
        Media("https://news.example/a", "Rivera quits - Sources say"),
        Media("https://p.example/1.png"),
    )


def test_a_comment_that_answers_another_names_that_by_its_number_on_the_server() -> None:
    found = post_within(raw({"comment": {**COMMENT, "path": "0.7.8.9"}, "post": POST, "creator": CREATOR}), SERVER)
    assert isinstance(found, Post), "the post under which both stand is not what it answers"
    assert (found.reply_to, found.alias) == (f"{SERVER}/comment/8", f"{SERVER}/comment/9")
    found = post_within(raw({"comment": {**COMMENT, "path": "0.9"}, "post": POST, "creator": CREATOR}), SERVER)
    assert isinstance(found, Within)


def test_only_addresses_on_the_server_itself_can_be_asked_for() -> None:
    names = (f"{SERVER}/post/1", f"{SERVER}/comment/9", "https://elsewhere.example/post/1", f"{SERVER}/u/9")
    assert [lemmy().knows(name) for name in names] == [True, True, False, False]


@respx.mock
async def test_a_server_that_cannot_find_a_post_is_believed_where_it_finds_another() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(404)
    view = {"post": POST, "creator": CREATOR}
    respx.get(f"{SERVER}/api/v3/search").respond(200, json={"posts": [view], "comments": []})
    lost = httpx.Response(400, json={"error": "couldnt_find_comment"})
    respx.get(f"{SERVER}/api/v3/comment").mock(return_value=lost)
    other = respx.get(f"{SERVER}/api/v3/post").respond(400, json={"error": "couldnt_find_post"})
    reader = lemmy()
    for found in (LookedUp(), LookedUp(gone=(f"{SERVER}/comment/9",))):
        _ = [page async for page in reader.pages(None)]
        assert await reader.look_up([f"{SERVER}/comment/9"]) == found
        other.respond(200, json={"post_view": view})


@respx.mock
async def test_a_post_whose_fields_were_renamed_is_neither_edited_nor_gone() -> None:
    respx.get(f"{SERVER}/api/v4/site").respond(200, json={})
    renamed = {"text" if key == "content" else key: value for key, value in COMMENT.items()}
    view = {"comment": {**renamed, "deleted": False, "removed": False}, "post": POST, "creator": CREATOR}
    respx.get(f"{SERVER}/api/v4/comment").respond(200, json={"comment_view": view})
    assert await lemmy().look_up([f"{SERVER}/comment/9"]) == LookedUp()
