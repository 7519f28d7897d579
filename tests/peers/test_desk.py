"""Every flow of the desk as responders go through it: local-slack's page, and monitor beside it as in `monitor run`.

Posts come from a JSON Lines file, through the real stages with the sample campaign. What local-slack's page cannot send
(a press inside a window) is put into the store as Slack documents it; all behind that is real.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor import rulebook
from monitor.alert.slack.client import SlackNotifier
from monitor.cli.run import serve
from monitor.config import (
    AlertConfig,
    Config,
    DeskConfig,
    JsonlSource,
    LogConfig,
    MatchConfig,
    Secret,
    SlackConfig,
    StoreConfig,
)
from monitor.model import Click, ClickKind, Did
from monitor.pipeline import Pipeline, Stages, load_stages
from monitor.sources import build
from monitor.store import clicks, events
from monitor.store.db import Store
from tests.peers.screen import Json, Screen, said, screen

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
CHANNEL, AMPLIFIERS = "C01RAPID", "C02AMPLIFY"
ANA, BEN, STRANGER = "U01COMMS", "U02RAPID", "U09NOBODY"
WITHDRAWN = "Ana Rivera has withdrawn from the race"
POSTS = (
    {"id": "1", "source": "x", "author": "one", "text": "BREAKING: Ana Rivera has dropped out of the race for mayor!"},
    {"id": "2", "source": "x", "author": "two", "text": "Ana Rivera quit the race for mayor, she is out"},
    {"id": "3", "source": "bluesky", "author": "three", "text": "So Ana Rivera dropped out of the mayor's race today"},
    {
        "id": "4",
        "source": "bluesky",
        "author": "four",
        "text": "Rivera has withdrawn from the race for mayor. Sad day.",
    },
)
CORRECTED = "https://x.com/rivera/status/1860000000000000001"


@pytest.fixture(scope="module")
def url() -> str:
    url = os.environ.get("LOCAL_SLACK_URL", "http://127.0.0.1:3000")
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=2).close()
    except OSError:
        pytest.skip(f"no local-slack at {url}: run this through make test-peers")
    return url


@pytest.fixture(scope="module")
def stages() -> Stages:
    """The model is loaded once: it takes longer than all the rest."""
    return load_stages(rulebook.load(ROOT / "rules"), MatchConfig())


@dataclass(frozen=True)
class Headquarters:
    """A campaign with monitor at work: what its Slack shows, its store, and the file that its posts come from."""

    screen: Screen
    store: Store
    feed: Path

    def post(self, *posts: Json) -> None:
        with self.feed.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(post) + "\n" for post in posts)

    async def alerted(self) -> Json:
        """The first post comes in; the message about it."""
        self.post(POSTS[0])
        return await self.screen.message(CHANNEL, WITHDRAWN)

    async def shows(self, message: Json, *words: str) -> Json:
        """The incident's message, once it says these words."""

        def look() -> Json | None:
            current = self.screen.messages[message["channel"]][message["ts"]]
            return current if all(word in said(current) for word in words) else None

        return await self.screen.until(look, f"the incident's message with {words}")

    async def press_in_window(self, user: str, action_id: str, value: str, text: str) -> None:
        """What Slack sends for a press inside a window, which local-slack's page cannot; Home's opening, which it can,
        makes the desk look."""
        view = self.screen.modals[-1]
        block = next(block for block in view["blocks"] if block.get("element", {}).get("action_id") == "text")
        state = {"values": {block["block_id"]: {"text": {"type": "plain_text_input", "value": text}}}}
        key = f"window.{action_id}.{value}"
        body = {
            "type": "block_actions",
            "user": {"id": user},
            "trigger_id": key,
            "container": {"type": "view", "view_id": view["id"]},
            "view": {key: view[key] for key in ("id", "callback_id", "private_metadata")} | {"state": state},
            "actions": [{"type": "button", "action_id": action_id, "value": value}],
        }
        now = datetime.now(UTC)
        clicks.add(self.store, Click(key, ClickKind.ACTION, json.dumps(body).encode(), now))
        await self.screen.open_home(user)

    def did(self) -> list[Did]:
        with self.store.reading() as db:
            return [event.did for event in events.since(db, datetime.now(UTC) - timedelta(hours=1))]


Open = Callable[..., AbstractAsyncContextManager[Headquarters]]


@pytest.fixture
def open_hq(url: str, stages: Stages, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(desk: DeskConfig | None = None) -> AsyncIterator[Headquarters]:
        config = make_config(url, tmp_path, desk or DeskConfig(amplifiers=AMPLIFIERS))
        stop = asyncio.Event()
        slack = config.slack
        assert slack is not None
        with closing(Store(config.store.path)) as store:
            async with (
                screen(url) as shown,
                SlackNotifier(slack, config.desk) as notifier,
                asyncio.TaskGroup() as tasks,
            ):
                pipeline = Pipeline(stages, store, config.alerts)
                sources = [build(source) for source in config.sources]
                running = tasks.create_task(serve(config, store, pipeline, notifier, sources, stop))
                try:
                    await shown.until(lambda: shown.connected or running.done(), "monitor's socket")
                    yield Headquarters(shown, store, tmp_path / "posts.jsonl")
                finally:
                    stop.set()

    return opened


@pytest.fixture
async def hq(open_hq: Open) -> AsyncIterator[Headquarters]:
    async with open_hq() as opened:
        yield opened


def make_config(url: str, folder: Path, desk: DeskConfig) -> Config:
    feed = folder / "posts.jsonl"
    feed.touch()
    shutil.copytree(ROOT / "rules", folder / "rules")
    return Config(
        path=folder / "config.toml",
        rules=folder / "rules",
        store=StoreConfig(folder / "monitor.db"),
        match=MatchConfig(),
        judge=None,
        alerts=AlertConfig(growth=(2, 3, 4)),
        slack=SlackConfig(CHANNEL, Secret("xoxb-test-token"), f"{url}/api/", Secret("xapp-test-token")),
        desk=desk,
        log=LogConfig(),
        sources=(JsonlSource("posts", feed, every_seconds=0.2),),
    )


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
    await hq.press_in_window(ANA, "update_links", "", "She is on the ballot, see for yourself.")
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
    await hq.press_in_window(ANA, "choose", "1", "whatever stood there")
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


async def test_it_says_why_it_matched(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.press(ANA, alert, "more", option="why")
    await hq.screen.modal("why", "Nearest wording", "it alerts from 50%")


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


async def test_deadlines_are_reminded_of_and_escalated_and_a_quiet_owner_is_released(
    open_hq: Open,
) -> None:
    seconds = DeskConfig(own_minutes=2 / 60, correct_minutes=9 / 60, owner_quiet_minutes=2 / 60)
    async with open_hq(seconds) as hq:
        alert = await hq.alerted()
        await hq.screen.message(CHANNEL, "Nobody has it yet", thread=alert["ts"])
        await hq.screen.message(CHANNEL, "Nobody took it on within", thread=alert["ts"])
        await hq.screen.press(ANA, alert, "take_on")
        await hq.screen.message(CHANNEL, "comms, are you still on it?", thread=alert["ts"])
        await hq.screen.message(CHANNEL, "It is free again", thread=alert["ts"])
        await hq.screen.message(CHANNEL, "No correction", thread=alert["ts"])
        assert hq.did().count(Did.ESCALATED) == 2


async def test_home_shows_what_is_open_whose_it_is_and_what_monitor_sees(hq: Headquarters) -> None:
    alert = await hq.alerted()
    await hq.screen.open_home(ANA)
    await hq.screen.home(ANA, "Yours (0)", "Open incidents (1)", WITHDRAWN, "posts", "1 alert", "Nothing is silenced")
    await hq.screen.press(ANA, alert, "take_on")
    await hq.shows(alert, "comms has it")
    await hq.screen.press_at_home(ANA, "home_refresh")
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
