from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from monitor.alert.slack.client import SlackNotifier
from monitor.config import Secret, SlackConfig
from monitor.errors import DeliveryPermanent, DeliveryRetryable, DeliveryUnknown
from monitor.model import Alert, Notice, NoticeKind, Notification, NotificationKind, Receipt

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
ROOT = Receipt("C1", "100.000001")
POSTED = {"ok": True, "channel": "C1", "ts": "200.000002"}


@dataclass
class Answer:
    data: object
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class ScriptedSlack:
    """Stands in for the SDK's `api_call`: gives its answers in order, and remembers what it was asked."""

    answers: list[object] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def api_call(self, method: str, json: dict[str, Any] | None, data: dict[str, Any] | None) -> Answer:
        self.calls.append((method, {**(json or {}), **(data or {})}))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer)


def refused(code: str) -> SlackApiError:
    return SlackApiError(code, Answer({"ok": False, "error": code}))  # type: ignore[no-untyped-call]


@pytest.fixture
def slack() -> ScriptedSlack:
    return ScriptedSlack()


@pytest.fixture
async def notifier(slack: ScriptedSlack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackNotifier]:
    async with SlackNotifier(SlackConfig(channel="C1", token=Secret("xoxb-not-a-token"))) as opened:
        monkeypatch.setattr(opened._api.client, "api_call", slack.api_call)
        yield opened


def note(alert: Alert, kind: NotificationKind = NotificationKind.MESSAGE, *, broadcast: bool = False) -> Notification:
    return Notification("d1", kind, (alert,), broadcast)


async def test_a_message_carries_its_delivery_id_and_shows_nothing_of_the_links_in_it(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [POSTED]

    assert await notifier.deliver(note(alert), None) == Receipt("C1", "200.000002")

    ((method, asked),) = slack.calls
    assert method == "chat.postMessage"
    assert asked["metadata"]["event_payload"] == {"delivery_id": "d1"}
    assert asked["blocks"][0]["block_id"] == "d1"
    assert (asked["unfurl_links"], asked["unfurl_media"], asked["parse"]) == (False, False, "none")
    assert "thread_ts" not in asked


@pytest.mark.parametrize("broadcast", [True, False])
async def test_a_reply_goes_into_the_thread(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert, broadcast: bool
) -> None:
    slack.answers = [POSTED]

    await notifier.deliver(note(alert, NotificationKind.REPLY, broadcast=broadcast), ROOT)

    assert (slack.calls[0][1]["thread_ts"], slack.calls[0][1]["reply_broadcast"]) == (ROOT.ts, broadcast)


async def test_an_update_rewrites_text_and_blocks_and_keeps_its_place(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [{"ok": True, "channel": "C1", "ts": ROOT.ts}]

    assert await notifier.deliver(note(alert, NotificationKind.UPDATE), ROOT) == ROOT

    ((method, asked),) = slack.calls
    assert (method, asked["ts"], asked["parse"]) == ("chat.update", ROOT.ts, "none")
    assert asked["text"]
    assert asked["blocks"]


def said(kind: NotificationKind = NotificationKind.NOTICE, **changes: Any) -> Notification:
    notice = Notice(NoticeKind.ESCALATION, "Nobody has it", ping=changes.pop("ping", ()))
    return Notification("d1", kind, notice=notice, **changes)


@pytest.mark.parametrize(
    ("notification", "root", "channel", "thread"),
    [
        (said(), None, "C1", None),
        (said(channel="C2"), None, "C2", None),
        (said(incident_id="i1"), Receipt("C9", "100.1"), "C9", "100.1"),
    ],
)
async def test_a_notice_goes_where_it_belongs(
    notifier: SlackNotifier,
    slack: ScriptedSlack,
    notification: Notification,
    root: Receipt | None,
    channel: str,
    thread: str | None,
) -> None:
    slack.answers = [POSTED, {"messages": []}]

    await notifier.deliver(notification, root)
    await notifier.find(notification, root, NOON)

    (_, asked), (method, searched) = slack.calls
    assert (asked["channel"], asked.get("thread_ts")) == (channel, thread)
    assert (searched["channel"], searched.get("ts")) == (channel, thread)
    assert method == ("conversations.replies" if thread else "conversations.history")


async def test_only_those_whom_a_notice_names_are_notified(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [POSTED]

    await notifier.deliver(said(ping=("U0123", "S0456")), None)

    asked = slack.calls[0][1]
    assert "<@U0123>" in asked["text"]
    assert "<!subteam^S0456>" in asked["text"]
    elements = [element for line in asked["blocks"][0]["elements"] for element in line["elements"]]
    named = [element for element in elements if element["type"] in ("user", "usergroup")]
    assert named == [{"type": "user", "user_id": "U0123"}, {"type": "usergroup", "usergroup_id": "S0456"}]


async def test_an_edit_rewrites_its_target_and_nothing_else(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [{"ok": True, "channel": "C7", "ts": "7.7"}, TimeoutError(), refused("message_not_found")]
    target = Receipt("C7", "7.7")
    edits = [said(NotificationKind.EDIT, target=target), replace(note(alert, NotificationKind.EDIT), target=target)]

    assert await notifier.deliver(edits[0], None) == target
    with pytest.raises(DeliveryRetryable):
        await notifier.deliver(edits[1], None)
    assert await notifier.deliver(edits[1], None) == target

    assert {(method, asked["channel"], asked["ts"]) for method, asked in slack.calls} == {("chat.update", "C7", "7.7")}


async def test_an_update_of_a_message_that_somebody_deleted_is_over(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [refused("message_not_found")]

    assert await notifier.deliver(note(alert, NotificationKind.UPDATE), ROOT) == ROOT


async def test_a_post_of_unknown_outcome_is_unknown_and_an_update_is_tried_again(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [TimeoutError(), TimeoutError()]

    with pytest.raises(DeliveryUnknown):
        await notifier.deliver(note(alert), None)
    with pytest.raises(DeliveryRetryable):
        await notifier.deliver(note(alert, NotificationKind.UPDATE), ROOT)


@pytest.mark.parametrize("answer", [AttributeError("'str' object has no attribute 'get'"), {"ok": True}])
async def test_an_answer_that_is_not_slacks_leaves_the_outcome_unknown(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert, answer: object
) -> None:
    slack.answers = [answer]

    with pytest.raises(DeliveryUnknown):
        await notifier.deliver(note(alert), None)


@pytest.mark.parametrize(
    "message",
    [
        {"ts": "7.1", "metadata": {"event_payload": {"delivery_id": "d1"}}},
        {"ts": "7.1", "blocks": [{"type": "header", "block_id": "d1"}, {"type": "divider"}]},
    ],
)
async def test_a_message_is_found_on_a_later_page_by_metadata_or_by_block_id(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert, message: dict[str, object]
) -> None:
    other = {"ts": "9.1", "text": "d1", "metadata": {"event_payload": {"delivery_id": "d2"}}}
    slack.answers = [
        {"messages": [other], "response_metadata": {"next_cursor": "more"}},
        {"messages": [message], "response_metadata": {"next_cursor": ""}},
    ]

    assert await notifier.find(note(alert), None, NOON) == Receipt("C1", "7.1")

    first, second = slack.calls
    assert first[0] == "conversations.history"
    assert first[1]["include_all_metadata"] == "true"
    assert float(first[1]["oldest"]) < NOON.timestamp()
    assert second[1]["cursor"] == "more"


async def test_a_message_that_is_nowhere_is_not_found(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [{"messages": []}]

    assert await notifier.find(note(alert), None, NOON) is None


async def test_a_reply_is_looked_for_in_its_thread(notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert) -> None:
    slack.answers = [{"messages": []}]

    await notifier.find(note(alert, NotificationKind.REPLY), ROOT, NOON)

    assert slack.calls[0][0] == "conversations.replies"
    assert slack.calls[0][1]["ts"] == ROOT.ts


async def test_a_search_without_an_answer_is_tried_again(
    notifier: SlackNotifier, slack: ScriptedSlack, alert: Alert
) -> None:
    slack.answers = [TimeoutError()]

    with pytest.raises(DeliveryRetryable):
        await notifier.find(note(alert), None, NOON)


ME = {"ok": True, "team": "Campaign HQ", "user": "monitor"}


async def test_a_check_says_where_it_posts(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ME, {"channel": {"name": "rapid-response"}}, {"messages": []}]

    assert await notifier.check() == "posts to #rapid-response of Campaign HQ as monitor"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([refused("invalid_auth")], "check SLACK_BOT_TOKEN"),
        ([ME, refused("channel_not_found")], "check \\[slack\\] channel"),
        ([ME, {"channel": {"name": "rr", "is_archived": True}}], "is archived"),
        ([ME, {"channel": {"name": "rr", "is_member": False}}], "/invite @monitor"),
    ],
)
async def test_a_check_that_fails_says_what_to_do(
    notifier: SlackNotifier, slack: ScriptedSlack, answers: list[object], says: str
) -> None:
    slack.answers = answers

    with pytest.raises(DeliveryPermanent, match=says):
        await notifier.check()


async def test_a_check_names_the_scopes_that_are_missing(notifier: SlackNotifier, slack: ScriptedSlack) -> None:
    slack.answers = [ME, refused("missing_scope"), refused("missing_scope")]

    said = await notifier.check()

    assert "channels:read" in said
    assert "may come twice" in said


def test_the_token_shows_nowhere() -> None:
    config = SlackConfig(channel="C1", token=Secret("xoxb-not-a-token"))

    assert "xoxb-not-a-token" not in repr(config) + repr(SlackNotifier(config))
