from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.length import length, limit

LONG_URL = "https://example.org/" + "a" * 200
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("abc", 3),
        ("ñandú", 5),
        ("e\u0301", 1),  # composed first
        ("漢字", 4),
        ("“quoted” – so", 13),  # typographic marks count one
        ("…", 2),  # U+2026 stands outside the ranges
        ("😀", 2),
        (FAMILY, 2),
        ("👍🏽", 2),
        ("🇺🇸🇲🇽", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("©", 1),
        (LONG_URL, 23),
        (f"see {LONG_URL}.", 28),
        ("see example.org now", 31),  # X links a bare domain too
        ("ana@example.org", 15),  # but not an e-mail address
    ],
)
def test_x_counts_weighted_characters(text: str, weight: int) -> None:
    assert length(text, "x") == weight


@pytest.mark.parametrize(
    ("text", "count"), [("abc", 3), (FAMILY, 1), ("e\u0301", 1), (LONG_URL, len(LONG_URL)), ("漢字", 2)]
)
def test_bluesky_counts_graphemes_and_links_in_full(text: str, count: int) -> None:
    assert length(text, "bluesky") == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (LONG_URL, 23),
        ("example.org", 11),  # no link without its scheme
        ("@ana@example.org hello", 10),
        ("@ana hello", 10),
        (FAMILY, 1),
        ("https://example.org/@ana@other.example", 23),  # a link, not a mention
    ],
)
def test_mastodon_counts_links_as_23_and_mentions_without_their_server(text: str, count: int) -> None:
    assert length(text, "mastodon") == count


@pytest.mark.parametrize(("text", "count"), [("abc ñ", 5), ("😀", 4), ("🇺🇸", 8), ("漢字", 2)])
def test_threads_counts_an_emoji_by_its_bytes(text: str, count: int) -> None:
    assert length(text, "threads") == count


def test_a_platform_without_a_limit_counts_what_people_call_characters() -> None:
    assert (length(f"a{FAMILY}", "reddit"), limit("reddit")) == (2, None)


@given(st.text(), st.sampled_from(["x", "bluesky", "mastodon", "threads", "other"]))
def test_every_text_has_a_length(text: str, platform: str) -> None:
    assert length(text, platform) >= (1 if text.strip() and platform != "x" else 0)
