from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alert.slack.blocks import (
    BLOCKS_LIMIT,
    HEADER_LIMIT,
    SECTION_LIMIT,
    TOTAL_LIMIT,
    Context,
    Header,
    Link,
    Message,
    Preformatted,
    Quote,
    RichText,
    Text,
)
from monitor.alert.slack.render import escape, json_length, render
from monitor.model import Alert, Media, Notification, NotificationKind, Reason, RenderedCorrection

HOSTILE = '<!channel> *bold* <https://evil.example|bank> @here :fire: & "quoted" \\ \x1b[2J \u202e'


def note(alert: Alert, kind: NotificationKind = NotificationKind.MESSAGE) -> Notification:
    return Notification("withdrawn-3f2a9c1b.message.0123456789ab", kind, (alert,))


def texts(message: Message) -> Iterator[str]:
    """Every text of a message's blocks."""
    for block in message.blocks:
        match block:
            case Header(text=text):
                yield text.text
            case Context(elements=elements):
                yield from (element.text for element in elements)
            case RichText(elements=parts):
                yield from (element.text for part in parts for element in part.elements)


def parts(message: Message, kind: type[Quote | Preformatted]) -> list[str]:
    return [
        "".join(element.text for element in part.elements)
        for block in message.blocks
        if isinstance(block, RichText)
        for part in block.elements
        if isinstance(part, kind)
    ]


def assert_within_limits(message: Message) -> None:
    assert message.text.strip()
    assert len(message.text) <= 40_000
    assert 1 <= len(message.blocks) <= BLOCKS_LIMIT
    assert json_length(message.blocks) <= TOTAL_LIMIT
    for block in message.blocks:
        if isinstance(block, Header):
            assert len(block.text.text) <= HEADER_LIMIT
    for text in texts(message):
        assert 0 < len(text) <= SECTION_LIMIT
    msgspec.json.encode(message)


def test_a_message_leads_with_severity_and_claim(alert: Alert) -> None:
    header = render(note(alert)).blocks[0]

    assert isinstance(header, Header)
    assert header.text.text == "CRITICAL: Ana Rivera has withdrawn from the race."
    assert header.block_id == note(alert).delivery_id


@pytest.mark.parametrize(
    "part",
    [
        "@someone.example on bluesky · 120 followers · 20 Oct 2026 12:00 UTC",
        "1 post by 1 account on bluesky, 1 in the last hour",
        "very likely asserts the claim (93%)",
        "close to a known wording, and nothing denies it",
        "Rivera dropped out of the race",
        "Ana Rivera is on the November 3 ballot.",
        "Correction (en, 28 of 300 characters on bluesky)",
        "Why now: first sighting",
    ],
)
def test_a_message_shows_what_a_responder_asks(alert: Alert, part: str) -> None:
    assert part in "\n".join(texts(render(note(alert))))


def test_the_correction_can_be_copied_as_it_is(alert: Alert) -> None:
    assert parts(render(note(alert)), Preformatted) == ["Ana Rivera is on the ballot."]


def test_a_claim_without_a_correction_says_so(alert: Alert) -> None:
    assert "none is written" in "\n".join(texts(render(note(replace(alert, correction=None)))))


def test_known_false_alarms_are_shown_where_staff_wrote_some(alert: Alert) -> None:
    noted = replace(alert, claim=replace(alert.claim, known_false_alarms="The striker of that name retires too."))

    assert "Known false alarms" not in "\n".join(texts(render(note(alert))))
    assert "The striker of that name retires too." in "\n".join(texts(render(note(noted))))


def test_a_quoted_post_stands_only_where_slack_reads_no_formatting(alert: Alert) -> None:
    message = render(note(replace(alert, post=replace(alert.post, text=HOSTILE))))

    (quote,) = parts(message, Quote)
    assert quote.startswith("<!channel> *bold* <https://evil.example|bank> @here :fire: & ")
    assert "\x1b" not in quote
    assert "\u202e" not in quote
    assert b'"mrkdwn"' not in msgspec.json.encode(message)


def test_the_fallback_text_carries_the_meaning_and_is_escaped(alert: Alert) -> None:
    text = render(note(replace(alert, post=replace(alert.post, text=HOSTILE)))).text

    assert "&lt;!channel&gt;" in text
    assert not set("<>") & set(text)
    for part in (
        "CRITICAL",
        "withdrawn",
        "@someone.example on bluesky",
        "very likely",
        "first sighting",
        "on the ballot",
    ):
        assert part in text


def test_the_post_is_linked_only_where_its_url_is_safe(alert: Alert) -> None:
    def links(url: str | None) -> list[str]:
        message = render(note(replace(alert, post=replace(alert.post, url=url))))
        return [
            element.url
            for block in message.blocks
            if isinstance(block, RichText)
            for part in block.elements
            for element in part.elements
            if isinstance(element, Link)
        ]

    assert links("https://example.org/1") == ["https://example.org/1"]
    assert links("javascript:alert(1)") == links(None) == []


def test_a_reply_begins_with_its_reason(alert: Alert) -> None:
    message = render(note(replace(alert, reason=Reason.GROWING), NotificationKind.REPLY))

    first = message.blocks[0]
    assert isinstance(first, RichText)
    assert first.block_id == note(alert).delivery_id
    assert isinstance(first.elements[0].elements[0], Text)
    assert first.elements[0].elements[0].text == "Growing: "


def test_a_digest_of_very_many_says_how_many_more_there_are(alert: Alert) -> None:
    digest = Notification("d", NotificationKind.DIGEST, (alert,) * 300)

    message = render(digest)

    assert_within_limits(message)
    shown = sum(isinstance(block, RichText) for block in message.blocks)
    assert 5 <= shown < 300
    assert f"and {300 - shown} more" in "\n".join(texts(message))


def test_a_digest_of_few_shows_them_all(alert: Alert) -> None:
    message = render(Notification("d", NotificationKind.DIGEST, (alert, alert)))

    assert sum(isinstance(block, RichText) for block in message.blocks) == 2
    assert "more:" not in "\n".join(texts(message))


def test_escaping_takes_the_ampersand_first() -> None:
    assert escape("<a & b>") == "&lt;a &amp; b&gt;"


AWKWARD = ['"', "\\", "&<>", "\n", "😀", "\x00", "ﷺ", "a "]
anything = st.one_of(
    st.text(st.characters(), max_size=200),
    st.builds(lambda text, times: text * times, st.sampled_from(AWKWARD), st.integers(0, 9000)),
)


@given(
    kind=st.sampled_from((NotificationKind.MESSAGE, NotificationKind.REPLY, NotificationKind.DIGEST)),
    text=anything, author=anything, url=anything, why=anything, claim=anything,
    correction=anything, count=st.integers(1, 60),
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_a_post_holds_the_message_stays_within_slacks_limits(
    alert: Alert,
    kind: NotificationKind,
    text: str,
    author: str,
    url: str,
    why: str,
    claim: str,
    correction: str,
    count: int,
) -> None:
    hostile = replace(
        alert,
        post=replace(alert.post, text=text, author=author, url=f"https://example.org/{url}", media=(Media(alt=text),)),
        match=replace(alert.match, why=why, phrasing=why, sentence=text),
        claim=replace(alert.claim, claim=claim, truth=claim),
        incident=replace(alert.incident, posts=10**9, duplicates=10**8, accounts=10**8, platforms=(author, "x", why)),
        correction=RenderedCorrection(correction, text, "en", len(correction), 280),
    )
    alerts = (hostile,) * (count if kind is NotificationKind.DIGEST else 1)

    assert_within_limits(render(Notification("d" * 60, kind, alerts)))
