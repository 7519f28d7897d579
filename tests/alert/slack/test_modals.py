from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.alert.slack import modals, names
from monitor.alert.slack.blocks import Modal
from monitor.alert.slack.views import (
    CorrectionsView,
    NewClaimView,
    PostedView,
    ReportView,
    ScoredClaim,
    SilencePreviewView,
    SilenceView,
    WhyView,
    WrongClaimView,
)
from monitor.config import DeskConfig
from monitor.model import (
    Candidate,
    Claim,
    Incident,
    IncidentState,
    Match,
    Person,
    Post,
    RenderedCorrection,
    SilenceScope,
)
from tests.alert.slack.limits import elements, texts, view_problems

DESK = DeskConfig()
CHOICES = (
    RenderedCorrection("Ana Rivera is on the ballot.", "bluesky", "en", 28, 300),
    RenderedCorrection("Ana Rivera sigue en la boleta.", "bluesky", "es", 30, 300),
)


def checked(modal: Modal) -> Modal:
    assert view_problems(modal) == []
    return modal


def said(modal: Modal) -> str:
    return "\n".join(texts(modal))


@pytest.fixture
def view(incident: Incident, claim: Claim, post: Post) -> CorrectionsView:
    return CorrectionsView(incident, claim, post, CHOICES, DESK)


def compose(modal: Modal) -> dict[str, str]:
    buttons = [button for button in elements(modal, "button") if "url" in button]
    return {button["action_id"]: parse_qs(urlsplit(button["url"]).query)["text"][0] for button in buttons}


def field(modal: Modal) -> tuple[str, str | None]:
    (block,) = [block for block in elements(modal, "input") if block["element"]["action_id"] == names.TEXT]
    return block["block_id"], block["element"].get("initial_value")


def test_the_best_correction_is_shown_first_ready_to_edit_and_to_open_anywhere(view: CorrectionsView) -> None:
    modal = checked(modals.corrections(view))

    assert field(modal) == ("text.0", "Ana Rivera is on the ballot.")
    assert compose(modal) == dict.fromkeys(
        ("compose_bluesky", "compose_x", "compose_mastodon", "compose_threads", "compose_reddit"),
        "Ana Rivera is on the ballot.",
    )
    assert modal.submit is not None
    assert modal.submit.text.startswith("Posted")
    meta = names.unpack(modal.private_metadata, names.CorrectionMeta)
    assert meta == names.CorrectionMeta("withdrawn-3f2a9c1b", "bluesky", "en", 0)


def test_the_posts_own_platform_comes_first_with_what_is_left_there(view: CorrectionsView) -> None:
    modal = checked(modals.corrections(view))

    first = next(elements(modal, "button"))
    assert (first["action_id"], first["style"]) == ("compose_bluesky", "primary")
    assert "Bluesky: 272 left · X: 252 left · Mastodon: 472 left · Threads: 472 left" in said(modal)


def test_another_text_can_be_chosen_and_takes_the_place_of_what_was_typed(view: CorrectionsView) -> None:
    (select,) = elements(checked(modals.corrections(view)), "static_select")
    assert [option["value"] for option in select["options"]] == ["0", "1"]

    other = checked(modals.corrections(replace(view, chosen=1)))

    assert field(other) == ("text.1", "Ana Rivera sigue en la boleta.")
    assert names.unpack(other.private_metadata, names.CorrectionMeta).lang == "es"


def test_the_links_are_filled_with_the_text_as_it_was_edited(view: CorrectionsView) -> None:
    edited = checked(modals.corrections(replace(view, text="She is " + "very " * 80 + "much on the ballot.")))

    assert compose(edited)["compose_x"].startswith("She is very very")
    assert "Bluesky: 126 TOO LONG" in said(edited)
    assert field(edited)[0] == "text.0"


def test_without_a_prewritten_text_one_can_be_written(view: CorrectionsView) -> None:
    modal = checked(modals.corrections(replace(view, choices=())))

    assert field(modal) == ("text.0", None)
    assert list(elements(modal, "actions")) == []
    assert names.unpack(modal.private_metadata, names.CorrectionMeta).platform == "bluesky"


def test_a_post_that_was_deleted_can_still_be_corrected(view: CorrectionsView) -> None:
    assert "no longer stored" in said(checked(modals.corrections(replace(view, post=None))))


def test_a_second_correction_says_what_it_does(view: CorrectionsView, now: datetime) -> None:
    again = replace(view, incident=replace(view.incident, corrected_at=now))

    assert "A correction is posted already" in said(checked(modals.corrections(again)))


def test_posted_asks_for_the_address(view: CorrectionsView) -> None:
    modal = checked(modals.posted(PostedView("withdrawn-3f2a9c1b", "x", "en", "On the ballot.")))

    url, text = elements(modal, "input")
    assert (url["block_id"], url["element"]["type"]) == ("url", "url_text_input")
    assert text["element"]["initial_value"] == "On the ballot."
    assert "takes its place" in said(modals.posted(PostedView("i", "x", "en", "a", url="https://example.org/1")))


def test_a_silence_asks_what_how_long_and_why() -> None:
    offered = ((SilenceScope.CLAIM, "The claim"), (SilenceScope.ACCOUNT, "The account @a on bluesky"))
    modal = checked(modals.silence(SilenceView("withdrawn-3f2a9c1b", offered, date(2026, 10, 21))))

    assert [block["block_id"] for block in elements(modal, "input")] == ["scope", "duration", "until", "reason"]
    scope, duration = elements(modal, "radio_buttons")
    assert [option["value"] for option in scope["options"]] == ["claim", "account"]
    assert [option["value"] for option in duration["options"]] == ["1h", "today", "date"]
    assert next(elements(modal, "datepicker"))["initial_date"] == "2026-10-21"


def test_a_preview_says_what_the_silence_would_have_muted(post: Post, now: datetime) -> None:
    until = now + timedelta(hours=1)
    view = SilencePreviewView("i", SilenceScope.ACCOUNT, "the account @a on bluesky", until, "a satire account")

    counting = checked(modals.silence_preview(view))
    counted = checked(modals.silence_preview(replace(view, posts=12, alerts=1, examples=(post,))))

    assert "Counting" in said(counting)
    assert "In the last day it would have muted 12 posts and 1 alert." in said(counted)
    assert "Rivera dropped out!!" in said(counted)
    assert "20 Oct 2026 13:00 UTC" in said(counted)
    meta = names.unpack(counted.private_metadata, names.SilenceMeta)
    assert meta == names.SilenceMeta("i", SilenceScope.ACCOUNT, until, "a satire account")


def claims(claim: Claim, count: int) -> tuple[ScoredClaim, ...]:
    return tuple(ScoredClaim(replace(claim, id=f"claim-{number}"), 0.9 - number / 1000) for number in range(count))


def test_the_right_claim_is_chosen_likeliest_first_of_as_many_as_a_select_holds(
    incident: Incident, claim: Claim, post: Post
) -> None:
    modal = checked(modals.wrong_claim(WrongClaimView(incident, claim, post, claims(claim, 300))))

    (select,) = elements(modal, "static_select")
    assert len(select["options"]) == 100
    assert select["initial_option"]["value"] == "claim-0"
    assert select["options"][0]["text"]["text"].startswith("90%: Ana Rivera has withdrawn")


def test_without_another_claim_there_is_nothing_to_send(incident: Incident, claim: Claim, post: Post) -> None:
    modal = checked(modals.wrong_claim(WrongClaimView(incident, claim, post, ())))

    assert modal.submit is None
    assert "no other claim" in said(modal)


def test_why_says_what_decided(incident: Incident, claim: Claim, post: Post, match: Match) -> None:
    view = WhyView(incident, claim, post, match, 0.6, "a1b2c3", claims(claim, 2))

    shown = said(checked(modals.why(view)))

    for part in (
        "very likely asserts the claim (93%); it alerts from 60%",
        "Asserts it",
        "Rivera dropped out of the race",
        "close to a known wording, and nothing denies it",
        "The words that decided:",
        "Next likeliest claims",
        "rules a1b2c3",
    ):
        assert part in shown
    assert "no longer stored" in said(checked(modals.why(replace(view, match=None, post=None, claim=None))))


def test_why_asks_whether_it_is_right_until_somebody_said_so(
    incident: Incident, claim: Claim, post: Post, match: Match
) -> None:
    view = WhyView(incident, claim, post, match, 0.6, "a1b2c3")
    asked = checked(modals.why(view))
    told = said(checked(modals.why(replace(view, confirmed=Person("U1ANA", "Ana Flores")))))
    gone = said(modals.why(replace(view, post=None)))
    false_alarm = replace(incident, state=IncidentState.FALSE_ALARM)

    assert "Yes, this claim" in said(asked)
    assert [button["value"] for button in elements(asked, "button")] == [incident.id]
    assert "Ana Flores: it is this claim" in told
    assert "Yes, this claim" not in told
    assert "Yes, this claim" not in gone
    assert "Yes, this claim" not in said(modals.why(replace(view, incident=false_alarm)))


def test_a_new_claim_is_filled_with_what_was_typed() -> None:
    candidates = (Candidate("rivera", "Ana Rivera"),)
    modal = checked(modals.new_claim(NewClaimView("Rivera moved to Spain", candidates)))

    fields = {block["block_id"]: block["element"] for block in elements(modal, "input")}
    assert set(fields) == {"claim", "truth", "evidence", "candidate", "severity", "phrasings", "correction"}
    assert fields["claim"]["initial_value"] == fields["phrasings"]["initial_value"] == "Rivera moved to Spain"
    assert [option["value"] for option in fields["candidate"]["options"]] == ["rivera", "-"]
    assert [option["value"] for option in fields["severity"]["options"]] == ["low", "medium", "high", "critical"]
    checked(modals.new_claim(NewClaimView("", ())))


def test_a_sighting_is_reported_with_its_claim_and_address(claim: Claim) -> None:
    modal = checked(modals.report(ReportView("She quit!", "https://example.org/1", claims(claim, 3), "token")))

    assert names.unpack(modal.private_metadata, names.ReportMeta) == names.ReportMeta("token")
    assert next(elements(modal, "url_text_input"))["initial_value"] == "https://example.org/1"
    assert checked(modals.report(ReportView("She quit!", None, ()))).submit is None
