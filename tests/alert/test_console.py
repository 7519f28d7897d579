from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from monitor.alert.console import ConsoleNotifier, render
from monitor.model import Alert, Media, Notice, NoticeKind, Notification, NotificationKind, Reason, Receipt


def printed(notification: Notification) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    console.print(render(notification))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def note(alert: Alert, kind: NotificationKind = NotificationKind.MESSAGE) -> Notification:
    return Notification("d1", kind, (alert,))


@pytest.mark.parametrize(
    "part",
    [
        "CRITICAL: Ana Rivera has withdrawn from the race.",
        "Rivera dropped out!!",
        "@someone.example on bluesky",
        "120 followers",
        "20 Oct 2026 12:00 UTC",
        "https://example.org/post/1",
        "1 post by 1 account on bluesky",
        "very likely asserts the claim (93%)",
        "close to a known wording, and nothing denies it",
        "Rivera dropped out of the race",
        "Ana Rivera is on the November 3 ballot.",
        "28 of 300 characters on bluesky",
        "Ana Rivera is on the ballot.",
        "first sighting",
    ],
)
def test_an_alert_shows_everything_that_a_responder_asks(alert: Alert, part: str) -> None:
    assert part in printed(note(alert))


def test_a_claim_without_a_correction_says_so(alert: Alert) -> None:
    assert "none is written for this claim" in printed(note(replace(alert, correction=None)))


def test_known_false_alarms_are_shown_where_staff_wrote_some(alert: Alert) -> None:
    noted = replace(alert, claim=replace(alert.claim, known_false_alarms="The striker of that name retires too."))

    assert "Known false alarms" not in printed(note(alert))
    assert "The striker of that name retires too." in printed(note(noted))


def test_an_update_is_one_line_with_the_new_counts(alert: Alert) -> None:
    grown = replace(alert, incident=replace(alert.incident, posts=12, accounts=9))

    lines = printed(note(grown, NotificationKind.UPDATE)).splitlines()

    assert len(lines) == 1
    assert "12 posts by 9 accounts" in lines[0]


def test_a_reply_says_why_people_are_told_again(alert: Alert) -> None:
    assert "growing" in printed(note(replace(alert, reason=Reason.GROWING), NotificationKind.REPLY))


def test_a_reply_shows_the_newest_post_whole_and_the_others_in_a_line(alert: Alert) -> None:
    posts = [replace(alert.post, id=str(number), text=f"post number {number}") for number in range(3)]
    alerts = tuple(replace(alert, post=post) for post in posts)

    shown = printed(Notification("d1", NotificationKind.REPLY, alerts))

    assert "  post number 2" in shown
    assert shown.index("Also: @someone.example on bluesky: post number 1") < shown.index("post number 0")


def test_a_digest_lists_its_incidents(alert: Alert) -> None:
    other = replace(alert, claim=replace(alert.claim, claim="The polls close at noon."))

    shown = printed(Notification("d1", NotificationKind.DIGEST, (alert, other)))

    assert "2 more false claims" in shown
    assert "The polls close at noon." in shown


def test_markup_and_escapes_in_a_post_are_shown_and_not_obeyed(alert: Alert) -> None:
    hostile = replace(alert, post=replace(alert.post, text="[bold red]big[/] \x1b[2J\x1b]0;title\x07 \u202eevil"))

    shown = printed(note(hostile))

    assert "[bold red]big[/]" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@given(text=st.text(st.characters()), author=st.text(st.characters()), alt=st.text(st.characters()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_every_post_can_be_shown(alert: Alert, text: str, author: str, alt: str) -> None:
    post = replace(alert.post, text=text, author=author, url=text, media=(Media(alt=alt),))
    notice = Notice(NoticeKind.DONE, f"somebody said {text}", lines=(alt,))
    for kind in NotificationKind:
        shown = printed(replace(note(replace(alert, post=post), kind), notice=notice))
        assert shown.strip()
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)


async def test_the_console_delivers_and_never_finds(alert: Alert) -> None:
    console = Console(file=io.StringIO())
    async with ConsoleNotifier(console) as notifier:
        receipt = await notifier.deliver(note(alert), None)

        assert receipt == Receipt("console", "d1")
        assert await notifier.deliver(note(alert, NotificationKind.UPDATE), receipt) == receipt
        assert await notifier.find(note(alert), None, datetime(2026, 10, 20, tzinfo=UTC)) is None
