from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mention import Mentions
from monitor.model import Candidate, Claim, Media, Mention, Post, Rules

RIVERA = Candidate(
    "rivera", "Ana Rivera", aliases=("Councilmember Rivera",), handles=("@anarivera.example",),
    hashtags=("#Rivera2026",), ambiguous=("Rivera",), context=("mayor", "dropped out"), ours=True,
)  # fmt: skip
MUNOZ = Candidate("munoz", "José Muñoz")
WANG = Candidate("wang", "王明")
WITHDRAWN = Claim("withdrawn", "Ana Rivera has withdrawn from the contest.", "She runs.", ("rivera",))
BY_TEXT = Claim("by-text", "You can vote by text message.", "You cannot.")
ICE = Claim("ice", "Agents will be at the polls.", "They will not.", must_mention=("migra", "ICE"))
MENTIONS = Mentions(Rules((RIVERA, MUNOZ, WANG), (WITHDRAWN, BY_TEXT, ICE), "v1"))


def read(text: str, author: str | None = None, alt: str | None = None) -> Mention:
    return MENTIONS.read(Post("1", text, author=author, media=(Media(alt=alt),)))


@pytest.mark.parametrize(
    "text",
    [
        "ANA RIVERA quit",
        "ana rivera's speech",
        "Аnа Rіvеrа quit",
        "councilmember rivera here",
        "ask @anarivera.example",
        "#Rivera2026 now",
        "#AnaRiveraOut",
        "Rivera for mayor",
        "Rivera: dropped out?",
    ],
)
def test_a_candidate_is_named_however_it_is_written(text: str) -> None:
    assert read(text).candidates == ("rivera",)


@pytest.mark.parametrize("text", ["Diana Riverall", "the Rivera bakery", "mayoral Riverana", "mayor of Town"])
def test_a_piece_of_a_word_or_a_bare_ambiguous_name_names_nobody(text: str) -> None:
    assert read(text).candidates == ()


def test_accents_do_not_matter() -> None:
    assert read("jose munoz").candidates == ("munoz",)


def test_a_name_in_a_script_without_spaces_is_found() -> None:
    assert read("我觉得王明退选了").candidates == ("wang",)


def test_the_description_of_a_picture_counts_as_text() -> None:
    assert read("look", alt="A letter by Ana Rivera").candidates == ("rivera",)


def test_no_name_is_found_across_two_texts() -> None:
    assert read("this is Ana", alt="Rivera bakery").candidates == ()


def test_a_candidates_own_post_is_about_the_candidate() -> None:
    assert read("I am going nowhere", author="AnaRivera.example").candidates == ("rivera",)


def test_a_bare_ambiguous_name_implies_the_claims_about_its_bearer() -> None:
    mention = read("Rivera is out!!")
    assert (mention.candidates, mention.implied) == ((), ("withdrawn",))
    assert mention.concerns(WITHDRAWN)
    assert not mention.names(WITHDRAWN)


def test_two_words_of_a_claim_imply_it_and_one_does_not() -> None:
    assert read("so she has withdrawn from the contest").implied == ("withdrawn",)
    assert not read("they have withdrawn the ferry")


def test_words_about_the_vote_bring_a_post_in_for_claims_about_the_vote() -> None:
    mention = read("¿Dónde están las urnas?")
    assert mention.vote_claims == ("by-text",)
    assert mention.concerns(BY_TEXT)
    assert not mention.concerns(ICE)


def test_must_mention_takes_the_place_of_all_other_words() -> None:
    assert read("La Migra is coming").vote_claims == ("ice",)
    assert "ice" not in read("agents at the polls").implied
    assert read("nice ice-cream and rice").vote_claims == ("ice",)
    assert not read("nice rice")


def test_a_post_about_nothing_is_about_nothing() -> None:
    assert not read("lovely weather")


def test_empty_rules_find_nothing() -> None:
    assert not Mentions(Rules((), (), "v0")).read(Post("1", "Ana Rivera"))


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    assert list(found.candidates) == sorted(set(found.candidates))


@pytest.mark.parametrize(
    "text",
    [
        "An4 R1ver4 quit",
        "A n a R i v e r a quit",
        "#anariveraquits",
        "#rivera2026",
        "A.n.a R.i.v.e.r.a",
        "Ana Riv🔥era",
        "Ana\nRivera",
        "Ana Riveraaaa",
    ],
)
def test_a_candidate_in_disguise_is_found(text: str) -> None:
    assert read(text).candidates == ("rivera",)
