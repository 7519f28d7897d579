"""What the desk does by itself as time passes: deadlines, a silence that ends, the morning's digest.

monitor's clock is moved on by hand; it looks at it more often than it does in service.
"""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest

from monitor.config import AlertConfig, DeskConfig
from monitor.desk import morning, ticker
from monitor.model import Did, Incident
from monitor.store import events, incidents
from tests.peers.headquarters import (
    AMPLIFIERS,
    ANA,
    BEN,
    BOT_TOKEN,
    CHANNEL,
    POSTS,
    WITHDRAWN,
    Headquarters,
    Open,
)
from tests.peers.screen import Json, parts, said

pytestmark = pytest.mark.peer

GROUP = "S0RAPID"
PNG = b"\x89PNG\r\n\x1a\n"
NEVER = 6000.0
FLOOD: tuple[Json, ...] = tuple(
    {"id": f"flood-{number}", "source": "x", "author": f"author{number}", "text": text}
    for number, text in enumerate(
        (
            "BREAKING: Ana Rivera has dropped out of the race for mayor!",
            "Grand jury indicts Ana Rivera over Tannery Flats bribes",
            "LEAKED: council candidate Dan Moon on camera taking a bribe",
            "Wow. Daniel Moon just endorsed Ostrander for mayor. Didn't see that coming",
            "If Ana Rivera wins she is closing Fire Station 6. Northgate will burn before a truck gets here",
        )
    )
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "LONGEST_SLEEP", 0.2)
    monkeypatch.setattr(morning, "LOOK_AGAIN", 0.2)


def groups(message: Json) -> list[str]:
    return [part["usergroup_id"] for part in parts(message["blocks"]) if part.get("type") == "usergroup"]


def people(message: Json) -> list[str]:
    return [part["user_id"] for part in parts(message["blocks"]) if part.get("type") == "user"]


async def test_an_owner_is_reminded_of_and_a_second_channel_called_when_nobody_comes(open_hq: Open) -> None:
    async with open_hq(DeskConfig(escalate_to=AMPLIFIERS)) as hq:
        alert = await hq.alerted()
        hq.let_pass(minutes=3)
        await hq.screen.message(CHANNEL, "Nobody has it yet: 2 min left", thread=alert["ts"])
        assert not hq.screen.messages.get(AMPLIFIERS)
        assert Did.ESCALATED not in hq.did()

        hq.let_pass(minutes=5)
        await hq.screen.message(CHANNEL, "Nobody took it on within 5 min", thread=alert["ts"])
        called = await hq.screen.message(AMPLIFIERS, "Nobody took it on within 5 min", WITHDRAWN, "1 post")
        assert (called.get("thread_ts"), groups(called)) == (None, [])
        assert hq.did() == [Did.REMINDED, Did.ESCALATED]


async def test_a_user_group_is_called_in_the_thread_when_no_correction_comes(open_hq: Open) -> None:
    async with open_hq(DeskConfig(escalate_to=GROUP, owner_quiet_minutes=NEVER)) as hq:
        alert = await hq.alerted()
        await hq.screen.press(ANA, alert, "take_on")
        await hq.shows(alert, "comms has it")
        hq.let_pass(minutes=18)
        soon = await hq.screen.message(CHANNEL, "12 min left to post a correction", thread=alert["ts"])
        assert (people(soon), groups(soon)) == ([ANA], [])

        hq.let_pass(minutes=30)
        late = await hq.screen.message(CHANNEL, "No correction 30 min after the first post", thread=alert["ts"])
        assert groups(late) == [GROUP]
        assert f"<!subteam^{GROUP}>" in late["text"]
        assert hq.did() == [Did.TOOK_ON, Did.REMINDED, Did.ESCALATED]


async def test_an_owner_who_goes_quiet_is_asked_and_then_released(open_hq: Open) -> None:
    async with open_hq(DeskConfig(own_minutes=NEVER, correct_minutes=NEVER)) as hq:
        alert = await hq.alerted()
        await hq.screen.press(ANA, alert, "take_on")
        await hq.shows(alert, "comms has it")
        hq.let_pass(minutes=16)
        asked = await hq.screen.message(
            CHANNEL, "comms, are you still on it?", "In 15 min it is free", thread=alert["ts"]
        )
        assert people(asked) == [ANA]

        await hq.screen.press(ANA, alert, "take_on")
        await hq.screen.message(CHANNEL, "You have it", private=ANA)
        hq.let_pass(minutes=31)
        assert owner(hq.incident()) == "comms"

        hq.let_pass(minutes=32)
        await hq.screen.until(lambda: hq.did().count(Did.REMINDED) == 2 or None, "asked once more", poll=True)
        hq.let_pass(minutes=48)
        await hq.screen.message(CHANNEL, "It is free again: comms was not heard of", thread=alert["ts"])
        free = await hq.shows(alert, "Nobody has it")
        assert owner(hq.incident()) is None
        await hq.screen.press(BEN, free, "take_on")
        await hq.shows(alert, "rapid has it")
        assert hq.did() == [Did.TOOK_ON, Did.REMINDED, Did.REMINDED, Did.RELEASED, Did.TOOK_ON]


def owner(incident: Incident) -> str | None:
    return None if incident.owner is None else incident.owner.name


async def test_a_silence_ends_by_itself_and_shows_what_it_held_back(open_hq: Open) -> None:
    async with open_hq(DeskConfig(own_minutes=NEVER, correct_minutes=NEVER)) as hq:
        alert = await hq.alerted()
        await hq.screen.press(ANA, alert, "more", option="silence")
        await hq.screen.modal("silence", "account")
        await hq.screen.send(ANA, scope="claim", duration="1h", reason="the debate is on")
        await hq.screen.modal("silence_preview", "it would have muted 1 post and 1 alert")
        await hq.screen.send(ANA)
        await hq.screen.message(CHANNEL, "comms silenced the claim", "the debate is on")

        hq.let_pass(minutes=30)
        hq.post(POSTS[1], POSTS[2])
        await hq.screen.until(lambda: hq.incident().posts == 3 or None, "the posts counted", poll=True)
        assert [one for one in hq.screen.messages[CHANNEL].values() if one.get("thread_ts") == alert["ts"]] == []

        hq.let_pass(minutes=62)
        await hq.screen.message(CHANNEL, "The silence on the claim", "is over", "comms set it: the debate is on")
        shown = await hq.screen.message(CHANNEL, "she is out", "mayor's race today", thread=alert["ts"])
        assert "BREAKING" not in said(shown)
        await hq.shows(alert, "3 posts")
        await hq.screen.open_home(BEN)
        await hq.screen.home(BEN, "Nothing is silenced")
        with hq.store.reading() as db:
            *_, began, ended = events.since(db, hq.clock() - timedelta(days=1))
        assert (began.did, began.who is not None) == (Did.SILENCED, True)
        assert (ended.did, ended.who) == (Did.SILENCE_ENDED, None)


@pytest.mark.parametrize("in_channel", [True, False])
async def test_what_goes_on_after_hours_of_quiet_is_told_in_the_channel_too_where_the_config_says_so(
    open_hq: Open, local_slack: str, in_channel: bool
) -> None:
    """local-slack shows a reply in its thread alone: what it was asked for is in its log."""
    desk = DeskConfig(own_minutes=NEVER, correct_minutes=NEVER)
    async with open_hq(desk, AlertConfig(reopened_in_channel=in_channel)) as hq:
        alert = await hq.alerted()
        hq.let_pass(minutes=7 * 60)
        hq.post(POSTS[2])
        again = await hq.screen.message(CHANNEL, "Re-opened after quiet", thread=alert["ts"])
        assert "mayor's race today" in said(again)
        asked = [one["detail"] for one in await log_of(local_slack) if one["summary"] == "chat.postMessage"]
        assert [one["reply_broadcast"] for one in asked if one["text"] == again["text"]] == [in_channel]


async def test_a_flood_of_claims_is_one_message_beyond_the_first_few(open_hq: Open) -> None:
    async with open_hq(alerts=AlertConfig(max_new_per_minute=2)) as hq:
        hq.post(*FLOOD)
        await hq.screen.until(lambda: len(incidents.open_incidents(hq.store)) == len(FLOOD) or None, "all", poll=True)
        hq.clock.move_to(hq.clock() + timedelta(minutes=2))
        await hq.screen.message(CHANNEL, f"{len(FLOOD) - 2} more false claims in this minute")
        assert len([one for one in hq.screen.messages[CHANNEL].values() if "thread_ts" not in one]) == 3


async def test_the_mornings_digest_is_posted_into_the_channel_with_its_picture(
    hq: Headquarters, local_slack: str
) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "take_on")
    await hq.shows(alert, "comms has it")
    noon = hq.clock()
    hq.clock.move_to(noon.replace(hour=8, minute=0, second=1) + timedelta(days=1))

    digest = await hq.screen.message(CHANNEL, f"{noon:%A %d %B}: 1 incident", WITHDRAWN)
    (image,) = (block for block in digest["blocks"] if block["type"] == "image")
    assert "withdrawn" in image["alt_text"].lower()
    assert image["alt_text"][:100] in digest["text"]
    assert await uploaded(local_slack, image["slack_file"]["id"]) == (image["slack_file"]["id"], "image/png", PNG)


async def log_of(url: str) -> list[Json]:
    """Every request that Slack was sent, oldest first."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/_control/log") as answer:
        log: list[Json] = (await answer.json())["log"]
        return log


async def uploaded(url: str, file: str) -> tuple[str, str, bytes]:
    """A file that Slack has: its id, its type and how it begins."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{url}/api/files.info", data={"file": file}) as answer:
            told = (await answer.json())["file"]
        async with session.get(told["url_private"]) as answer:
            return told["id"], told["mimetype"], (await answer.read())[: len(PNG)]
