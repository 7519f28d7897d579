from __future__ import annotations

import respx

from monitor.config import GoogleNewsSource
from monitor.sources.googlenews import GoogleNews, feed_address


def rss(*numbers: int) -> bytes:
    items = "".join(
        f'<item><title>Story {number} - Paper</title><guid isPermaLink="false">CBMi{number}</guid>'
        f"<link>https://news.google.com/rss/articles/CBMi{number}</link>"
        f"<pubDate>Sat, 03 Oct 2026 14:00:00 GMT</pubDate>"
        f'<description>&lt;a href="x"&gt;Story {number}&lt;/a&gt; &lt;font&gt;Paper&lt;/font&gt;</description></item>'
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>"Ana Rivera" - Google News</title>{items}</channel></rss>'.encode()


def test_a_query_is_an_address() -> None:
    assert feed_address('"Ana Rivera" OR "Ana R."', "es", "MX") == (
        "https://news.google.com/rss/search?q=%22Ana+Rivera%22+OR+%22Ana+R.%22&hl=es-MX&gl=MX&ceid=MX%3Aes"
    )


@respx.mock
async def test_an_article_that_two_searches_find_has_one_id_and_each_search_its_own_place() -> None:
    one, two = feed_address("one"), feed_address("two")
    respx.get(one).respond(200, content=rss(1, 2))
    respx.get(two).respond(200, content=rss(2, 3))
    source = GoogleNews(GoogleNewsSource("news", ("one", "two")))
    first = [page async for page in source.pages(None)]
    assert [[post.id for post in page.posts] for page in first] == [
        ["news:CBMi2", "news:CBMi1"],
        ["news:CBMi3", "news:CBMi2"],
    ]
    respx.get(two).respond(200, content=rss(2, 3, 4))
    second = [page async for page in source.pages(first[-1].cursor)]
    assert [[post.id for post in page.posts] for page in second] == [[], ["news:CBMi4"]]
