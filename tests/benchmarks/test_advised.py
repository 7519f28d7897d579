from __future__ import annotations

from random import Random

from benchmarks.parts.advised import Counted, Weighed, counted, fell, halves, verdicts

BARS = {"quit": 0.5, "jail": 0.5}


def post(number: int, label: str, quit_score: float, jail_score: float = 0.0, claim: str | None = "quit") -> Weighed:
    scores = {"quit": quit_score, "jail": jail_score}
    return Weighed(str(number), f"post {number}", label, claim, None, scores, dict.fromkeys(scores, ("", "")))


POSTS = [post(number, "spread" if number % 2 else "debunk", 0.9 if number < 20 else 0.1) for number in range(40)]


def test_a_post_alerts_for_its_likeliest_claim_at_or_above_its_threshold() -> None:
    assert post(1, "spread", 0.5, 0.4).told_as(BARS) == "quit"
    assert post(1, "spread", 0.6, 0.7).told_as(BARS) == "jail"
    assert post(1, "spread", 0.6, 0.7).told_as(BARS | {"jail": 0.8}) == "quit"
    assert post(1, "spread", 0.4).told_as(BARS) is None


def test_what_is_judged_and_what_is_counted_are_different_posts() -> None:
    seen, held = halves(POSTS, Random(1))

    assert len(seen) == len(held) == 20
    assert {one.id for one in seen} | {one.id for one in held} == {one.id for one in POSTS}


def test_three_quarters_of_the_verdicts_are_on_alerts_and_a_share_is_wrong() -> None:
    right = verdicts(POSTS, "quit", BARS, 16, 0.0, Random(1))
    wrong = verdicts(POSTS, "quit", BARS, 16, 1.0, Random(1))

    assert len(right) == 16
    assert sum((one.score or 0) > 0.5 for one in right) == 12
    assert all(one.asserts == (int(one.post.id) % 2 == 1) for one in right)
    assert [one.asserts for one in wrong] == [not one.asserts for one in right]
    assert len(verdicts(POSTS, "quit", BARS, 100, 0.1, Random(1))) == 40


def test_questions_and_jokes_count_neither_way() -> None:
    posts = [
        post(1, "spread", 0.9),
        post(2, "debunk", 0.9),
        post(3, "question", 0.9),
        post(4, "spread", 0.9, 0, "jail"),
    ]

    assert counted(posts, ["quit", "quit", "quit", None]) == {"quit": Counted(2, 1)}


def test_precision_falls_only_where_there_are_alerts_left() -> None:
    assert fell(Counted(4, 3), Counted(4, 2))
    assert not fell(Counted(4, 3), Counted(2, 2))
    assert not fell(Counted(4, 3), Counted(0, 0))
    assert not fell(Counted(0, 0), Counted(3, 0))
