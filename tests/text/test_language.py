from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.language import language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("My cousin at the county says she dropped out of the race", "en"),
        ("Dicen que Rivera se retiró de la contienda", "es"),
        ("La candidate se retire de la course à la mairie", "fr"),
        ("王明昨天晚上宣布他不再参加这次的市长选举了", "zh"),
        ("RIVERA SE RETIRA DE LA CONTIENDA Y NADIE LO DICE", "es"),
        ("Rivera se retiró hoy, dicen todos https://example.org/breaking-news-today #RiveraDropsOut @breaking", "es"),
    ],
)
def test_the_language_of_a_text_is_found(text: str, lang: str) -> None:
    assert language(text) == lang


@pytest.mark.parametrize(
    "text", ["", "lol", "Rivera!!", "👀👀👀", "#RiveraDropsOut https://example.org/a/long/link", "12345"]
)
def test_a_text_that_is_short_or_says_nothing_has_none(text: str) -> None:
    assert language(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(text: str) -> None:
    found = language(text)
    assert found is None or found.islower()
