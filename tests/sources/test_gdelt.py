from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
import respx

from monitor.config import GdeltSource
from monitor.errors import PostError, SourceUnavailable
from monitor.model import Media, Post
from monitor.sources.gdelt import LIMITED_SECONDS, Gdelt, post_from_article
from monitor.sources.pace import Pace

URL = "https://api.gdeltproject.org/api/v2/doc/doc"
ARTICLE = (
    b'{"url": "https://paper.example/1", "url_mobile": "", "title": "Ana Rivera &amp; the \\/ race", '
    b'"seendate": "20261003T141500Z", "socialimage": "https://paper.example/1.jpg", "domain": "paper.example", '
    b'"language": "English", "sourcecountry": "United States"}'
)


def gdelt() -> Gdelt:
    return Gdelt(GdeltSource("gdelt", ('"Ana Rivera"',)), Pace(0))


async def read() -> list[Post]:
    return [post async for page in gdelt().pages(None) for post in page.posts]


def test_a_headline_is_a_post() -> None:
    assert post_from_article(msgspec.Raw(ARTICLE)) == Post(
        id="https://paper.example/1",
        text="Ana Rivera & the / race",
        platform="gdelt",
        author="paper.example",
        created_at=datetime(2026, 10, 3, 14, 15, tzinfo=UTC),
        url="https://paper.example/1",
        media=(Media(url="https://paper.example/1.jpg"),),
    )


def test_what_is_no_article_is_told() -> None:
    with pytest.raises(PostError, match="an article of GDELT cannot be read"):
        post_from_article(msgspec.Raw(b'{"url": 1}'))


@respx.mock
async def test_an_empty_object_is_no_articles() -> None:
    respx.get(URL).respond(200, content=b"{}")
    assert await read() == []


@respx.mock
@pytest.mark.parametrize(
    "said",
    [
        "Your query was too short or too long.",
        "<html><body><h1>Error</h1>The specified phrase is too short.</body></html>",
        "",
    ],
)
async def test_a_sentence_with_status_200_is_a_failure_and_is_repeated(said: str) -> None:
    respx.get(URL).respond(200, text=said)
    with pytest.raises(SourceUnavailable, match=r"says, instead of articles: .*(too|nothing)"):
        await read()


@respx.mock
async def test_a_limit_told_with_status_200_is_a_limit() -> None:
    respx.get(URL).respond(200, text="Please limit requests to one every 5 seconds or contact us.")
    with pytest.raises(SourceUnavailable) as caught:
        await read()
    assert caught.value.retry_after == LIMITED_SECONDS


@respx.mock
async def test_stray_backslashes_and_control_characters_in_headlines_are_read_past() -> None:
    broken = ARTICLE.replace(b"the \\/ race", b"the \\wide\x0b \\u00e9 \\' \\\\ ok")
    respx.get(URL).respond(200, content=b'{"articles": [' + broken + b"]}")
    (post,) = await read()
    assert post.text == "Ana Rivera & the \\wide é \\' \\ ok"
