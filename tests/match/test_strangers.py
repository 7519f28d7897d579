from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match.evidence import Names
from monitor.match.strangers import names_a_stranger
from monitor.model import Claim

NAMES = Names(frozenset({"rivera"}), frozenset({"moon", "daniel"}))
CLAIM = Claim(
    "withdrawn",
    "Ana Rivera has withdrawn from the race in Bellwater.",
    "She is on the ballot.",
    phrasings=("Rivera drops out",),
)


@pytest.mark.parametrize(
    "text",
    [
        "wow, Okafor has withdrawn",
        "so they say that Bernard is out",
        "it is over #Okafor",
        "#TeamOkafor is done",
        "se retiró la Sra. Ibáñez ayer",
        "GOODBYE AND GOOD RIDDANCE #Okafor",
    ],
)
def test_a_word_with_a_capital_inside_a_sentence_and_a_short_hashtag_name_somebody(text: str) -> None:
    assert names_a_stranger(text, NAMES, CLAIM)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "she is out, confirmed",
        "She is out. Confirmed. “Gone” they say",
        "first line\nSecond line",
        "everybody in Bellwater says so",
        "so Rivera it is, or Daniel",
        "#Rivera2026 #RiveraOut #Moon",
        "#teamrivera",
        "#sheHasReallyDroppedOut",
        "SHE HAS DROPPED OUT SAYS EVERYBODY",
        "@JaneDoe she dropped out",
        "look: https://example.org/Okafor/News",
    ],
)
def test_what_the_rules_and_the_claim_know_is_no_stranger(text: str) -> None:
    assert not names_a_stranger(text, NAMES, CLAIM)


def test_what_a_claim_says_in_another_language_is_known_too() -> None:
    spanish = Claim("withdrawn", "Rivera se retiró en Pozoclaro", "")
    assert names_a_stranger("en todo Pozoclaro lo dicen", NAMES, CLAIM)
    assert not names_a_stranger("en todo Pozoclaro lo dicen", NAMES, CLAIM, spanish)


@given(st.text(max_size=300))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert names_a_stranger(text, NAMES, CLAIM) in (True, False)
