from __future__ import annotations

from benchmarks.parts.applied import AFTER, BEFORE, Held, Outcome, Sentence, alerts, with_advice
from monitor.model import Claim, Rules
from monitor.rulebook.advising import Advice
from monitor.rulebook.effect import Effect, Kind, Tried

HELD = [
    Held("quit", ("quit", "quit")),
    Held("quit", (None, "quit")),
    Held(None, ("quit", None)),
    Held("jail", ("quit", "jail")),
    Held("quit", (None, None)),
]


def tried(kind: Kind, text: str, against: str = "") -> Tried:
    return Tried(kind, text, Effect(9), "", against)


def test_an_alert_is_right_for_the_claim_that_the_post_makes() -> None:
    before, after, jail = alerts(HELD, BEFORE), alerts(HELD, AFTER), alerts(HELD, AFTER, "jail")

    assert (before.right, before.alerts) == (1, 3)
    assert (after.right, after.alerts) == (3, 3)
    assert (jail.right, jail.alerts) == (1, 1)


def test_all_that_is_suggested_is_put_to_use_together_and_nothing_that_was_dropped() -> None:
    rules = Rules((), (Claim("quit", "She quit.", "", phrasings=("she is out",)), Claim("jail", "Jailed.", "")), "1")
    suggested = (tried(Kind.THRESHOLD, "0.6"), tried(Kind.PHRASING, "she left"), tried(Kind.LOOK_ALIKE, "a bill"))
    advice = Advice("quit", 9, 5, None, "", 0, suggested, (tried(Kind.PHRASING, "no", "it harms"),), ())

    quit_, jail = with_advice(rules, [advice]).claims

    assert (quit_.threshold, quit_.phrasings, quit_.not_this) == (0.6, ("she is out", "she left"), ("a bill",))
    assert jail == rules.claims[1]


def test_an_outcome_says_what_came_and_what_went() -> None:
    outcome = Outcome()
    outcome.add(Outcome([True], [True, None], 1, [Sentence(Kind.PHRASING, True, False)], HELD))

    lines = outcome.lines()

    assert lines[0] == (
        "thresholds: 1; phrasings: 1 suggested, 1 wrong, 0 dropped, 0 wrong; "
        "look-alikes: 0 suggested, 0 wrong, 0 dropped, 0 wrong"
    )
    assert lines[1] == "precision 1 of 3 (0.333) before, 3 of 3 (1.000) after: +0.6667"
    assert lines[3:] == [
        "recall 0.250 before, 0.750 after",
        "right alerts: 2 came, 0 went",
        "wrong alerts: 0 came, 2 went",
        "precision of a draw: fell in 0 of 1, rose in 1",
        "precision of a claim: fell in 0 of 2, rose in 1",
    ]
