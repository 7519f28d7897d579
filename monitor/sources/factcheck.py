"""Google's Fact Check Tools API: what fact checkers published, searched by words.

https://developers.google.com/fact-check/tools/api/reference/rest/v1alpha1/claims/search
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import msgspec

from monitor.errors import SourceRefused, SourceUnavailable
from monitor.model import FactCheck
from monitor.sources.fields import primary_lang, utc_from_iso
from monitor.sources.http import Answer, client, decode, expect_success, request
from monitor.sources.review_fields import address, line, site_of
from monitor.sources.stranger import Answer as Page
from monitor.sources.stranger import LookUp, Stranger, host_of

URL = "https://factchecktools.googleapis.com/v1alpha1/claims:search"
PER_PAGE = 50
MOST_PAGES = 20
"""Per search. Who finds more than a thousand has searched for too little."""
LARGEST_PAGE = 20_000_000
"""Bytes. What is larger is a feed, to be downloaded and read as a file."""
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Search:
    """What to ask for. `site` is a publisher's host; `days`: how old a review may be."""

    query: str
    lang: str | None = None
    site: str | None = None
    days: int | None = None


class _Publisher(msgspec.Struct):
    name: str = ""


class _Review(msgspec.Struct, rename="camel"):
    publisher: _Publisher = msgspec.field(default_factory=_Publisher)
    url: str = ""
    review_date: str = ""
    textual_rating: str = ""
    language_code: str = ""


class _Claim(msgspec.Struct, rename="camel"):
    text: str = ""
    claim_review: list[_Review] = []


class _Found(msgspec.Struct, rename="camel"):
    claims: list[_Claim] = []
    next_page_token: str = ""


class _Fault(msgspec.Struct):
    message: str = ""


class _Refusal(msgspec.Struct):
    error: _Fault = msgspec.field(default_factory=_Fault)


async def search(asked: Search, key: str) -> AsyncIterator[FactCheck | None]:
    """Every review that Google knows, page by page; None for each that lacks a claim, a rating or an address.

    Raises SourceUnavailable or SourceRefused with words for the person who asked. The key travels in a header, which no
    message or log shows.
    """
    params = {"query": asked.query, "pageSize": str(PER_PAGE)}
    if asked.lang is not None:
        params["languageCode"] = asked.lang
    if asked.site is not None:
        params["reviewPublisherSiteFilter"] = asked.site
    if asked.days is not None:
        params["maxAgeDays"] = str(asked.days)
    async with client() as http:
        http.follow_redirects = False  # the key is for this host
        for _ in range(MOST_PAGES):
            page = await _page(http, params, key)
            for claim in page.claims:
                for review in claim.claim_review:
                    yield _fact_check(claim.text, review)
            if page.next_page_token in ("", params.get("pageToken")):
                return
            params["pageToken"] = page.next_page_token


async def read_address(url: str, look_up: LookUp | None = None) -> Page:
    """What is at an address that a person gives.

    Raises SourceRefused or SourceUnavailable with words for the person who asked.
    """
    try:
        async with asyncio.timeout(SECONDS):
            answer = await Stranger(look_up, LARGEST_PAGE).get(url)
    except TimeoutError as error:
        raise SourceUnavailable(f"{host_of(url)} did not send it all within {SECONDS:g} seconds") from error
    if answer.status != 200:
        raise SourceRefused(f"{host_of(url)} does not show this page (status {answer.status})")
    return answer


async def _page(http: httpx.AsyncClient, params: dict[str, str], key: str) -> _Found:
    answer = await request(http, "GET", URL, params=params, headers={"X-Goog-Api-Key": key})
    if answer.status in (400, 401, 403):
        raise SourceRefused(f"Google refuses the search: {_said(answer)}. {_what_to_do(answer)}")
    if answer.status == 429:
        raise SourceUnavailable("Google's limit for this key is used up: try again in a minute, or tomorrow")
    return decode(expect_success(answer), _Found)


def _said(answer: Answer) -> str:
    try:
        message = msgspec.json.decode(answer.body, type=_Refusal).error.message
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = ""
    return line(message)[:200].rstrip(". ") or f"status {answer.status}"


def _what_to_do(answer: Answer) -> str:
    if answer.status == 400 and "key" not in _said(answer).lower():
        return "Try other words, or another language code"
    return (
        "Is MONITOR_FACTCHECK_KEY a key of the Google Cloud console, whole, and is the Fact Check Tools API switched "
        "on for its project?"
    )


def _fact_check(claim: str, review: _Review) -> FactCheck | None:
    said, rating, url = line(claim), line(review.textual_rating), address(review.url)
    if not said or not rating or url is None:
        return None
    return FactCheck(
        claim=said,
        rating=rating,
        url=url,
        site=site_of(url),
        publisher=line(review.publisher.name),
        lang=primary_lang(line(review.language_code)),
        reviewed_at=utc_from_iso(review.review_date),
    )
