"""Silences as responders set and end them: of an account, a link and a thread, for each length of time.

Each time: the preview of what it would have muted in the last day, the announcement of its start, what goes on
meanwhile, the announcement of its end, and what is shown then. Of a claim: test_desk.py and test_desk_clock.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.config import DeskConfig
from monitor.desk import ticker
from monitor.model import Did
from monitor.store import incidents
from tests.peers.headquarters import ANA, BEN, CHANNEL, POSTS, Headquarters, Open
from tests.peers.screen import Json, said

pytestmark = pytest.mark.peer

NEVER = 6000.0
DESK = DeskConfig(own_minutes=NEVER, correct_minutes=NEVER, digest_at=None)
WHY = "it says itself that it is satire"
INDICTED = {
    "id": "9",
    "source": "x",
    "author": "one",
    "text": "Grand jury indicts Ana Rivera over Tannery Flats bribes",
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "LONGEST_SLEEP", 0.2)


def post(number: str, author: str, text: object, **more: str) -> Json:
    return {"id": number, "source": "x", "author": author, "text": text} | more


async def silence(hq: Headquarters, alert: Json, scope: str, duration: str, *preview: str, until: str = "") -> Json:
    """Set one, and return its announcement; nobody hears of it before its preview was sent off."""
    await hq.screen.press(ANA, alert, "more", option="silence")
    await hq.screen.modal("silence")
    dated = {"until": until} if until else {}
    await hq.screen.send(ANA, scope=scope, duration=duration, reason=WHY, **dated)
    await hq.screen.modal("silence_preview", WHY, *preview)
    assert Did.SILENCED not in hq.did()
    await hq.screen.send(ANA)
    await hq.screen.no_modal()
    return await hq.screen.message(CHANNEL, f"comms silenced the {scope}", WHY)


async def counted(hq: Headquarters, posts: int) -> None:
    await hq.screen.until(lambda: hq.incident().posts == posts or None, f"{posts} posts counted", poll=True)


def thread(hq: Headquarters, alert: Json) -> str:
    """All that is said in the incident's thread."""
    return "\n".join(said(one) for one in hq.screen.messages[CHANNEL].values() if one.get("thread_ts") == alert["ts"])


def midnight(moment: datetime, days: int) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


async def test_an_account_is_muted_until_the_end_of_today_and_its_posts_are_shown_then(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        alert = await hq.alerted()
        muted = ("the account @one on x", "it would have muted 1 post and 1 alert", "BREAKING")
        began = await silence(hq, alert, "account", "today", *muted)
        assert f"{midnight(hq.clock(), 1):%d %b %Y} 00:00 UTC" in said(began)

        hq.post(post("11", "one", POSTS[1]["text"]), INDICTED)
        await counted_in_all(hq, 3)
        hq.post(post("12", "two", POSTS[2]["text"]))
        await hq.screen.message(CHANNEL, "mayor's race today", thread=alert["ts"])
        assert "she is out" not in thread(hq, alert), "the account is muted, and was shown"
        assert not any("indict" in said(one).lower() for one in hq.screen.messages[CHANNEL].values())

        hq.clock.move_to(midnight(hq.clock(), 1) + timedelta(seconds=1))
        await hq.screen.message(CHANNEL, "The silence on the account x:one is over", f"comms set it: {WHY}")
        await hq.screen.message(CHANNEL, "she is out", thread=alert["ts"])
        await hq.screen.message(CHANNEL, "indict", "Tannery Flats")
        await hq.shows(alert, "3 posts")
        assert hq.did() == [Did.SILENCED, Did.SILENCE_ENDED]


async def counted_in_all(hq: Headquarters, posts: int) -> None:
    def look() -> bool:
        return sum(incident.posts for incident in incidents.open_incidents(hq.store)) == posts

    await hq.screen.until(lambda: look() or None, f"{posts} posts counted in all", poll=True)


async def test_a_link_is_muted_until_a_date_however_it_is_written(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        hq.post(post("1", "one", f"{POSTS[0]['text']} https://fake.example/video?utm_source=x"))
        alert = await hq.screen.message(CHANNEL, "dropped out of the race")
        hq.post(post("2", "two", f"{POSTS[1]['text']} http://www.fake.example/video/"))
        await hq.screen.message(CHANNEL, "she is out", thread=alert["ts"])

        day = midnight(hq.clock(), 2)
        muted = ("the link fake.example/video", "it would have muted 2 posts and 2 alerts")
        began = await silence(hq, alert, "link", "date", *muted, until=f"{day:%Y-%m-%d}")
        assert f"{day:%d %b %Y} 00:00 UTC" in said(began)
        hq.clock.move_to(hq.clock() + timedelta(minutes=2))
        hq.post(post("3", "three", f"{POSTS[2]['text']} fake.example/video#watch"))
        await counted(hq, 3)
        hq.post(post("4", "four", POSTS[3]["text"]))
        await hq.screen.message(CHANNEL, "Sad day", thread=alert["ts"])
        assert "mayor's race today" not in thread(hq, alert), "the link is muted, and was shown"

        hq.clock.move_to(day - timedelta(minutes=1))
        assert Did.SILENCE_ENDED not in hq.did()
        hq.clock.move_to(day + timedelta(seconds=1))
        await hq.screen.message(CHANNEL, "The silence on the link fake.example/video is over")
        await hq.screen.message(CHANNEL, "mayor's race today", thread=alert["ts"])
        await hq.shows(alert, "4 posts")


async def test_a_thread_is_muted_with_replies_to_replies_and_let_go_from_home(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        alert = await hq.alerted()
        muted = ("the post and all replies to it", "it would have muted 1 post and 1 alert")
        await silence(hq, alert, "thread", "1h", *muted)
        hq.post(post("11", "two", POSTS[1]["text"], reply_to="1"))
        await counted(hq, 2)
        hq.post(post("12", "three", POSTS[3]["text"], reply_to="11"))
        await counted(hq, 3)
        hq.post(post("13", "four", POSTS[2]["text"]))
        await hq.screen.message(CHANNEL, "mayor's race today", thread=alert["ts"])
        assert not any(part in thread(hq, alert) for part in ("she is out", "Sad day")), "the thread is muted"

        await hq.screen.open_home(BEN)
        await hq.screen.home(BEN, "Silenced (1)", WHY, "by comms")
        await hq.press_at_home(BEN, "silence_end")
        await hq.screen.home(BEN, "Silenced (0)", "Nothing is silenced")
        await hq.screen.message(CHANNEL, "It ends now; the channel is told", private=BEN)
        await hq.screen.message(CHANNEL, "The silence on the thread", "is over", f"comms set it: {WHY}")
        hq.clock.move_to(hq.clock() + timedelta(minutes=1))
        await hq.screen.message(CHANNEL, "she is out", "Sad day", thread=alert["ts"])
        await hq.shows(alert, "4 posts")
        assert hq.did() == [Did.SILENCED, Did.SILENCE_ENDED]


async def test_what_is_silenced_already_and_what_is_over_say_so_to_whoever_asks_again(open_hq: Open) -> None:
    async with open_hq(DESK) as hq:
        alert = await hq.alerted()
        began = await silence(hq, alert, "account", "1h")
        await hq.screen.press(BEN, alert, "more", option="silence")
        await hq.screen.modal("silence")
        await hq.screen.send(BEN, scope="account", duration="today", reason="I had the same thought")
        await hq.screen.modal("silence_preview")
        await hq.screen.send(BEN)
        await hq.screen.message(CHANNEL, "comms has silenced it already, until", private=BEN)

        await hq.screen.press(BEN, began, "silence_end")
        await hq.screen.message(CHANNEL, "The silence on the account", "is over")
        await hq.screen.press(ANA, began, "silence_end")
        await hq.screen.message(CHANNEL, "It has ended already", private=ANA)
        assert hq.did() == [Did.SILENCED, Did.SILENCE_ENDED]
