from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import cues


def counted(text: str) -> dict[str, float]:
    return {name: number for name, number in zip(cues.NAMES, cues.count(text), strict=True) if number}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rivera has NOT dropped out", "rivera has not dropped out"),
        ("That letter is a hoax, folks", "that letter is a hoax, folks"),
        ("No es cierto que Rivera renunció", "no es cierto que rivera renuncio"),
        ("It’s a BULO", "it's a bulo"),
        ("Rivera dropped out", None),
    ],
)
def test_the_words_of_a_denial_are_quoted(text: str, words: str | None) -> None:
    assert cues.denial(text) == words


def test_a_quoted_cue_is_cut_at_words() -> None:
    text = "Everybody at the market this morning knew that she never said anything of that kind to any reporter there"
    assert cues.denial(text) == "this morning knew that she never said anything of that kind to"


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("¿Es verdad que renunció?", "asks"),
        ("is this real?", "asks"),
        ("why is nobody talking about it", "insinuates"),
        ("mi prima dice que se retiró", "reports"),
        ("if she drops out", "imagines"),
        ("back in 2018 she left", "past"),
        ("researchers at the university", "studies"),
        ("ÚLTIMA HORA", "breaking"),
        ("jajaja", "jokes"),
    ],
)
def test_cues_are_heard_in_english_and_spanish(text: str, cue: str) -> None:
    assert cue in counted(text)


def test_plain_words_are_no_cue() -> None:
    assert counted("Rivera dropped out of the race") == {}


def test_more_than_three_of_a_kind_say_nothing_new() -> None:
    assert counted("wow!!!!!!") == {"exclaims": 3.0}


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    assert len(cues.count(text)) == len(cues.NAMES)
    quoted = cues.denial(text)
    assert quoted is None or quoted.strip()
