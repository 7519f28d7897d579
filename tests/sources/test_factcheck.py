from __future__ import annotations

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import SourceError, SourceRefused, SourceUnavailable
from monitor.model import FactCheck
from monitor.sources.factcheck import LARGEST_PAGE, MOST_PAGES, URL, Search, read_address, search

KEY = "AIza-not-a-key"
REVIEW = {
    "publisher": {"name": "Checks", "site": "checks.example"},
    "url": "https://www.checks.example/1",
    "title": "No, she has not",
    "reviewDate": "2026-10-01T00:00:00Z",
    "textualRating": "False",
    "languageCode": "en-US",
}
CLAIM = {"text": "Ana Rivera has quit.", "claimant": "posts", "claimReview": [REVIEW]}


async def found(asked: Search) -> list[FactCheck | None]:
    return [check async for check in search(asked, KEY)]


@respx.mock
async def test_every_page_is_read_and_the_key_is_in_no_address() -> None:
    route = respx.get(URL)
    route.side_effect = [
        httpx.Response(200, json={"claims": [CLAIM], "nextPageToken": "two"}),
        httpx.Response(200, json={"claims": [CLAIM, {"text": "x", "claimReview": [{}]}, {}]}),
    ]
    first, second, nothing = await found(Search("Ana Rivera", "es", "checks.example", 90))
    assert first == second
    assert nothing is None
    assert first is not None
    assert (first.claim, first.rating, first.site, first.lang) == (
        "Ana Rivera has quit.",
        "False",
        "checks.example",
        "en",
    )
    asked = [dict(call.request.url.params) for call in route.calls]
    assert asked[0] == {
        "query": "Ana Rivera",
        "pageSize": "50",
        "languageCode": "es",
        "reviewPublisherSiteFilter": "checks.example",
        "maxAgeDays": "90",
    }
    assert asked[1] == asked[0] | {"pageToken": "two"}
    assert all(call.request.headers["x-goog-api-key"] == KEY for call in route.calls)


@respx.mock
async def test_a_search_without_an_end_ends() -> None:
    route = respx.get(URL).respond(json={"claims": [CLAIM], "nextPageToken": "again"})
    assert len(await found(Search("x"))) == 2
    route.side_effect = lambda request: httpx.Response(200, json={"nextPageToken": f"{route.call_count}"})
    await found(Search("x"))
    assert route.call_count == 2 + MOST_PAGES


@respx.mock
@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (httpx.Response(429), SourceUnavailable, "limit for this key is used up: try again"),
        (httpx.Response(503), SourceUnavailable, "cannot answer now"),
        (httpx.Response(200, text="<html>"), SourceUnavailable, "cannot be read"),
        (httpx.Response(302, headers={"location": "https://evil.example/"}), SourceRefused, "does not accept"),
        (
            httpx.Response(400, json={"error": {"code": 400, "message": "API key not valid. Please pass one."}}),
            SourceRefused,
            "API key not valid. Please pass one. Is MONITOR_FACTCHECK_KEY",
        ),
        (
            httpx.Response(403, json={"error": {"message": "disabled \x1b[2J"}}),
            SourceRefused,
            r"disabled \[2J. Is MONI",
        ),
        (httpx.Response(400, json={"error": {"message": "Invalid language"}}), SourceRefused, "another language code"),
        (httpx.Response(403, text="no"), SourceRefused, "status 403"),
    ],
)
async def test_every_refusal_is_said_in_words_without_the_key(
    answer: httpx.Response, kind: type[SourceError], said: str
) -> None:
    respx.get(URL).mock(return_value=answer)
    with pytest.raises(kind, match=said) as caught:
        await found(Search("Ana Rivera"))
    assert KEY not in str(caught.value)


@respx.mock
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), rating=st.text(), url=st.text() | st.just("https://c.example/"), date=st.text())
async def test_what_google_sends_is_one_printable_line_each(text: str, rating: str, url: str, date: str) -> None:
    review = REVIEW | {"textualRating": rating, "url": url, "reviewDate": date}
    respx.get(URL).respond(json={"claims": [{"text": text, "claimReview": [review]}]})
    for check in await found(Search("x")):
        assert check is None or all(said.isprintable() for said in (check.claim, check.rating, check.url))


async def public(host: str) -> list[str]:
    return ["93.184.216.34"]


async def inside(host: str) -> list[str]:
    return ["169.254.169.254"]


@respx.mock
async def test_an_address_is_opened_like_any_stranger_s() -> None:
    page = respx.get("https://93.184.216.34/1")
    page.respond(200, content=b"x" * 2_000_000)
    assert len((await read_address("https://checks.example/1", public)).body) == 2_000_000
    for url, look_up in (("https://checks.example/1", inside), ("http://checks.example/1", public)):
        with pytest.raises(SourceRefused):
            await read_address(url, look_up)
    page.respond(404)
    with pytest.raises(SourceRefused, match="status 404"):
        await read_address("https://checks.example/1", public)
    page.respond(200, content=b"x" * (LARGEST_PAGE + 1))
    with pytest.raises(SourceRefused, match="too large"):
        await read_address("https://checks.example/1", public)
