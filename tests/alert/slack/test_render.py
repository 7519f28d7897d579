from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.alert.slack.blocks import Message, escape, escaped
from monitor.alert.slack.render import render
from monitor.config import DeskConfig
from monitor.model import (
    Alert,
    IncidentState,
    Match,
    Notification,
    NotificationKind,
    Person,
    Post,
    Reason,
    RenderedCorrection,
)
from tests.alert.slack.limits import elements, message_problems, texts

HOSTILE = '<!channel> *bold* <https://evil.example|bank> @here :fire: & "quoted" \\ \x1b[2J \u202e'
DESK = DeskConfig()
ANA = Person("U0ANA", "Ana Flores")


def note(alert: Alert, kind: NotificationKind = NotificationKind.MESSAGE) -> Notification:
    return Notification("withdrawn-3f2a9c1b.message.0123456789ab", kind, (alert,))


def shown(alert: Alert, settings: DeskConfig | None = DESK) -> Message:
    message = render(note(alert), settings)
    assert message_problems(message) == []
    return message


def said(message: Message) -> str:
    return "\n".join(texts(message))


def inside(message: Message, kind: str) -> list[str]:
    return ["".join(text["text"] for text in part["elements"]) for part in elements(message, kind)]


def labels(message: Message) -> list[str]:
    return [button["text"]["text"] for button in elements(message, "button")]


def changed(alert: Alert, **incident: object) -> Alert:
    return replace(alert, incident=replace(alert.incident, **incident))  # type: ignore[arg-type]


@pytest.fixture
def told(alert: Alert, now: datetime) -> Alert:
    """An alert of an incident that people were told about two minutes after its first post."""
    return replace(changed(alert, alerted_at=now + timedelta(minutes=2)), decided_at=now + timedelta(minutes=2))


def owned(alert: Alert, now: datetime) -> Alert:
    return changed(alert, owner=ANA, owned_at=now + timedelta(minutes=3))


def corrected(alert: Alert, now: datetime) -> Alert:
    return changed(
        owned(alert, now),
        state=IncidentState.CORRECTED,
        corrected_at=now + timedelta(minutes=9),
        corrected_by=ANA,
        correction_url="https://example.org/our-answer",
    )


def test_a_message_leads_with_severity_and_claim(alert: Alert) -> None:
    header = next(elements(shown(alert), "header"))

    assert header["text"]["text"] == "🔴 CRITICAL: Ana Rivera has withdrawn from the race."
    assert header["block_id"] == note(alert).delivery_id


@pytest.mark.parametrize(
    "part",
    [
        "Nobody has it yet.",
        "To do: an owner by 12:07 UTC, a correction by 12:30 UTC.",
        "@someone.example on bluesky · 120 followers · 12:00 UTC",
        "1 post by 1 account on bluesky, 1 in the last hour",
        "Asserts it, very likely (93%); nearest wording: Rivera dropped out of the race",
        "Ana Rivera is on the November 3 ballot.",
        "Correction (en, 28 of 300 characters on bluesky)",
        "First post 12:00 UTC · alerted after 2 min",
        "First sighting · withdrawn-3f2a9c1b · rules a1b2c3",
    ],
)
def test_a_message_shows_what_a_responder_asks(told: Alert, part: str) -> None:
    assert part in said(shown(told))


def test_without_the_desk_a_message_has_nothing_to_press_and_says_why_it_matched(told: Alert) -> None:
    message = shown(told, None)

    assert list(elements(message, "actions")) == []
    assert "To do" not in said(message)
    assert "close to a known wording, and nothing denies it" in said(message)


def test_a_message_has_three_buttons_and_five_more_behind_the_dots(told: Alert) -> None:
    message = shown(told)
    take_on, corrections, not_this = elements(message, "button")
    (menu,) = elements(message, "overflow")

    assert (take_on["action_id"], take_on["value"], take_on["style"]) == ("take_on", "withdrawn-3f2a9c1b|-", "primary")
    assert (corrections["action_id"], corrections["value"]) == ("corrections", "withdrawn-3f2a9c1b")
    assert (not_this["action_id"], not_this["value"]) == ("not_this", "withdrawn-3f2a9c1b")
    assert labels(message) == ["I'm on it", "Corrections", "Not this claim"]
    assert [option["value"] for option in menu["options"]] == [
        f"{word}|withdrawn-3f2a9c1b" for word in ("silence", "escalate", "close", "wrong", "why")
    ]


def test_the_buttons_come_before_what_a_phone_cuts_off(told: Alert) -> None:
    kinds = [block["type"] for block in elements(shown(told), "header", "rich_text", "actions", "context")]

    assert kinds == ["header", "rich_text", "rich_text", "actions", "rich_text", "context"]


def test_an_owner_is_named_and_can_be_taken_over_from(told: Alert, now: datetime) -> None:
    message = shown(owned(told, now))

    assert "Ana Flores has it since 12:03 UTC." in said(message)
    assert "To do: a correction by 12:30 UTC." in said(message)
    assert labels(message)[0] == "Take over"
    assert next(elements(message, "button"))["value"] == "withdrawn-3f2a9c1b|U0ANA"


def test_a_corrected_incident_looks_different_and_links_the_correction(told: Alert, now: datetime) -> None:
    message = shown(corrected(told, now))

    assert next(texts(message)) == "✅ CORRECTED: Ana Rivera has withdrawn from the race."
    assert "Corrected after 9 min by Ana Flores." in said(message)
    assert "To do" not in said(message)
    assert "https://example.org/our-answer" in [link["url"] for link in elements(message, "link")]
    clock = (
        "First post 12:00 UTC · alerted after 2 min · Ana Flores has it since 12:03 UTC · corrected after 9 min by Ana"
    )
    assert clock in said(message)


def test_what_goes_on_after_a_correction_is_open_again_and_says_so(told: Alert, now: datetime) -> None:
    message = shown(changed(corrected(told, now), state=IncidentState.OPEN, owner=None, owned_at=None))

    assert next(texts(message)).startswith("🔴 CRITICAL")
    assert "Nobody has it yet. It goes on; corrected after 9 min by Ana Flores." in said(message)


@pytest.mark.parametrize(
    ("state", "header"), [(IncidentState.FALSE_ALARM, "⚪ FALSE ALARM: "), (IncidentState.CLOSED, "⚫ CLOSED: ")]
)
def test_what_is_over_says_so_first_and_offers_no_correction(told: Alert, state: IncidentState, header: str) -> None:
    message = shown(changed(told, state=state))

    assert next(texts(message)).startswith(header)
    assert inside(message, "rich_text_preformatted") == []
    assert "Nothing is left to do." in said(message)
    assert labels(message)[0] == "Take it up again"


def test_the_correction_can_be_copied_as_it_is(alert: Alert) -> None:
    assert inside(shown(alert), "rich_text_preformatted") == ["Ana Rivera is on the ballot."]


def test_a_claim_without_a_correction_says_so(alert: Alert) -> None:
    assert "none is written" in said(shown(replace(alert, correction=None)))


def test_known_false_alarms_are_shown_where_staff_wrote_some(alert: Alert) -> None:
    noted = replace(alert, claim=replace(alert.claim, known_false_alarms="The striker of that name retires too."))

    assert "Known false alarms" not in said(shown(alert))
    assert "The striker of that name retires too." in said(shown(noted))


def test_a_quoted_post_stands_only_where_slack_reads_no_formatting(alert: Alert) -> None:
    message = shown(replace(alert, post=replace(alert.post, text=HOSTILE)))

    (quote,) = inside(message, "rich_text_quote")
    assert quote.startswith("<!channel> *bold* <https://evil.example|bank> @here :fire: & ")
    assert "\x1b" not in quote
    assert "\u202e" not in quote


def test_the_fallback_text_carries_the_meaning_and_is_escaped(told: Alert) -> None:
    text = shown(replace(told, post=replace(told.post, text=HOSTILE))).text

    assert "&lt;!channel&gt;" in text
    for part in (
        "CRITICAL",
        "withdrawn",
        "Nobody has it yet",
        "an owner by 12:07 UTC",
        "@someone.example on bluesky",
        "very likely",
        "first sighting",
        "November 3 ballot",
        "on the ballot",
    ):
        assert part in text


def test_the_post_is_linked_only_where_its_url_is_safe(alert: Alert) -> None:
    def links(url: str | None) -> list[str]:
        message = shown(replace(alert, post=replace(alert.post, url=url)))
        return [link["url"] for link in elements(message, "link")]

    assert links("https://example.org/1") == ["https://example.org/1"]
    assert links("javascript:alert(1)") == links(None) == []


def another(alert: Alert, number: int) -> Alert:
    post = replace(alert.post, id=str(number), text=f"she quit, number {number}", url=f"https://example.org/{number}")
    return replace(alert, reason=Reason.GROWING, post=post)


def reply(*alerts: Alert, answered: tuple[tuple[str, Person], ...] = (), settings: DeskConfig | None = DESK) -> Message:
    message = render(Notification("r1", NotificationKind.REPLY, alerts, answered=answered), settings)
    assert message_problems(message) == []
    return message


def test_a_reply_begins_with_its_reason_and_links_every_post(told: Alert) -> None:
    message = reply(another(told, 1), another(told, 2))

    assert said(message).startswith("Growing: \n1 post by 1 account on bluesky")
    assert message.blocks[0].block_id == "r1"  # type: ignore[union-attr]
    assert inside(message, "rich_text_quote") == ["she quit, number 1", "she quit, number 2"]
    assert [link["url"] for link in elements(message, "link")] == ["https://example.org/1", "https://example.org/2"]
    assert labels(message) == []
    for part in ("Growing", "number 1", "number 2"):
        assert part in message.text


def test_once_confirmed_every_post_has_its_reply_text_and_a_tick(told: Alert, now: datetime) -> None:
    message = reply(another(owned(told, now), 1), another(owned(told, now), 2))

    assert inside(message, "rich_text_preformatted") == ["Ana Rivera is on the ballot."] * 2
    assert [(tick["action_id"], tick["value"]) for tick in elements(message, "button")] == [
        ("answered", "withdrawn-3f2a9c1b|bluesky:1"),
        ("answered", "withdrawn-3f2a9c1b|bluesky:2"),
    ]


def test_an_answered_post_says_by_whom_and_has_no_tick(told: Alert, now: datetime) -> None:
    first, second = another(owned(told, now), 1), another(owned(told, now), 2)

    message = reply(first, second, answered=((first.post.key, ANA),))

    assert "✓ Answered by Ana Flores" in said(message)
    assert [tick["value"] for tick in elements(message, "button")] == ["withdrawn-3f2a9c1b|bluesky:2"]
    assert "number 1 (answered)" in message.text


def test_an_edit_of_a_reply_looks_like_the_reply(told: Alert, now: datetime) -> None:
    alerts = (another(owned(told, now), 1),)

    edit = Notification("r1", NotificationKind.EDIT, alerts, incident_id=told.incident.id)

    assert render(edit, DESK) == reply(*alerts)


def test_a_post_whose_key_no_button_can_carry_has_no_tick(told: Alert, now: datetime) -> None:
    alert = owned(told, now)

    assert labels(reply(replace(alert, post=replace(alert.post, id="9" * 2100)))) == []


def test_a_reply_of_very_many_posts_says_how_many_more_there_are(told: Alert, now: datetime) -> None:
    message = reply(*(another(owned(told, now), number) for number in range(200)))

    quoted = len(inside(message, "rich_text_quote"))
    assert 10 <= quoted < 200
    assert f"and {200 - quoted} more posts" in said(message)


def test_a_digest_of_very_many_says_how_many_more_there_are(alert: Alert) -> None:
    message = render(Notification("d", NotificationKind.DIGEST, (alert,) * 300))

    assert message_problems(message) == []
    quoted = len(inside(message, "rich_text_quote"))
    assert 5 <= quoted < 300
    assert f"and {300 - quoted} more" in said(message)


def test_a_digest_of_few_shows_them_all(alert: Alert) -> None:
    message = render(Notification("d", NotificationKind.DIGEST, (alert, alert)))

    assert len(inside(message, "rich_text_quote")) == 2
    assert "more:" not in said(message)


def test_escaping_takes_the_ampersand_first() -> None:
    assert escape("<a & b>") == "&lt;a &amp; b&gt;"


@pytest.mark.parametrize("text", ["&" * 5000, "😀" * 5000, "<a>" * 2000, "plain"])
def test_a_cut_text_breaks_no_escape_and_fits_in_bytes(text: str) -> None:
    cut = escaped(text, 1000)

    assert len(cut.encode()) <= 1000
    assert cut.removesuffix("…").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") in text


def test_the_longest_of_everything_fits(told: Alert, match: Match, post: Post) -> None:
    long = '"' * 9000
    huge = replace(
        told,
        post=replace(post, text=long, author=long, url="https://example.org/" + "a" * 979),
        claim=replace(told.claim, claim=long, truth=long, known_false_alarms=long),
        match=replace(match, phrasing=long, why=long),
        correction=RenderedCorrection(long, long, "en", 9000, 300),
    )

    huge = changed(huge, owner=Person("U1", long), corrected_by=Person("U2", long), platforms=(long,))
    huge = changed(huge, correction_url="https://example.org/" + "b" * 979, corrected_at=told.decided_at)
    for settings in (DESK, None):
        shown(huge, settings)
