from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert import wording
from monitor.config import DeskConfig
from monitor.model import Incident, IncidentState, Match, Media, Person, Post, RenderedCorrection


@given(st.text(st.characters()))
def test_inert_text_steers_no_screen(text: str) -> None:
    shown = wording.inert(text)

    for character in shown:
        assert character in "\n\u200c\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "⟨001B⟩[2Jgone"),
        ("a\u202eb", "a⟨202E⟩b"),
        ("a\u200bb", "a⟨200B⟩b"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("👩‍🚀 fine", "👩‍🚀 fine"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("tab\tbed", "tab bed"),
    ],
)
def test_hostile_characters_become_visible(text: str, shown: str) -> None:
    assert wording.inert(text) == shown


@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert len(wording.excerpt(text, limit)) <= limit
    assert len(wording.one_line(text, limit)) <= limit
    assert "\n" not in wording.one_line(text, limit)


def test_a_post_without_text_is_quoted_by_its_pictures(post: Post) -> None:
    picture = replace(post, text=" ", media=(Media(alt="A fake letter"), Media(alt=None)))

    assert wording.quoted(picture) == "[A fake letter]"
    assert wording.quoted(replace(post, text="")) == "(no text)"


def test_the_spread_is_said_in_a_sentence(incident: Incident) -> None:
    many = replace(incident, posts=1200, duplicates=1, accounts=9, platforms=("x", "bluesky"), growth_per_hour=7)

    assert wording.spread(many) == "1,200 posts (1 repost or copy) by 9 accounts on x, bluesky, 7 in the last hour"
    assert wording.spread(incident) == "1 post by 1 account on bluesky, 1 in the last hour"


@pytest.mark.parametrize(
    ("value", "says"), [(0.99, "almost certainly"), (0.9, "very likely"), (0.7, "likely"), (0.5, "possibly")]
)
def test_a_score_is_said_in_words_with_its_number(value: float, says: str) -> None:
    assert wording.score(value).startswith(says)
    assert f"{value:.0%}" in wording.score(value)


def test_the_nearest_wording_is_said_once(match: Match) -> None:
    said = "close to a known wording, and nothing denies it; nearest wording: Rivera dropped out of the race"

    assert wording.why(match) == said
    assert wording.why(replace(match, why=said)) == said


def test_a_correction_that_does_not_fit_is_marked() -> None:
    fits = RenderedCorrection("text", "x", "en", 4, 280)

    assert wording.correction_title(fits) == "Correction (en, 4 of 280 characters on x)"
    assert "TOO LONG for x" in wording.correction_title(replace(fits, length=281))
    assert "characters" in wording.correction_title(replace(fits, limit=None))


@pytest.mark.parametrize("url", ["https://example.org/post/1", "http://example.org:8080/a?b=c&d=%20#e"])
def test_an_ordinary_url_is_a_link(url: str) -> None:
    assert wording.link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "ftp://example.org",
        "https://",
        "https://example.org/a b",
        "https://example.org/|label>",
        "https://example.org/\u202egpj.exe",
        "https://[::1",
        "https://example.org/" + "a" * 1000,
    ],
)
def test_anything_else_is_not_a_link(url: str | None) -> None:
    assert wording.link(url) is None


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (-3, "less than a minute"),
        (0.9, "less than a minute"),
        (9.9, "9 min"),
        (60, "1 h"),
        (125, "2 h 5 min"),
        (4321, "3 days"),
    ],
)
def test_a_span_is_said_as_people_say_it(minutes: float, says: str) -> None:
    assert wording.span(timedelta(minutes=minutes)) == says


def test_an_hour_of_another_day_has_its_day(now: datetime) -> None:
    assert wording.hour(now, now) == "12:00 UTC"
    assert wording.hour(now - timedelta(days=1), now) == "19 Oct 12:00 UTC"


def test_nothing_is_left_to_do_before_people_were_told_and_after_a_correction(
    incident: Incident, now: datetime
) -> None:
    told = replace(incident, alerted_at=now)

    assert wording.to_do(incident, DeskConfig(), now) is None
    assert wording.to_do(told, DeskConfig(), now) == "To do: an owner by 12:05 UTC, a correction by 12:30 UTC"
    assert wording.to_do(replace(told, corrected_at=now), DeskConfig(), now) is None
    assert wording.to_do(replace(told, state=IncidentState.FALSE_ALARM), DeskConfig(), now) is None


def test_a_person_without_a_readable_name_is_still_somebody() -> None:
    assert wording.person(Person("U1", "Ana\u202e Flores")) == "Ana⟨202E⟩ Flores"
    assert wording.person(Person("U1", " ")) == "U1"
