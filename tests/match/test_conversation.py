"""Which posts do no more than agree with the post that they answer or quote. The cases are written by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.match import conversation
from monitor.model import Decision, Match, Media, Post, Stance

PARENT = Post("1", "Ana Rivera has dropped out of the race", "x", media=(Media(alt="a letter"),))
CASES: dict[str, list[str]] = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
AGREEING = CASES["agreeing"]
OTHERS = [*CASES["denying"], *CASES["asking"], *CASES["unrelated"]]


def answer(text: str) -> Post:
    return Post("2", text, "x", reply_to="1")


@pytest.mark.parametrize("text", AGREEING)
def test_a_post_agrees(text: str) -> None:
    assert conversation.may_agree(answer(text))


@pytest.mark.parametrize("text", OTHERS)
def test_a_post_does_not_agree(text: str) -> None:
    assert not conversation.may_agree(answer(text))


def test_what_answers_nothing_agrees_with_nothing() -> None:
    assert not conversation.may_agree(Post("2", "This is true, share it", "x"))


def test_a_quote_without_words_passes_on_what_it_quotes() -> None:
    quote = Post("2", "", "x", quote_of="1")
    assert conversation.may_agree(quote)
    assert not conversation.may_agree(replace(quote, media=(Media(alt="a clown"),)))


def match(decision: Decision, stance: Stance) -> Match:
    return Match("x:2", "withdrawn", "she quit", 0.9, stance, decision, "the parent's words", "asserts it")


SPREADS, SILENT = match(Decision.ALERT, Stance.SUPPORT), match(Decision.QUIET, Stance.COMMENT)


def test_agreement_with_what_asserts_a_claim_asserts_it_and_keeps_no_word_of_the_post_above() -> None:
    found = conversation.settled(answer("this is true"), None, SPREADS, SPREADS)
    assert found == replace(SPREADS, sentence="this is true", why="asserts it; with the post that it answers")


@pytest.mark.parametrize("text", OTHERS)
def test_nothing_else_does_whatever_the_judge_hears_in_both(text: str) -> None:
    assert conversation.settled(answer(text), SILENT, SPREADS, SPREADS) is SILENT


@pytest.mark.parametrize("said", [None, SILENT, replace(SPREADS, claim_id="ill")])
def test_agreement_with_what_does_not_assert_the_claim_is_left_as_it_was(said: Match | None) -> None:
    assert conversation.settled(answer("this is true"), SILENT, said, SPREADS) is SILENT
    assert conversation.settled(answer("this is true"), SILENT, SPREADS, said) is SILENT


@pytest.mark.parametrize("own", [match(Decision.QUIET, Stance.DENY), match(Decision.WATCH, Stance.QUERY), SPREADS])
def test_what_a_posts_own_words_settle_stays(own: Match) -> None:
    assert conversation.settled(answer("this is true"), own, SPREADS, SPREADS) is own


def test_both_are_read_with_the_parents_pictures_and_card() -> None:
    both = conversation.together(answer("this is true"), PARENT)
    assert (both.key, both.text) == ("x:2", "Ana Rivera has dropped out of the race\na letter\nthis is true")
