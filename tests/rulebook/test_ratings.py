from __future__ import annotations

import pytest

from monitor.model import FactCheck, Grade
from monitor.rulebook.ratings import Ruling, ruling


def rated(rating: str, site: str = "checks.example", grade: Grade | None = None) -> FactCheck:
    return FactCheck("Ana Rivera quit.", rating, f"https://{site}/1", site, grade=grade)


@pytest.mark.parametrize(
    "rating",
    [
        "False", "FALSE!", "Pants on Fire", "Pants on Fire!", "Mostly False", "Falso", "falsa.", "Bulo", "Faux",
        "Größtenteils falsch", "False. She is on the ballot.", "FALSE - no record",
    ],
)  # fmt: skip
def test_words_for_false(rating: str) -> None:
    assert ruling(rated(rating)) is Ruling.FALSE


@pytest.mark.parametrize(
    "rating", ["True", "Half True", "half-true", "Mostly True", "Misleading", "Engañoso", "Missing context", "Satire"]
)
def test_words_for_anything_else(rating: str) -> None:
    assert ruling(rated(rating)) is Ruling.NOT_FALSE


@pytest.mark.parametrize("rating", ["Not false", "Falsehood of the year", "Mostly Cloudy", "not true that it is false"])
def test_what_is_in_no_table_is_not_guessed(rating: str) -> None:
    assert ruling(rated(rating)) is Ruling.UNKNOWN
    assert ruling(rated(rating, grade=Grade(1, 1, 5))) is Ruling.UNKNOWN


def test_a_publisher_s_own_words_count_for_it_alone() -> None:
    assert ruling(rated("Four Pinocchios", "washingtonpost.com")) is Ruling.FALSE
    assert ruling(rated("Two Pinocchios", "www2.washingtonpost.com")) is Ruling.NOT_FALSE
    assert ruling(rated("Four Pinocchios")) is Ruling.UNKNOWN
    assert ruling(rated("Four Pinocchios", "notwashingtonpost.com")) is Ruling.UNKNOWN


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (Grade(1, 1, 5), Ruling.FALSE),
        (Grade(2, 1, 5), Ruling.FALSE),
        (Grade(3, 1, 5), Ruling.NOT_FALSE),
        (Grade(0, 0, 10), Ruling.FALSE),
        (Grade(-1, 1, 5), Ruling.UNKNOWN),
        (Grade(1, 5, 1), Ruling.UNKNOWN),
        (Grade(1, 1, 1), Ruling.UNKNOWN),
        (Grade(float("nan"), 1, 5), Ruling.UNKNOWN),
        (Grade(1, 1, float("inf")), Ruling.UNKNOWN),
        (None, Ruling.UNKNOWN),
    ],
)
def test_a_number_counts_where_there_are_no_words(grade: Grade | None, expected: Ruling) -> None:
    assert ruling(rated("", grade=grade)) is expected
    assert ruling(rated("1/5", grade=grade)) is expected


def test_a_person_may_take_more_for_false() -> None:
    assert ruling(rated("Mostly Cloudy"), ["mostly cloudy"]) is Ruling.FALSE
    assert ruling(rated("Misleading"), ["misleading"]) is Ruling.FALSE
