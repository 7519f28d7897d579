"""What the judge says moves a claim of a plain list up or down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.match.index import Near
from monitor.match.listing import reordered
from monitor.model import Claim

CHANCES = st.floats(0, 1)


def near(number: str, score: float) -> Near:
    claim = Claim(number, f"claim {number}", "It is not so.", ())
    return Near(claim, score=score, cosine=score, lexical=score, wording=claim.claim, window="a post")


def order(nearest: list[Near], about: dict[str, float]) -> list[str]:
    return [one.claim.id for one in reordered(nearest, about)]


def test_a_claim_that_the_post_is_about_overtakes_one_that_is_only_a_little_nearer() -> None:
    assert order([near("a", 0.62), near("b", 0.6)], {"a": 0.01, "b": 0.9}) == ["b", "a"]


def test_it_does_not_overtake_one_that_is_much_nearer() -> None:
    assert order([near("a", 0.9), near("b", 0.4)], {"a": 0.01, "b": 0.9}) == ["a", "b"]


def test_a_claim_that_was_not_judged_counts_as_the_least_likely_of_those_that_were() -> None:
    assert order([near("a", 0.6), near("b", 0.59), near("c", 0.3)], {"b": 0.9, "c": 0.001}) == ["b", "a", "c"]


def test_nearness_alone_decides_where_nothing_was_judged() -> None:
    assert order([near("a", 0.6), near("b", 0.5)], {}) == ["a", "b"]


@given(st.lists(st.tuples(CHANCES, CHANCES), min_size=1, max_size=8))
def test_every_claim_stays_and_scores_fall_from_the_first_to_the_last(given: list[tuple[float, float]]) -> None:
    nearest = [near(str(number), score) for number, (score, _) in enumerate(given)]
    found = reordered(nearest, {str(number): chance for number, (_, chance) in enumerate(given)})
    assert {one.claim.id for one in found} == {one.claim.id for one in nearest}
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0
