from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.model import FactCheck, Grade
from monitor.rulebook.claimreview import in_json, in_page
from monitor.sources.review_fields import address

REVIEW: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "url": "https://www.checks.example/rivera-quit",
    "claimReviewed": "Ana Rivera has <quit>\n&amp; left",
    "datePublished": "2026-10-01",
    "inLanguage": "en-US",
    "author": {"@type": "Organization", "name": "Checks"},
    "reviewRating": {"@type": "Rating", "ratingValue": "1", "bestRating": 5, "alternateName": "False"},
}
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.just("ClaimReview"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*REVIEW, "name", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


def read(document: object) -> list[FactCheck | None]:
    return list(in_json(BytesIO(json.dumps(document).encode())))


def test_a_review_says_what_was_claimed_and_how_it_was_rated() -> None:
    (check,) = read(REVIEW)
    assert check is not None
    assert (check.claim, check.rating, check.site) == ("Ana Rivera has <quit> & left", "False", "checks.example")
    assert (check.publisher, check.lang, check.grade) == ("Checks", "en", Grade(1, 1, 5))
    assert check.reviewed_at is not None
    assert check.reviewed_at.isoformat() == "2026-10-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "document",
    [
        [REVIEW],
        {"@graph": [{"@type": "WebPage"}, REVIEW]},
        {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": [REVIEW]}]},
        {"@type": "NewsArticle", "review": {"about": REVIEW}},
        REVIEW | {"@type": ["Review", "http://schema.org/ClaimReview"]},
        REVIEW | {"claimReviewed": [{"@value": "Ana Rivera has <quit>\n&amp; left"}]},
    ],
)  # fmt: skip
def test_it_is_found_wherever_it_lies(document: object) -> None:
    (check,) = read(document)
    assert check is not None
    assert (check.claim, check.rating) == ("Ana Rivera has <quit> & left", "False")


def test_one_document_in_each_line_is_read_too() -> None:
    lines = f"{json.dumps(REVIEW)}\n{json.dumps(REVIEW)}\n".encode()
    assert len(list(in_json(BytesIO(lines)))) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"claimReviewed": ""},
        {"reviewRating": None},
        {"reviewRating": {"alternateName": {"name": 5}}},
        {"url": "javascript:alert(1)"},
        {"url": "https://politifact.com@evil.example/"},
        {"url": "https://checks.example/\u202eevil"},
        {"url": 5},
    ],
)
def test_what_lacks_claim_rating_or_address_is_counted_and_no_more(change: dict[str, object]) -> None:
    assert read(REVIEW | change) == [None]


def test_a_page_s_scripts_are_read_and_broken_ones_counted() -> None:
    claim = json.dumps(REVIEW).replace("\\n", "\n")
    page = f"""<html><script>var x = "<b>";</script><SCRIPT data-x='>' type='application/ld+json'>{claim}</SCRIPT>
      <script type="application/ld+json">{{"@type": </script><script type="application/ld+json">"""
    found = list(in_page(page))
    assert [check and check.claim for check in found] == ["Ana Rivera has <quit> & left", None]


def test_a_page_speaks_for_its_own_site_only() -> None:
    page = f'<script type="application/ld+json">{json.dumps(REVIEW)}</script>'
    (ours,) = in_page(page, "https://checks.example/list")
    (theirs,) = in_page(page, "https://evil.example/list")
    assert ours is not None
    assert theirs is not None
    assert (ours.url, ours.site) == (REVIEW["url"], "checks.example")
    assert (theirs.url, theirs.site) == ("https://evil.example/list", "evil.example")


@pytest.mark.parametrize("content", [b"", b"<html>", b"{", b'{"a": "\xff"}', b"[" * 5000, b'["\x01"]', b"[1]]"])
def test_what_is_no_json_is_said(content: bytes) -> None:
    with pytest.raises(InputError, match="JSON"):
        list(in_json(BytesIO(content)))


class Feed:
    """A feed of Data Commons' kind that is never whole in memory: reviews among things that nobody asked for."""

    def __init__(self, reviews: int) -> None:
        junk = {"@type": "Thing", "list": list(range(200))}
        item = {"@type": "DataFeedItem", "item": [REVIEW], "about": junk}
        self._parts = self._all(json.dumps(item).encode(), json.dumps(junk).encode(), reviews)
        self._rest = b""

    def _all(self, item: bytes, junk: bytes, reviews: int) -> Iterator[bytes]:
        yield b'{"dataFeedElement": [' + junk
        for _ in range(reviews):
            yield b"," + item + b"," + junk
        yield b"]}"

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size:
            part = next(self._parts, b"")
            if not part:
                break
            self._rest += part
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def test_a_long_feed_takes_little_memory() -> None:
    tracemalloc.start()
    count = sum(1 for _ in in_json(cast("BinaryIO", Feed(600))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 600
    assert peak < 4_000_000


@settings(deadline=None)
@given(ANY_JSON)
def test_no_json_breaks_the_reader_and_all_that_it_says_can_be_shown(document: object) -> None:
    for check in read([document, REVIEW | {"reviewRating": document}, REVIEW | {"claimReviewed": document}]):
        if check is not None:
            assert all(text.isprintable() for text in (check.claim, check.rating, check.publisher, check.url))
            assert check.claim
            assert address(check.url) is not None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(InputError):
        list(in_json(BytesIO(content)))
    list(in_page("<script type=application/ld+json>" + content.decode("latin-1")))
