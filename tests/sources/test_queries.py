from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import rulebook
from monitor.model import Candidate, Claim, ClaimStatus, Rules
from monitor.sources.queries import DIALECTS, hashtags, queries

SAMPLE = rulebook.load(Path(__file__).parents[2] / "rules")

RIVERA = Candidate(
    "rivera", "Ana Rivera", ("Councilmember Rivera", "Ana Rivera for Mayor"), ("@AnaForBellwater", "@ana.example"),
    ("#Rivera2026", "#2026"), ("Rivera",), ("council", "city hall"), ours=True,
)  # fmt: skip
MOON = Candidate("moon", "Daniel Moon", hashtags=("#Moon4D4",))
VOTE = Claim("by-text", "Voters can cast ballots by text message.", "No.", phrasings=("Vote from your phone today",))
RULES = Rules((RIVERA, MOON), (VOTE,), "v")

words = st.text(min_size=1, max_size=30)
letters = st.text(st.characters(categories=("L", "N")), min_size=2, max_size=20)
names = st.lists(letters, min_size=1, max_size=4).map(" ".join)
candidates = st.builds(
    Candidate,
    id=letters,
    name=names,
    aliases=st.lists(words, max_size=5).map(tuple),
    handles=st.lists(words, max_size=3).map(tuple),
    hashtags=st.lists(words, max_size=3).map(tuple),
    ambiguous=st.lists(words, max_size=2).map(tuple),
    context=st.lists(words, max_size=8).map(tuple),
)
claims = st.builds(
    Claim,
    id=letters,
    claim=st.text(max_size=200),
    truth=letters,
    status=st.sampled_from(ClaimStatus),
    about=st.sampled_from([(), ("rivera",)]),
    phrasings=st.lists(words, max_size=5).map(tuple),
)
rules = st.builds(
    Rules,
    candidates=st.lists(candidates, min_size=1, max_size=6).map(tuple),
    claims=st.lists(claims, max_size=3).map(tuple),
    version=st.just("v"),
)


@pytest.mark.parametrize("platform", DIALECTS)
@settings(max_examples=25, deadline=None)
@given(rules=rules)
def test_queries_are_within_every_limit_and_whole(platform: str, rules: Rules) -> None:
    dialect = DIALECTS[platform]
    found = queries(rules, platform)
    assert len(found) <= dialect.most
    assert len(set(found)) == len(found)
    for query in found:
        assert 0 < len(query) <= dialect.longest
        assert len(query.split()) <= dialect.words
        assert query.count('"') % 2 == 0
        assert query.count("(") == query.count(")")
        outside = re.sub(r'"[^"]*"', "x", query) if dialect.quote else ""
        assert not re.search(r"(^|\()\s*(OR|AND)\b|\b(OR|AND)\s*($|\))|\b(OR|AND)\s+(OR|AND)\b|\|\||^\||\|$", outside)
        assert not re.search(r"[\x00-\x1f]", query)


@pytest.mark.parametrize("platform", DIALECTS)
@settings(max_examples=25, deadline=None)
@given(rules=rules)
def test_every_candidate_is_among_them(platform: str, rules: Rules) -> None:
    together = " ".join(queries(rules, platform))
    for candidate in rules.candidates:
        assert " ".join(candidate.name.split()) in together


@settings(max_examples=25, deadline=None)
@given(rules=rules)
def test_the_same_rules_give_the_same_queries(rules: Rules) -> None:
    assert [queries(rules, platform) for platform in DIALECTS] == [queries(rules, platform) for platform in DIALECTS]


@settings(max_examples=25, deadline=None)
@given(rules=rules)
def test_hashtags_are_words_without_a_sign(rules: Rules) -> None:
    found = hashtags(rules)
    assert all(re.fullmatch(r"\w+", tag) and not tag.isdigit() for tag in found)
    assert len({tag.casefold() for tag in found}) == len(found)


@pytest.mark.parametrize("platform", DIALECTS)
def test_the_sample_campaign_asks_for_all_its_candidates(platform: str) -> None:
    together = " ".join(queries(SAMPLE, platform))
    assert all(candidate.name in together for candidate in SAMPLE.candidates)


def test_x_is_asked_for_everything_at_once() -> None:
    (query,) = queries(RULES, "x")
    assert query.split(" OR ", 6) == [
        '"Ana Rivera"', '"Daniel Moon"', "#Rivera2026", "#Moon4D4", '"Councilmember Rivera"', "@AnaForBellwater",
        '("Rivera" ("council" OR "city hall")) OR (voters ballots message) OR (vote phone today)',
    ]  # fmt: skip


def test_where_alternatives_cannot_be_joined_each_is_a_query() -> None:
    assert queries(RULES, "hackernews") == (
        '"Ana Rivera"', '"Daniel Moon"', '"Rivera2026"', '"Moon4D4"', '"Councilmember Rivera"',
        "voters ballots message", "vote phone today",
    )  # fmt: skip


def test_gdelt_wants_brackets_around_alternatives() -> None:
    assert queries(RULES, "gdelt")[0].startswith('("Ana Rivera" OR "Daniel Moon" OR ')


def test_lemmy_would_look_for_quotation_marks() -> None:
    assert queries(RULES, "lemmy")[0] == "Ana Rivera"


def test_quotation_marks_and_operators_in_a_name_do_no_harm() -> None:
    odd = Rules((Candidate("o", 'Jo "OR" Ann (-Smith) | AND'),), (), "v")
    assert queries(odd, "x") == ('"Jo OR Ann -Smith AND"',)


def test_only_claims_about_the_vote_that_are_matched_have_words_of_their_own() -> None:
    about = Claim("a", "Rivera secretly withdrew yesterday", "No.", about=("rivera",))
    retired = Claim("b", "Ballots burned yesterday evening", "No.", status=ClaimStatus.RETIRED)
    assert queries(Rules((MOON,), (about, retired), "v"), "hackernews") == queries(
        Rules((MOON,), (), "v"), "hackernews"
    )


def test_hashtags_to_follow_are_the_candidates_own_and_their_names() -> None:
    assert hashtags(RULES) == ("Rivera2026", "Moon4D4", "DanielMoon", "AnaRivera")
