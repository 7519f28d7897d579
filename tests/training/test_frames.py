from __future__ import annotations

import numpy as np
import pytest

from training.frames import can_be_framed, framed

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize(
    "text", ["", "Is she out?", "@anna she is out", "RT @anna: she is out", " ".join(["word"] * 26)]
)
def test_questions_replies_and_long_posts_are_not_passed_on_in_a_sentence(text: str) -> None:
    assert not can_be_framed(text)


def test_whoever_says_it_says_the_whole_of_it() -> None:
    passed_on = {framed("Price is out!", RANDOM) for _ in range(300)}
    assert all("Price is out" in text for text in passed_on)
    assert {text.startswith("Price") for text in passed_on} == {True, False}


def test_inside_a_sentence_a_name_keeps_its_capital_and_an_article_does_not() -> None:
    texts = {framed("The polls are closed", RANDOM) for _ in range(300)} | {framed("Price quit", RANDOM)}
    inside = [text for text in texts if not text.lower().startswith(("the polls", "price"))]
    assert inside
    assert not any("The polls" in text for text in inside)
