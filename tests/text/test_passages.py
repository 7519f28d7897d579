from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import MAX_WINDOWS, excerpt, normalise, sentences, windows

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aа\u0430\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\u2800\U000e0041\u0345ßİıﬁ𝐀Ａ\n\r\t .!?#@"),
    ),
    max_size=80,
)


@given(HOSTILE)
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    whole = normalise(text)
    assert "".join("".join(sentences(whole)).split()) == "".join(whole.split())


def test_a_line_break_ends_a_sentence_and_an_abbreviation_does_not() -> None:
    assert sentences("Rivera quits\nDr. Moon said so. Really?") == ("Rivera quits", "Dr. Moon said so.", "Really?")


def test_a_short_text_is_read_whole() -> None:
    assert windows("Rivera quit. Nobody knows why.") == ("Rivera quit. Nobody knows why.",)


def test_a_claim_in_the_middle_has_a_window_of_its_own() -> None:
    text = "Nice market today. Rivera dropped out. The bread is great."
    assert windows(text)[0] == text
    assert "Rivera dropped out." in windows(text)


@given(st.lists(HOSTILE, max_size=60))
def test_windows_are_few_and_begin_with_the_whole(lines: list[str]) -> None:
    text = normalise("\n".join(lines))
    read = windows(text)
    assert read[0] == text
    assert len(read) <= 1 + MAX_WINDOWS
    assert len(set(read)) == len(read)


def test_every_sentence_of_a_very_long_text_is_in_a_window() -> None:
    text = "\n".join(f"Sentence number {number} is here." for number in range(100))
    read = windows(text)
    assert len(read) <= 1 + MAX_WINDOWS
    assert all(any(f"number {number} is" in window for window in read[1:]) for number in range(100))


@given(HOSTILE, st.integers(2, 40))
def test_an_excerpt_is_one_line_within_its_limit(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert len(cut) <= limit
    assert "\n" not in cut


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt("Rivera has withdrawn from the race", 24) == "Rivera has withdrawn…"


@pytest.mark.parametrize(
    "broken",
    ["Rivera has\ndropped out", "Ana\nRivera\nhas dropped\nout", "the county says\nshe quit"],
)
def test_a_line_break_in_the_middle_of_a_sentence_ends_none(broken: str) -> None:
    assert sentences(broken) == (broken.replace("\n", " "),)
