from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.alert.slack.api import SlackApi
from monitor.config import Secret
from monitor.desk import voice as voices
from monitor.desk.voice import Voice
from monitor.errors import DeliveryPermanent, DeliveryUnknown, TooLate
from monitor.model import Click, ClickKind

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Why"}, "blocks": []}
FINE: dict[str, Any] = {"ok": True, "view": {"id": "V1"}, "user": {"profile": {"display_name": "Ana"}}}


class Slack:
    """Answers each method with what was planned for it, in order, then with FINE. `asked` keeps every request."""

    def __init__(self, server: HTTPServer) -> None:
        self.planned: dict[str, list[Response]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        server.expect_request("/respond").respond_with_handler(self._answer)
        for method in (
            "views.open",
            "views.push",
            "views.publish",
            "chat.postEphemeral",
            "chat.postMessage",
            "users.info",
        ):
            server.expect_request(f"/api/{method}").respond_with_handler(self._answer)
        self.response_url = server.url_for("/respond")

    def plan(self, method: str, *answers: Response) -> None:
        self.planned[method] = list(answers)

    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]

    def _answer(self, request: Request) -> Response:
        method = request.path.rsplit("/", 1)[-1]
        self.asked.append((method, request.get_json() if request.is_json else dict(request.form)))
        planned = self.planned.get(method)
        return planned.pop(0) if planned else said(FINE)


def said(body: object, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(body), status=status, headers=headers, content_type="application/json")


def refusal(code: str) -> Response:
    return said({"ok": False, "error": code})


@pytest.fixture
def slack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Slack:
    monkeypatch.setattr(voices, "FIRST_PAUSE", 0.001)
    return Slack(httpserver)


@pytest.fixture
async def voice(slack: Slack, httpserver: HTTPServer) -> AsyncIterator[Voice]:
    async with SlackApi(Secret("xoxb-1"), httpserver.url_for("/api/")) as api:
        yield Voice(api)


async def test_a_modal_opens_on_its_trigger(voice: Voice, slack: Slack) -> None:
    assert await voice.open_view("1.2", VIEW) == "V1"
    assert slack.asked == [("views.open", {"trigger_id": "1.2", "view": VIEW})]


async def test_a_busy_slack_is_asked_again(voice: Voice, slack: Slack) -> None:
    slack.plan("views.open", said({}, 503), said({"ok": False, "error": "ratelimited"}, 429, **{"Retry-After": "0"}))
    assert await voice.open_view("1.2", VIEW) == "V1"
    assert len(slack.asked) == 3


async def test_nothing_waits_longer_than_a_trigger_lives(voice: Voice, slack: Slack) -> None:
    slack.plan("views.open", said({"ok": False, "error": "ratelimited"}, 429, **{"Retry-After": "30"}))
    with pytest.raises(Exception, match="slow down"):
        await voice.open_view("1.2", VIEW)
    assert len(slack.asked) == 1


async def test_a_slack_that_does_not_answer_is_given_up(
    voice: Voice, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "TRIGGER_SECONDS", 0.0)
    with pytest.raises(DeliveryUnknown, match="did not answer within 0 seconds"):
        await voice.open_view("1.2", VIEW)


@pytest.mark.parametrize("code", ["expired_trigger_id", "invalid_trigger_id"])
async def test_an_old_trigger_is_too_late(voice: Voice, slack: Slack, code: str) -> None:
    slack.plan("views.open", refusal(code))
    with pytest.raises(TooLate, match="press again"):
        await voice.open_view("1.2", VIEW)


async def test_a_modal_whose_answer_was_lost_is_open(voice: Voice, slack: Slack) -> None:
    slack.plan("views.open", said({}, 500), refusal("exchanged_trigger_id"))
    assert await voice.open_view("1.2", VIEW) == ""


async def test_a_trigger_used_before_is_a_mistake_of_ours(voice: Voice, slack: Slack) -> None:
    slack.plan("views.open", refusal("exchanged_trigger_id"))
    with pytest.raises(DeliveryPermanent):
        await voice.open_view("1.2", VIEW)


async def test_an_answer_goes_back_to_where_the_click_came_from(voice: Voice, slack: Slack) -> None:
    await voice.whisper("U1", "It is yours.", response_url=slack.response_url, channel="C1", thread="1.1")
    ((method, body),) = slack.asked
    assert method == "respond"
    assert (body["response_type"], body["replace_original"], body["thread_ts"]) == ("ephemeral", False, "1.1")


async def test_a_used_up_address_is_followed_by_the_channel_and_then_by_a_direct_message(
    voice: Voice, slack: Slack
) -> None:
    slack.plan("respond", said({}, 404))
    slack.plan("chat.postEphemeral", refusal("user_not_in_channel"))
    await voice.whisper("U1", "Not for you.", response_url=slack.response_url, channel="C1")
    assert slack.methods() == ["respond", "chat.postEphemeral", "chat.postMessage"]
    assert slack.asked[1][1]["user"] == "U1"
    assert slack.asked[2][1]["channel"] == "U1"


async def test_what_is_said_can_neither_mention_nor_link(voice: Voice, slack: Slack) -> None:
    await voice.whisper("U1", "<!channel> *bold* <https://evil.example|see> \x1b[2J", channel="C1")
    body = slack.asked[0][1]
    assert "<!channel>" not in body["text"]
    assert "\x1b" not in str(body)
    assert {block["text"]["type"] for block in body["blocks"]} == {"plain_text"}
    assert (body["parse"], body["link_names"], body["unfurl_links"]) == ("none", False, False)


@pytest.mark.parametrize(
    ("kind", "body", "methods"),
    [
        (
            ClickKind.ACTION,
            {
                "user": {"id": "U1"},
                "channel": {"id": "C1"},
                "response_url": "RESPOND",
                "container": {"thread_ts": "1.1"},
            },
            ["respond"],
        ),
        (ClickKind.COMMAND, {"user_id": "U1", "channel_id": "C1", "response_url": "RESPOND"}, ["respond"]),
        (ClickKind.SUBMISSION, {"user": {"id": "U1"}, "view": {}}, ["chat.postMessage"]),
        (ClickKind.HOME, {"event": {"user": "U1"}}, ["chat.postMessage"]),
    ],
)
async def test_every_kind_of_click_is_answered_to_its_presser(
    voice: Voice, slack: Slack, kind: ClickKind, body: dict[str, Any], methods: list[str]
) -> None:
    encoded = json.dumps(body).replace("RESPOND", slack.response_url).encode()
    await voice.tell(Click("k", kind, encoded, datetime(2026, 11, 3, tzinfo=UTC)), "That did not work.")
    assert slack.methods() == methods


async def test_a_name_is_asked_for_once(voice: Voice, slack: Slack) -> None:
    assert [await voice.user_name("U1") for _ in range(3)] == ["Ana"] * 3
    assert slack.methods() == ["users.info"]


async def test_where_slack_does_not_say_a_name_the_id_stands_for_it(voice: Voice, slack: Slack) -> None:
    slack.plan("users.info", refusal("missing_scope"), refusal("missing_scope"))
    assert await voice.user_name("U1") == "U1"
    assert await voice.user_name("U1", "ana") == "ana"
