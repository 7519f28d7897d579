from __future__ import annotations

import pytest

from monitor.rulebook.effect import HELPS, Effect, Kind, Reread, effect, in_words, tried

RIGHT, FALSE = {"quit": True}, {"quit": False}


def reread(was: str | None, then: str | None, said: dict[str, bool]) -> Reread:
    """A post that is told as another claim, with the scores as they were."""
    return Reread((was, then), (0.6, 0.6), said.get("quit"), said)


def test_an_effect_counts_alerts_by_what_people_said_of_them() -> None:
    found = effect([
        reread(None, "quit", RIGHT), reread(None, "quit", RIGHT), reread(None, "quit", FALSE),
        reread("quit", None, FALSE), reread("quit", "jail", {"quit": True, "jail": False}),
        reread(None, "quit", {"jail": False}), reread("jail", "quit", {"jail": True}), reread("quit", "quit", RIGHT),
    ])  # fmt: skip

    # Confirmed to make another claim, a post does not make this one; called false for another, it may.
    assert found == Effect(6, right_more=2, right_fewer=2, false_more=3, false_fewer=1, unknown_more=1)


def test_scores_agree_better_where_they_move_towards_what_people_said() -> None:
    def agrees(*scores: tuple[float | None, float | None, bool]) -> float:
        return effect([Reread((None, None), (was, then), asserts, {}) for was, then, asserts in scores]).agrees

    assert agrees((0.3, 0.4, True), (0.3, 0.2, False), (0.3, None, False)) > 0
    assert agrees((0.3, 0.2, True), (0.3, 0.4, False)) < 0
    assert agrees((0.3, 0.3, True)) == 0
    assert agrees(*[(0.3, 0.4, True)] * 2) < HELPS < agrees(*[(0.3, 0.4, True)] * 3)
    # A single wrong verdict on a post that is plainly scored cannot outweigh the others.
    assert agrees(*[(0.3, 0.6, True)] * 6, (0.9, 1.0, False)) > HELPS


def test_the_effect_is_said_in_words_with_how_sure_it_is() -> None:
    few, many, none = Effect(24, right_more=3), Effect(60, right_more=7), Effect(5)

    assert in_words(Kind.PHRASING, few) == (
        "would, beside its own post, have caught 3 more confirmed posts, 0 more false ones, of 24 verdicts:"
        " not sure yet"
    )
    assert in_words(Kind.PHRASING, many).endswith("of 60 verdicts: fairly sure")
    assert in_words(Kind.LOOK_ALIKE, none) == (
        "would, beside its own post, have changed no alert, of 5 verdicts: not sure yet"
    )
    assert in_words(Kind.THRESHOLD, Effect(24, false_fewer=2)) == (
        "would have dropped 2 false alarms, 0 confirmed posts, of 24 verdicts: not sure yet"
    )


@pytest.mark.parametrize("kind", [Kind.PHRASING, Kind.LOOK_ALIKE])
@pytest.mark.parametrize(
    ("found", "against"),
    [
        (Effect(9, right_more=5, agrees=9), "too few other verdicts to try it on: 9; 10 are the least"),
        (
            Effect(20, right_more=5, false_more=1, agrees=9),
            "of what it adds, 1 were false and 0 nobody judged",
        ),
        (
            Effect(20, right_more=5, unknown_more=2, agrees=9),
            "of what it adds, 0 were false and 2 nobody judged",
        ),
        (Effect(20, false_fewer=5, right_fewer=1, agrees=9), "confirmed posts that it loses: 1"),
        (
            Effect(20, agrees=1),
            "that it helps does not show: with it, scores fit what people said hardly better than chance would",
        ),
        (Effect(20, agrees=-1), "that it helps does not show: with it, scores fit what people said worse"),
        (Effect(20, agrees=2), ""),
    ],
)
def test_a_sentence_is_suggested_only_where_it_helps_and_nothing_speaks_against_it(
    kind: Kind, found: Effect, against: str
) -> None:
    assert tried(kind, "she left", found, []).against == against


def test_a_threshold_is_dropped_where_it_does_as_much_harm_as_good() -> None:
    assert not tried(Kind.THRESHOLD, "0.6", Effect(40, false_fewer=12, right_fewer=1), []).against
    assert tried(Kind.THRESHOLD, "0.6", Effect(40, false_fewer=2, right_fewer=2), []).against
    assert not tried(Kind.THRESHOLD, "0.4", Effect(40, right_more=12, false_more=1), []).against
    assert tried(Kind.THRESHOLD, "0.4", Effect(40, right_more=1, unknown_more=1), []).against


def test_a_change_that_breaks_a_test_names_it() -> None:
    found = tried(Kind.PHRASING, "she left", Effect(20, agrees=9), ["Ana left Ohio", "Ana left early"])

    assert found.against == "it breaks the test “Ana left Ohio” and 1 more"
