from __future__ import annotations

import pytest

from monitor.alert.slack.blocks import Message
from monitor.alert.slack.render import render
from monitor.model import Notice, NoticeKind, Notification, NotificationKind, Picture, ShareLink
from tests.alert.slack.limits import elements, message_problems, texts

HOSTILE = '<!channel> *bold* <https://evil.example|bank> <@U123> :fire: & "q" \x1b[2J \u202e'


def shown(notice: Notice, kind: NotificationKind = NotificationKind.NOTICE, picture: str | None = None) -> Message:
    message = render(Notification("n1", kind, notice=notice), picture=picture)
    assert message_problems(message, pings=len(notice.ping)) == []
    return message


def said(message: Message) -> str:
    return "\n".join(texts(message))


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_says_its_title_and_lines_and_can_be_found_again(kind: NoticeKind) -> None:
    message = shown(Notice(kind, "Ana Flores has it (03:41 UTC)", ("It is open again.",)))

    for part in ("Ana Flores has it (03:41 UTC)", "It is open again."):
        assert part in said(message)
        assert part in message.text
    assert message.blocks[0].block_id == "n1"  # type: ignore[union-attr]


def test_only_those_who_are_to_be_pinged_are() -> None:
    message = shown(Notice(NoticeKind.ESCALATION, HOSTILE, (HOSTILE,), quote=HOSTILE, ping=("S0GROUP", "U0ANA")))

    assert [group["usergroup_id"] for group in elements(message, "usergroup")] == ["S0GROUP"]
    assert [user["user_id"] for user in elements(message, "user")] == ["U0ANA"]
    assert message.text.startswith("<!subteam^S0GROUP> <@U0ANA> &lt;!channel&gt;")


def test_an_id_that_is_none_of_slacks_pings_nobody() -> None:
    message = render(
        Notification("n1", NotificationKind.NOTICE, notice=Notice(NoticeKind.REMINDER, "x", ping=("cli:a",)))
    )

    assert message_problems(message) == []


def test_a_silence_can_be_ended_while_it_runs() -> None:
    (end,) = elements(shown(Notice(NoticeKind.SILENCE, "Silenced", subject="s1")), "button")

    assert (end["action_id"], end["value"]) == ("silence_end", "s1")
    assert list(elements(shown(Notice(NoticeKind.SILENCE, "It has ended")), "button")) == []


def test_a_proposal_can_be_accepted_or_discarded() -> None:
    notice = Notice(NoticeKind.PROPOSAL, "Add this?", quote="She withdrew her bill", subject="p1")
    accept, discard = elements(shown(notice), "button")

    assert (accept["action_id"], accept["value"]) == ("proposal_accept", "p1")
    assert (discard["action_id"], discard["value"]) == ("proposal_discard", "p1")


def test_a_share_links_the_correction_and_opens_each_platform() -> None:
    links = (
        ShareLink("x", "https://x.com/intent/retweet?tweet_id=4"),
        ShareLink("bluesky", "https://bsky.app/intent/compose?text=a"),
        ShareLink("reddit", "https://www.reddit.com/submit?title=" + "a" * 3000),
    )
    message = shown(Notice(NoticeKind.SHARE, "A correction is out", link="https://x.com/ana/status/4", share=links))

    assert [(button["action_id"], button["text"]["text"]) for button in elements(message, "button")] == [
        ("share_x", "Share on X"),
        ("share_bluesky", "Share on Bluesky"),
    ]
    (link,) = elements(message, "link")
    assert (link["url"], link["text"]) == ("https://x.com/ana/status/4", "Open the correction")
    assert "https://x.com/ana/status/4" in message.text


def test_a_report_shows_its_picture_once_it_is_uploaded_and_says_in_words_what_is_in_it() -> None:
    picture = Picture(b"", "Three claims; the withdrawal rose from 2 to 40 posts", "Claims over time")
    notice = Notice(NoticeKind.REPORT, "Yesterday", ("3 incidents",), picture=picture)

    (image,) = elements(shown(notice, picture="F123"), "image")
    assert image["slack_file"] == {"id": "F123"}
    assert image["alt_text"] == picture.alt
    assert list(elements(shown(notice), "image")) == []
    assert picture.alt in shown(notice).text


def test_an_edit_with_a_notice_looks_like_the_notice() -> None:
    notice = Notice(NoticeKind.PROPOSAL, "Added by Ana Flores")

    assert shown(notice, NotificationKind.EDIT) == shown(notice)


def test_a_notice_of_very_many_lines_says_how_many_more_there_are() -> None:
    message = shown(Notice(NoticeKind.REPORT, "t" * 900, tuple(f"line {number} " + '"' * 900 for number in range(200))))

    assert "line 0" in said(message)
    assert " more" in said(message)
