from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import fold, normalise
from monitor.text.characters import MAX_CHARACTERS

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "2½²´™🆁aа\u0430\u200b\u200d\u202e\u2066\u00ad\ufe0f\u3164\u2800\U000e0041\u0345ßİıﬁ𝐀Ａ\n\r\t .!?#@"
        ),
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
        ("she didn´t quit, 5″ tall", "she didn't quit, 5\" tall"),
        ("1½ years, 10² m, see this³ Truth™", "1 1⁄2 years, 10 m, see this Truth"),
        ("🆁🅸🆅🅴🆁🅰 🅠🅤🅘🅣 🅰 🆎", "RIVERA QUIT 🅰 🆎"),
        ("a  \t b\r\n\r\n  c ", "a b\nc"),
        ("Renunció Muñoz", "Renunció Muñoz"),
        ("Привет, мир", "Привет, мир"),
        ("Привет Rivera", "Привет Rivera"),
    ],
)
def test_a_text_is_read_as_people_see_it(written: str, read: str) -> None:
    assert normalise(written) == read


def test_what_nobody_sees_pushes_nothing_out_and_no_text_grows_past_its_bound() -> None:
    assert normalise("\u200b" * 8_000 + "Rivera quit") == "Rivera quit"
    assert len(normalise("ﷺ" * 8_000)) <= MAX_CHARACTERS


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
