from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import fold, normalise

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aа\u0430\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\u2800\U000e0041\u0345ßİıﬁ𝐀Ａ\n\r\t .!?#@"),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Аnа Rіvеrа", "Ana Rivera"),  # Cyrillic А, а, і, е
        ("Ρrice quit", "Price quit"),  # Greek capital rho
        ("dro\u200bpped o\u2060ut", "dropped out"),
        ("\u202eRivera\u202c", "Rivera"),
        ("𝐑𝐢𝐯𝐞𝐫𝐚 Ｒｉｖｅｒａ", "Rivera Rivera"),
        ("ﬁred", "fired"),
        ("Ri\u00advera", "Rivera"),
        ("a  \t b\r\n\r\n  c ", "a b\nc"),
        ("Renunció Muñoz", "Renunció Muñoz"),
        ("Привет, мир", "Привет, мир"),
        ("Привет Rivera", "Привет Rivera"),
    ],
)
def test_a_text_is_read_as_people_see_it(written: str, read: str) -> None:
    assert normalise(written) == read


@given(HOSTILE)
def test_normalising_leaves_nothing_invisible_and_settles(text: str) -> None:
    once = normalise(text)
    assert not set("\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\r\t") & set(once)
    assert "  " not in once
    assert "\n\n" not in once
    assert normalise(once) == once


@given(HOSTILE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_drops_case_accents_and_the_shape_of_quotation_marks() -> None:
    assert fold("“Renunció” MUÑOZ’s STRASSE Straße") == '"renuncio" munoz\'s strasse strasse'
