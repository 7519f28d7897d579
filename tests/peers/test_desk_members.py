"""Who may act: members of the alerts' channel and of the user groups that the config names; others are told in private.

local-slack has no user groups: the proxy in front of it answers for them, in Slack's shape.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.config import DeskConfig
from monitor.model import Did
from tests.peers.headquarters import ANA, CHANNEL, STRANGER, WITHDRAWN, Headquarters, Open
from tests.peers.screen import said

pytestmark = pytest.mark.peer

GROUP, VOLUNTEER = "S0FIELD", "U03FIELD"
NEVER = 6000.0
DESK = DeskConfig(groups=(GROUP,), own_minutes=NEVER, correct_minutes=NEVER, owner_quiet_minutes=NEVER)
ONLY_MEMBERS = "Only members of #rapid-response can do this"


async def test_a_member_of_a_user_group_acts_as_a_member_of_the_channel_does(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        hq.socket.groups[GROUP] = [VOLUNTEER]
        alert = await hq.alerted()
        await hq.screen.press(VOLUNTEER, alert, "take_on")
        owned = await hq.shows(alert, f"{VOLUNTEER} has it")
        await hq.screen.open_home(VOLUNTEER)
        await hq.screen.home(VOLUNTEER, "Yours (1)", WITHDRAWN)
        await hq.screen.say(VOLUNTEER, CHANNEL, "/monitor", "status")
        await hq.screen.message(CHANNEL, "Open incidents: 1", private=VOLUNTEER)

        await hq.screen.press(ANA, owned, "take_on")
        await hq.shows(alert, "comms has it")
        assert hq.did() == [Did.TOOK_ON, Did.HANDED_OVER]


async def test_whoever_leaves_the_group_is_refused_within_minutes_and_told_so_alone(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        hq.socket.groups[GROUP] = [VOLUNTEER]
        alert = await hq.alerted()
        await hq.screen.press(VOLUNTEER, alert, "take_on")
        await hq.shows(alert, f"{VOLUNTEER} has it")

        hq.socket.groups[GROUP] = []
        hq.clock.move_to(hq.clock() + timedelta(minutes=5))
        await hq.screen.press(VOLUNTEER, alert, "more", option="close")
        await hq.screen.message(CHANNEL, ONLY_MEMBERS, private=VOLUNTEER)
        assert hq.did() == [Did.TOOK_ON, Did.REFUSED]
        assert hq.incident().owner is not None


async def test_whoever_joins_the_group_is_let_in_without_waiting_for_the_list_to_be_old(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        hq.socket.groups[GROUP] = []
        alert = await hq.alerted()
        await hq.screen.press(VOLUNTEER, alert, "take_on")
        await hq.screen.message(CHANNEL, ONLY_MEMBERS, private=VOLUNTEER)

        hq.socket.groups[GROUP] = [VOLUNTEER]
        hq.clock.move_to(hq.clock() + timedelta(seconds=21))
        await hq.screen.press(VOLUNTEER, alert, "take_on")
        await hq.shows(alert, f"{VOLUNTEER} has it")


async def test_a_stranger_gets_no_window_no_answer_and_no_effect_from_anything(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        hq.socket.groups[GROUP] = [VOLUNTEER]
        alert = await hq.alerted()
        for action, option in (
            ("take_on", None), ("corrections", None), ("not_this", None), ("more", "silence"), ("more", "escalate"),
            ("more", "close"), ("more", "wrong"), ("more", "why"),
        ):  # fmt: skip
            await hq.screen.press(STRANGER, alert, action, option=option)
            await refused(hq)
        for command in ("status", "claims", "check she quit", 'new "She has moved away."', ""):
            await hq.screen.say(STRANGER, CHANNEL, "/monitor", command)
            await refused(hq)
        await hq.use_shortcut(STRANGER, "is she out?")
        await refused(hq)

        assert hq.screen.modals == []
        assert set(hq.did()) == {Did.REFUSED}
        assert (hq.incident().owner, hq.incident().state) == (None, "open")


async def test_a_group_that_slack_does_not_know_keeps_no_member_of_the_channel_out(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        alert = await hq.alerted()
        await hq.screen.press(VOLUNTEER, alert, "take_on")
        why = "Slack does not say who is a member of #rapid-response, so nothing was done"
        await hq.screen.message(CHANNEL, why, private=VOLUNTEER)
        await hq.screen.press(ANA, alert, "take_on")
        await hq.shows(alert, "comms has it")


async def refused(hq: Headquarters) -> None:
    """One private refusal, and nothing else that the stranger sees."""
    await hq.screen.message(CHANNEL, ONLY_MEMBERS, private=STRANGER)
    mine = [ts for ts, one in hq.screen.messages[CHANNEL].items() if one.get("ephemeral_to") == STRANGER]
    assert [said(hq.screen.messages[CHANNEL].pop(ts)).count(ONLY_MEMBERS) for ts in mine] == [1]
