from __future__ import annotations

from dataclasses import replace

from monitor.alert.slack import answers
from monitor.alert.slack.blocks import Message
from monitor.alert.slack.views import CheckView, ClaimLine, ClaimsView, StatusView
from monitor.model import Claim, ClaimStatus, Decision, Match
from tests.alert.slack.limits import elements, message_problems, texts


def said(message: Message) -> str:
    assert message_problems(message) == []
    return "\n".join(texts(message))


def test_a_check_gives_each_verdict_in_words_and_can_be_reported(claim: Claim, match: Match) -> None:
    other = replace(match, decision=Decision.QUIET, score=0.1, why="it denies the claim")
    message = answers.check_answer(CheckView("She quit", "", ((claim, match), (claim, other)), "token"))

    assert "Would alert: \nAna Rivera has withdrawn from the race. Asserts it, very likely (93%)" in said(message)
    assert "it denies the claim" in message.text
    (button,) = elements(message, "button")
    assert (button["action_id"], button["value"]) == ("report_sighting", "token")


def test_a_check_of_something_else_says_why_it_stays_quiet() -> None:
    message = answers.check_answer(CheckView("Nice weather", "names no candidate"))

    assert "Stays quiet: \nnames no candidate" in said(message)
    assert list(elements(message, "button")) == []


def test_the_status_says_troubles_first() -> None:
    assert said(answers.status_answer(StatusView((), ("3 open incidents",)))).startswith("Everything is well\n3 open")
    assert said(answers.status_answer(StatusView(("bluesky is blind",), ("a",)))).startswith("1 trouble\n⚠️ bluesky")


def test_the_claims_are_listed_with_what_is_open_and_how_often_they_cried_wolf(claim: Claim) -> None:
    busy = ClaimLine(claim, "withdrawn-3f2a9c1b", 4, 1)
    shadow = ClaimLine(replace(claim, id="arrested", status=ClaimStatus.SHADOW))
    shown = said(answers.claims_answer(ClaimsView((busy, shadow), "a1b2c3")))

    assert "withdrawn (active, critical): Ana Rivera has withdrawn from the race." in shown
    assert "open: withdrawn-3f2a9c1b · 7 days: 4 alerts, 1 false alarm" in shown
    assert "arrested (shadow, critical): Ana Rivera has withdrawn from the race.\n" in shown


def test_very_many_claims_are_cut_with_a_number(claim: Claim) -> None:
    assert "and 950 more" in said(answers.claims_answer(ClaimsView((ClaimLine(claim),) * 1000, "a1b2c3")))
    assert "hold no claim" in said(answers.claims_answer(ClaimsView((), "a1b2c3")))
