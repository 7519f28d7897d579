from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Candidate, Claim, Rules
from monitor.text import Vocabulary, vocabulary

KNOWN = Vocabulary(names=["Dana Kimbrough", "Ana Rivera"], words=["withdrawn", "comptroller", "casilla"])


def test_everyday_words_of_english_and_spanish_and_the_rules_own_are_known() -> None:
    assert all(word in KNOWN for word in ("ballot", "votar", "eleccion", "dont", "kimbrough", "casilla"))
    assert "wthdrwn" not in KNOWN


def test_a_word_is_as_common_as_it_is() -> None:
    assert KNOWN.zipf("the") > KNOWN.zipf("ballot") > KNOWN.zipf("wthdrwn") == 0


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ("kimbroughdropsoutoftherace", ("kimbrough", "drops", "out", "of", "the", "race")),
        ("riveraseretirodelacontienda", ("rivera", "se", "retiro", "de", "la", "contienda")),
        ("voteblue", ("vote", "blue")),
        ("theme", ("theme",)),
        ("zxqwvk", ()),
        ("", ()),
    ],
)
def test_letters_without_spaces_are_split_into_words(letters: str, words: tuple[str, ...]) -> None:
    assert KNOWN.split(letters) == words


@given(st.text("abcdeilnorstuvy", max_size=40))
def test_a_split_loses_no_letter(letters: str) -> None:
    assert "".join(KNOWN.split(letters)) in (letters, "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("comptoller", "comptroller"),
        ("withdarwn", "withdrawn"),
        ("compftroller", "comptroller"),
        ("comptrolled", None),
        ("govenrment", "government"),
        ("kimbrouggh", "kimbrough"),
        ("kimbrogh", None),  # another person's name, perhaps
        ("phoney", None),
        ("vowing", None),
        ("ballot", None),
    ],
)
def test_a_slip_of_the_pen_is_told_from_another_word(written: str, meant: str | None) -> None:
    assert KNOWN.meant(written, everyday=True) == meant


def test_only_expected_words_are_mended_where_everyday_ones_are_not_asked_for() -> None:
    assert KNOWN.meant("govenrment", everyday=False) is None
    assert KNOWN.meant("comptoller", everyday=False) == "comptroller"


def test_the_rules_give_the_names_and_the_words_of_the_claims() -> None:
    rules = Rules(
        (Candidate("rivera", "Ana Rivera", aliases=("Councilmember Riverita",)),),
        (Claim("c", "Ana Rivera embezzled.", "", ("rivera",), phrasings=("Rivera malversó",)),),
        "v1",
    )
    known = vocabulary(rules)
    assert known.is_name("riverita")
    assert known.is_expected("embezzled")
    assert known.is_expected("malverso")
    assert not known.is_expected("rivera")
