"""Every flow of the desk as responders go through it: local-slack's page, and monitor beside it as in `monitor run`."""

from __future__ import annotations

import asyncio
import json

import pytest

from monitor.model import Did
from monitor.store import clicks, verdicts
from monitor.store.db import Store
from tests.peers.headquarters import AMPLIFIERS, ANA, BEN, CHANNEL, POSTS, STRANGER, WITHDRAWN, Headquarters
from tests.peers.screen import Json, said

pytestmark = pytest.mark.peer

CORRECTED = "https://x.com/rivera/status/1860000000000000001"


async def test_somebody_takes_it_on_and_somebody_else_takes_it_over(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "take_on")
    owned = await hq.shows(alert, "comms has it")
    await hq.screen.message(CHANNEL, "comms has it", thread=alert["ts"])

    await hq.screen.press(ANA, owned, "take_on")
    await hq.screen.message(CHANNEL, "You have it", private=ANA)

    await hq.screen.press(BEN, owned, "take_on")
    await hq.screen.message(CHANNEL, "rapid took it over from comms", thread=alert["ts"])
    await hq.shows(alert, "rapid has it")
    assert hq.did()[-2:] == [Did.TOOK_ON, Did.HANDED_OVER]


async def test_of_two_who_press_at_once_one_wins_and_the_other_is_told_who(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await asyncio.gather(*(hq.screen.press(user, alert, "take_on") for user in (ANA, BEN)))

    lost = await hq.screen.until(
        lambda: next(
            (one for one in hq.screen.messages[CHANNEL].values() if "press again to take it over" in said(one)), None
        ),
        "a private answer to whoever was second",
    )
    winner = {ANA: "rapid", BEN: "comms"}[lost["ephemeral_to"]]
    assert f"{winner} took it" in said(lost)
    await hq.shows(alert, f"{winner} has it")
    assert hq.did().count(Did.TOOK_ON) == 1


async def test_a_correction_is_chosen_edited_posted_and_shared(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "corrections")
    await hq.screen.modal("corrections", "X:", "left")
    await hq.press_in_window(ANA, "update_links", text="She is on the ballot, see for yourself.")
    edited = await hq.screen.modal("corrections", "She is on the ballot, see for yourself.")
    assert "text=She%20is%20on%20the%20ballot" in json.dumps(edited)

    await hq.screen.send(ANA)
    await hq.screen.modal("posted", "She is on the ballot, see for yourself.")
    await hq.screen.send(ANA, url="javascript:alert(1)")
    await hq.screen.until(lambda: "url" in hq.screen.errors, "an error at the address")
    await hq.screen.send(ANA, url=CORRECTED)
    await hq.screen.no_modal()

    corrected = await hq.shows(alert, "Corrected after", "by comms")
    assert CORRECTED in json.dumps(corrected)
    await hq.screen.message(CHANNEL, "comms posted the correction", thread=alert["ts"])
    shared = await hq.screen.message(AMPLIFIERS, "A correction is out", "She is on the ballot")
    assert "https://x.com/intent/retweet?tweet_id=1860000000000000001" in json.dumps(shared)

    await hq.screen.press(BEN, corrected, "corrections")
    await hq.screen.modal("corrections", "A correction is posted already")
    await hq.screen.send(BEN, text="She is on the ballot. Really.")
    await hq.screen.modal("posted", "Really")
    await hq.screen.send(BEN, url=CORRECTED)
    await hq.screen.message(AMPLIFIERS, "The correction has changed", "Really")
    assert hq.did()[-4:] == [Did.CORRECTED, Did.SHARED, Did.CORRECTION_CHANGED, Did.SHARED]


async def test_another_prewritten_text_is_chosen(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "corrections")
    first = await hq.screen.modal("corrections")
    await hq.press_in_window(ANA, "choose", text="whatever stood there", option="1")
    text = next(block["element"] for block in first["blocks"] if block["type"] == "input")["initial_value"]
    await hq.screen.until(
        lambda: text not in said(hq.screen.modals[-1]) or None, "another text in the place of the first"
    )


async def test_once_it_is_confirmed_a_new_post_comes_with_its_answer_and_a_tick(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "take_on")
    await hq.shows(alert, "comms has it")
    hq.post(POSTS[1])
    reply = await hq.screen.message(CHANNEL, "she is out", "on the November 3 ballot", thread=alert["ts"])

    await hq.screen.press(BEN, reply, "answered")
    answered = await hq.shows(reply, "Answered by rapid")
    assert "Mark as answered" not in said(answered)
    assert Did.ANSWERED in hq.did()


async def test_it_is_escalated_and_closed(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "more", option="escalate")
    await hq.screen.message(CHANNEL, "comms asks for help", thread=alert["ts"])
    await hq.screen.press(BEN, alert, "more", option="escalate")
    await hq.screen.message(CHANNEL, "comms escalated it", private=BEN)

    await hq.screen.press(BEN, alert, "more", option="close")
    await hq.screen.message(CHANNEL, "rapid closed it", thread=alert["ts"])
    await hq.shows(alert, "losed")


async def test_it_says_why_it_matched_and_is_told_that_it_is_right(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "more", option="why")
    await hq.screen.modal("why", "Nearest wording", "it alerts from 50%", "Next likeliest claims")
    await hq.press_in_window(ANA, "confirm")
    await hq.screen.message(CHANNEL, "comms: it is this claim", thread=alert["ts"])
    told = await hq.screen.modal("why", "comms: it is this claim")
    assert "Yes, this claim" not in said(told)
    assert [(one.claim_id, one.asserts) for one in verdicts.every(hq.store)] == [("withdrawn", True)]


async def test_it_is_moved_to_the_right_claim(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "more", option="wrong")
    await hq.screen.modal("wrong_claim", "It is about this claim")
    await hq.screen.send(ANA, claim="rivera-indicted")

    await hq.screen.message(CHANNEL, "comms moved it to another claim", thread=alert["ts"])
    await hq.shows(alert, "indicted")
    assert Did.WRONG_CLAIM in hq.did()


async def test_not_this_claim_is_kept_as_a_look_alike_and_proposed_for_the_rules(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "not_this")
    await hq.screen.message(CHANNEL, "comms: not this claim", thread=alert["ts"])
    proposal = await hq.screen.message(CHANNEL, "not_this", "withdrawn.toml", thread=alert["ts"])
    await hq.screen.press(BEN, proposal, "proposal_discard")
    await hq.screen.until(lambda: Did.DISCARDED in hq.did() or None, "the proposal discarded")


async def test_a_silence_is_previewed_set_and_ended_and_nothing_is_lost(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "more", option="silence")
    await hq.screen.modal("silence", "account")
    await hq.screen.send(ANA, scope="claim", duration="date", until="2020-01-01", reason="the debate is on")
    await hq.screen.until(lambda: "until" in hq.screen.errors, "an error at the date")
    await hq.screen.send(ANA, scope="claim", duration="1h", reason="the debate is on")
    await hq.screen.modal("silence_preview", "it would have muted 1 post and 1 alert", "dropped out")
    await hq.screen.send(ANA)

    began = await hq.screen.message(CHANNEL, "comms silenced", "the debate is on")
    await hq.screen.open_home(BEN)
    await hq.screen.home(BEN, "Silenced (1)", "the debate is on")
    hq.post(POSTS[1], POSTS[2])
    await hq.screen.until(lambda: sightings(hq.store) == 3 or None, "the posts counted", poll=True)
    replies = [one for one in hq.screen.messages[CHANNEL].values() if one.get("thread_ts") == alert["ts"]]
    assert replies == []

    await hq.screen.press(BEN, began, "silence_end")
    await hq.screen.message(CHANNEL, "The silence on", "is over")
    await hq.screen.message(CHANNEL, "mayor's race today", thread=alert["ts"])
    await hq.shows(alert, "3 posts")
    assert hq.did()[-2:] == [Did.SILENCED, Did.SILENCE_ENDED]


async def test_home_shows_what_is_open_whose_it_is_and_what_monitor_sees(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.open_home(ANA)
    await hq.screen.home(ANA, "Yours (0)", "Open incidents (1)", WITHDRAWN, "posts", "1 alert", "Nothing is silenced")
    await hq.screen.press(ANA, alert, "take_on")
    await hq.shows(alert, "comms has it")
    await hq.press_at_home(ANA, "home_refresh")
    home = await hq.screen.home(ANA, "Yours (1)", "Open incidents (0)")
    assert f"p{alert['ts'].replace('.', '')}" in json.dumps(home)


async def test_whoever_is_not_in_the_channel_is_refused_privately(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(STRANGER, alert, "take_on")
    await hq.screen.message(CHANNEL, "Only members of #rapid-response can do this", private=STRANGER)
    await hq.screen.open_home(STRANGER)
    home = await hq.screen.home(STRANGER, "Only members of #rapid-response")
    assert WITHDRAWN not in said(home)
    assert hq.did()[-1] is Did.REFUSED


async def test_a_press_on_a_link_is_acknowledged_and_nothing_else(hq: Headquarters) -> None:
    alert = await hq.alerted()
    button = {"type": "actions", "elements": [{"type": "button", "action_id": "compose_x", "url": CORRECTED}]}
    await hq.screen.press(ANA, replace_blocks(alert, button), "compose_x")
    await hq.screen.until(lambda: clicks.waiting(hq.store, 1) == [] or None, "nothing left to do", poll=True)
    assert hq.did() == []


def replace_blocks(message: Json, *blocks: Json) -> Json:
    return message | {"blocks": list(blocks)}


def sightings(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM sightings").fetchone()[0])
