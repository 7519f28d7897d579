"""Spanish in English words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.spanish import LONGEST_PHRASE, gloss, glossary

NAMES = {"cruz", "rivera", "luna"}


def english(text: str) -> str:
    return gloss(text, NAMES.__contains__)


@pytest.mark.parametrize(
    ("spanish", "expected"),
    [
        ("la candidata tiró la toalla", "the candidate drop out"),
        ("Houston sufrió un derrame cerebral", "Houston suffered a stroke"),
        ("tiraron las boletas a la basura", "threw away the ballots in the trash"),
        ("votarán por correo los muertos", "will vote by mail the dead"),
        ("nadie lo ha visto", "nobody it has seen"),
    ],
)
def test_a_sentence_says_in_english_what_it_says_in_spanish(spanish: str, expected: str) -> None:
    assert english(spanish) == expected


@pytest.mark.parametrize(
    "text",
    [
        "She has dropped out of the race",
        "no one is going to the red barn, son",
        "the candidate said no to me",
        "Rivera",
        "",
        "Der Kandidat hat aufgegeben",
    ],
)
def test_what_is_not_spanish_stays(text: str) -> None:
    assert english(text) == text


def test_names_of_candidates_stay_however_they_are_written() -> None:
    assert "luna" in english("dicen que luna ya no va a estar en la boleta")
    assert "Cruz" in english("Cruz se retiró de la contienda")
    assert "moon" in gloss("dicen que la luna ya no va a salir esta noche", lambda _: False)


def test_a_capital_inside_a_sentence_is_a_name_unless_all_is_shouted() -> None:
    assert "León" in english("el alcalde León dijo que no va a votar")
    assert english("LA CANDIDATA MIENTE A TODOS LOS VOTANTES").startswith("the candidate lies")


def test_a_phrase_ends_with_its_sentence() -> None:
    assert english("¡No se va a dejar! La contienda sigue").endswith("leave! the race continue")
    assert "drop out" not in english("lo que dijo no lo tiró. La toalla es nueva")


def test_a_hostile_length_of_marks_is_read_in_no_time() -> None:
    assert english("!" * 4_000 + "a " + "La la " * 660)


def test_accents_may_be_missing() -> None:
    assert english("sufrio un derrame y su campana lo esconde a los votantes").startswith("suffered a stroke")


def test_english_words_in_a_spanish_sentence_stay() -> None:
    assert "can't even run" in english("la licenciada esa can't even run, tiene dos pasaportes")


def test_the_glossary_is_whole() -> None:
    known = glossary()

    assert len(known.forms) > 20_000
    assert all(2 <= len(phrase) <= LONGEST_PHRASE for phrase in known.phrases)
    assert all(english.strip() == english for _, english in known.forms.values())
    bases = {base for base, _ in known.forms.values()}
    unknown = {word for phrase in known.phrases for word in phrase} - bases
    assert len(unknown) <= 6, unknown


@given(st.text())
def test_any_text_is_read_without_a_stumble(text: str) -> None:
    assert isinstance(english(text), str)


@given(st.lists(st.sampled_from(sorted(glossary().forms)), min_size=3, max_size=12))
def test_spanish_words_in_any_order_are_read(words: list[str]) -> None:
    assert english(" ".join(words))
