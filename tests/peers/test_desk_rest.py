"""Further sightings in the thread, a claim that comes back, and Home: the flows that no other test goes through.

monitor's clock is moved on by hand, and nudges what waits for it more often than it does in service.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import AlertConfig, DeskConfig, JsonlSource
from monitor.desk import ticker
from monitor.model import Did
from tests.peers.headquarters import ANA, BEN, CHANNEL, POSTS, WITHDRAWN, Headquarters, Open
from tests.peers.screen import Json, parts, said
from tests.peers.test_desk_clock import FLOOD

pytestmark = pytest.mark.peer

NEVER = 6000.0
DESK = DeskConfig(own_minutes=NEVER, correct_minutes=NEVER, owner_quiet_minutes=NEVER, digest_at=None)
DROPPED_OUT, INDICTED, CASH, _, FIRE = FLOOD
CHATTER = {"id": "chatter", "source": "x", "author": "market", "text": "The farmers market opens at nine on Saturday"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "LONGEST_SLEEP", 0.2)


def address(post: Json) -> str:
    return f"https://{post['source']}.example/{post['author']}/{post['id']}"


def addressed(post: Json) -> Json:
    return post | {"url": address(post)}


def links(message: Json) -> list[str]:
    return [part["url"] for part in parts(message["blocks"]) if part.get("type") == "link"]


def public(hq: Headquarters, thread: Json | None = None) -> list[Json]:
    """What everybody sees in a thread, or in the channel itself."""
    ts = None if thread is None else thread["ts"]
    everything = hq.screen.messages[CHANNEL].values()
    return [one for one in everything if one.get("thread_ts") == ts and not one.get("ephemeral_to")]


async def counted(hq: Headquarters, posts: int) -> None:
    await hq.screen.until(lambda: hq.incident().posts == posts or None, f"{posts} posts counted", poll=True)


async def test_a_thread_hears_of_further_posts_once_a_minute_with_a_link_to_each(open_hq: Open) -> None:
    async with open_hq(DESK, AlertConfig(growth=(2,))) as hq:
        alert = await hq.alerted()
        hq.post(addressed(POSTS[1]))
        first = await hq.screen.message(CHANNEL, "she is out", thread=alert["ts"])
        assert links(first) == [address(POSTS[1])]

        told = hq.clock()
        hq.post(addressed(POSTS[2]))
        await counted(hq, 3)
        hq.clock.move_to(told + timedelta(seconds=30))
        hq.post(addressed(POSTS[3]))
        # A reply that is due goes out before the counters do.
        await hq.shows(alert, "4 posts")
        assert len(public(hq, alert)) == 1, "the thread heard of more within the minute"

        hq.clock.move_to(told + timedelta(seconds=61))
        both = await hq.screen.message(CHANNEL, "mayor's race today", "Sad day", thread=alert["ts"])
        assert links(both) == [address(POSTS[2]), address(POSTS[3])]
        assert len(public(hq, alert)) == 2
        assert len(public(hq)) == 1


async def test_what_was_closed_stays_closed_and_new_words_of_it_are_a_new_incident(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        alert = await hq.alerted()
        await hq.screen.press(ANA, alert, "more", option="close")
        await hq.screen.message(CHANNEL, "comms closed it", thread=alert["ts"])
        await hq.shows(alert, "CLOSED", "Nothing is left to do")

        hq.post(POSTS[0] | {"id": "copy", "author": "copycat"})
        await hq.shows(alert, "2 posts (1 repost or copy)", "Nothing is left to do")
        assert len(public(hq)) == 1, "the same words are what was closed"

        hq.post(POSTS[1])
        again = await hq.screen.message(CHANNEL, WITHDRAWN, "she is out", "Nobody has it yet", "1 post by 1 account")
        await hq.screen.press(BEN, again, "take_on")
        await hq.shows(again, "rapid has it")
        assert [one["ts"] for one in public(hq)] == [alert["ts"], again["ts"]]
        closed = await hq.shows(alert, "CLOSED", "2 posts")
        assert "rapid" not in said(closed)
        assert "she is out" not in "\n".join(said(one) for one in public(hq, alert))
        assert hq.did() == [Did.CLOSED, Did.TOOK_ON]


async def test_home_shows_the_worst_first_whose_it_is_what_is_silenced_and_what_is_blind(
    open_hq: Open, tmp_path: Path
) -> None:
    nowhere = JsonlSource("mastodon", tmp_path / "nowhere.jsonl", every_seconds=0.2)
    async with open_hq(DESK, more=(nowhere,)) as hq:
        hq.post(CHATTER, FIRE)
        fire = await hq.screen.message(CHANNEL, "Northgate will burn")
        hq.post(DROPPED_OUT)
        await hq.screen.message(CHANNEL, WITHDRAWN)
        hq.post(CASH, INDICTED)
        await hq.screen.message(CHANNEL, "on camera")
        mine = await hq.screen.message(CHANNEL, "Grand jury")
        hq.clock.move_to(hq.clock() + timedelta(minutes=30))
        await hq.screen.press(ANA, mine, "take_on")
        await hq.shows(mine, "comms has it")
        await hq.screen.press(BEN, fire, "more", option="silence")
        await hq.screen.modal("silence")
        await hq.screen.send(BEN, scope="claim", duration="1h", reason="the plan is public")
        await hq.screen.modal("silence_preview", "it would have muted 1 post and 1 alert")
        await hq.screen.send(BEN)
        await hq.screen.message(CHANNEL, "rapid silenced the claim")

        await hq.screen.open_home(ANA)
        found = under_headings(await hq.screen.home(ANA, "Today"))
        assert list(found) == ["Yours (1)", "Open incidents (3)", "Silenced (1)", "Sources (1 BLIND)", "Today"]
        says(found["Yours (1)"], ("CRITICAL: Ana Rivera has been indicted", "comms has it"))
        says(
            found["Open incidents (3)"],
            ("CRITICAL: Ana Rivera has withdrawn", "Nobody has it yet", "1 post by 1 account on x"),
            ("HIGH: A video shows Daniel Moon", "Nobody has it yet"),
            ("MEDIUM: Ana Rivera will close Fire Station 6", "Nobody has it yet"),
        )
        says(found["Silenced (1)"], ("the claim fire-station-closing", "by rapid: the plan is public", "End it"))
        (sources,) = found["Sources (1 BLIND)"]
        says(
            sources.splitlines(),
            ("mastodon: BLIND since", "nowhere.jsonl does not exist"),
            ("posts: last post 30 min ago", "5 seen"),
            ("mastodon is blind since", "nowhere.jsonl does not exist"),
        )
        says(
            found["Today"],
            (
                "5 posts read, 4 spreading a known claim",
                "4 alerts, 0 corrected, 0 false alarms",
                "an owner within 30 min, a correction within –",
            ),
        )


def under_headings(home: Json) -> dict[str, list[str]]:
    """What each block of somebody's Home says, by the heading that it stands under."""
    found: dict[str, list[str]] = {}
    for block in home["blocks"]:
        if block["type"] == "header":
            found[block["text"]["text"]] = []
        elif found:
            found[list(found)[-1]].append(said({"blocks": [block]}))
    return found


def says(shown: list[str], *expected: tuple[str, ...]) -> None:
    """One after the other, each with all of these words."""
    assert len(shown) == len(expected), shown
    for text, words in zip(shown, expected, strict=True):
        assert [word for word in words if word not in text] == [], text
