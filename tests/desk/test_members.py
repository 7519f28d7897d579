from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.alert.slack.api import SlackApi
from monitor.config import Secret
from monitor.desk import members
from monitor.desk.members import Admitted, Members, Refused

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

START = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


class Workspace:
    """A Slack with one channel, read in pages of two, and one user group. While `is_down` it answers 503."""

    def __init__(self, server: HTTPServer) -> None:
        self.channel = ["U1", "U2", "U3"]
        self.group = ["U9"]
        self.is_down = False
        self.asked: list[str] = []
        self.now = START
        server.expect_request("/api/conversations.members").respond_with_handler(self._members)
        server.expect_request("/api/usergroups.users.list").respond_with_handler(self._group)
        server.expect_request("/api/conversations.info").respond_with_handler(
            lambda _: _json({"ok": True, "channel": {"name": "rapid-response"}})
        )

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def _members(self, request: Request) -> Response:
        self.asked.append("members")
        if self.is_down:
            return Response("busy", status=503)
        start = int(request.form.get("cursor") or 0)
        cursor = str(start + 2) if start + 2 < len(self.channel) else ""
        page = self.channel[start : start + 2]
        return _json({"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}})

    def _group(self, _: Request) -> Response:
        self.asked.append("group")
        return Response("busy", status=503) if self.is_down else _json({"ok": True, "users": self.group})


def _json(body: object) -> Response:
    return Response(json.dumps(body), content_type="application/json")


@pytest.fixture
def workspace(httpserver: HTTPServer) -> Workspace:
    return Workspace(httpserver)


@pytest.fixture
async def known(workspace: Workspace, httpserver: HTTPServer) -> AsyncIterator[Members]:
    async with SlackApi(Secret("xoxb-1"), httpserver.url_for("/api/")) as api:
        yield Members(api, "C1", ("S1",), lambda: workspace.now)


async def test_members_of_the_channel_and_of_the_groups_may_act(known: Members) -> None:
    assert [await known.admit(user) for user in ("U1", "U3", "U9")] == [Admitted()] * 3


async def test_others_are_refused_and_told_the_channel(known: Members) -> None:
    refused = await known.admit("U7")
    assert isinstance(refused, Refused)
    assert "members of #rapid-response" in refused.why


async def test_the_lists_are_remembered_for_some_minutes(known: Members, workspace: Workspace) -> None:
    await known.admit("U1")
    asked = len(workspace.asked)
    workspace.later(minutes=4)
    await known.admit("U2")
    assert len(workspace.asked) == asked
    workspace.later(minutes=2)
    await known.admit("U2")
    assert len(workspace.asked) > asked


async def test_who_has_just_joined_is_not_refused(known: Members, workspace: Workspace) -> None:
    await known.admit("U1")
    workspace.channel.append("U7")
    workspace.later(seconds=30)
    assert await known.admit("U7") == Admitted()


async def test_strangers_who_press_on_do_not_make_us_ask_each_time(known: Members, workspace: Workspace) -> None:
    await known.admit("U7")
    asked = len(workspace.asked)
    await asyncio.gather(*(known.admit("U7") for _ in range(20)))
    assert len(workspace.asked) == asked


async def test_while_slack_is_away_those_who_were_known_may_act(known: Members, workspace: Workspace) -> None:
    await known.admit("U1")
    workspace.is_down = True
    workspace.later(hours=2)
    assert await known.admit("U1") == Admitted()
    assert isinstance(await known.admit("U7"), Refused)


async def test_where_nothing_is_known_nobody_may_act(known: Members, workspace: Workspace) -> None:
    workspace.is_down = True
    refused = await known.admit("U1")
    assert isinstance(refused, Refused)
    assert "Slack does not say who is a member" in refused.why
    workspace.is_down = False
    workspace.later(seconds=30)
    assert await known.admit("U1") == Admitted()


async def test_a_slack_that_does_not_answer_is_not_waited_for(
    known: Members, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "ASK_SECONDS", 0.0)
    assert isinstance(await known.admit("U1"), Refused)
