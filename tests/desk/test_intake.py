from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert.slack import names
from monitor.desk import intake
from monitor.desk.payload import Command, Pressed, Shortcut, Submitted, View
from monitor.desk.wiring import Desk
from monitor.errors import SourceRefused
from monitor.model import ClaimStatus, Did, Post, Rules
from monitor.store import checks, clicks, events, incidents, posts, verdicts
from monitor.store.db import Store
from tests.desk.scripted import ANA, NOW, Heard, click, open_desk, post, send

REPORTED = "https://www.facebook.com/a/posts/7"


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> tuple[Desk, Heard]:
    return open_desk(store, tmp_path / "rules")


def command(text: str) -> Command:
    return Command(ANA.id, text, "trigger", "C1")


def token_of(answer: str) -> str:
    blocks = json.loads(answer.splitlines()[-1])
    return str(next(block for block in blocks if block["type"] == "actions")["elements"][0]["value"])


def form(token: str | None, **fields: str) -> Submitted:
    return Submitted(ANA.id, View("V1", names.REPORT_MODAL, names.pack(names.ReportMeta(token)), fields))


async def checked(desk: Desk, heard: Heard, text: str) -> str:
    await intake.command(desk, click(desk.store, f"check {text}"), command(text))
    return token_of(heard.said[-1])


async def test_a_text_is_held_against_each_claim_for_its_asker_alone(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    await intake.command(desk, click(desk.store), command("She quit\nlast night"))
    (answer,) = heard.said
    assert "Would alert" in answer
    assert "She quit\\nlast night" in answer
    assert answer.index("has withdrawn") < answer.index("is ill")
    assert desk.store.db.execute("SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM outbox)").fetchone() == (
        0,
        0,
    )


async def test_nothing_to_check_says_how_to(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    for text in ("", "  \n ", "<>"):
        await intake.command(desk, click(desk.store, f"k{text}"), command(text))
    assert set(heard.said) == {intake.NOTHING_SAID}


async def test_the_post_at_an_address_is_taken_from_the_store_else_fetched(
    opened: tuple[Desk, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, heard = opened
    asked: list[str] = []

    async def fetched(url: str) -> Post:
        asked.append(url)
        if "gone" in url:
            raise SourceRefused("social.example does not show this page (status 410)")
        return Post("7", "she quit, a letter says", "mastodon", url=url)

    monkeypatch.setattr(intake, "read_post", fetched)
    send(desk, post(1, "Ana Rivera quit the race", url="https://sky.example/1"))
    await checked(desk, heard, "https://sky.example/1")
    assert "Ana Rivera quit the race" in heard.said[-1]
    await checked(desk, heard, "<https://social.example/@a/7|social.example>")
    assert "a letter says" in heard.said[-1]
    await intake.command(desk, click(desk.store, "gone"), command("https://social.example/gone"))
    assert heard.said[-1] == (
        "It could not be read: social.example does not show this page (status 410). "
        "Paste its text instead: /monitor check TEXT"
    )
    assert asked == ["https://social.example/@a/7", "https://social.example/gone"]


async def test_a_message_is_checked_as_its_reader_sees_it(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    said = "<@U9> says she quit &lt;b&gt; <https://e.example|here>"
    await intake.shortcut(desk, click(desk.store), Shortcut(ANA.id, "check_message", "t", "C1", "1.0", said))
    check = checks.get(desk.store.db, token_of(heard.said[-1]))
    assert check is not None
    assert check.post.text == "@someone says she quit <b> here"


async def test_a_report_counts_whatever_the_matcher_says(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    token = await checked(desk, heard, "they say it is over for Ana")
    await intake.report_pressed(desk, click(desk.store, "r"), Pressed(ANA.id, "report_sighting", token, "trigger"))
    assert "they say it is over for Ana" in msgspec.json.encode(heard.views).decode()
    asker, sent = click(desk.store, "s"), form(token, claim="withdrawn", url=REPORTED)
    await intake.reported(desk, asker, sent)
    await intake.reported(desk, asker, sent)

    (incident,) = incidents.open_incidents(desk.store)
    stored = posts.get(desk.store.db, f"facebook:{REPORTED}")
    assert stored is not None
    assert (incident.claim_id, incident.posts, incident.first_post) == ("withdrawn", 1, stored.key)
    assert (stored.text, stored.url) == ("they say it is over for Ana", REPORTED)
    (event,) = events.of_incident(desk.store.db, incident.id)
    assert (event.did, event.who, event.note) == (Did.REPORTED, ANA, stored.key)
    (verdict,) = verdicts.every(desk.store)
    assert (verdict.claim_id, verdict.asserts) == ("withdrawn", True)
    assert heard.said[-1].startswith("Thank you, it is counted: 1 post")
    assert "s" not in {waiting.key for waiting in clicks.waiting(desk.store, 10)}


async def test_the_same_post_is_counted_once_whoever_reports_it(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    send(desk, post(1, "Ana Rivera quit the race", url="https://sky.example/1"))
    token = await checked(desk, heard, "I saw that she quit, there")
    await intake.reported(desk, click(desk.store, "a"), form(token, claim="withdrawn", url="https://sky.example/1"))
    assert heard.said[-1] == "It is counted on this claim's incident already."
    (incident,) = incidents.open_incidents(desk.store)
    assert incident.posts == 1


async def test_what_is_gone_is_said(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    token = await checked(desk, heard, "she quit")
    await intake.reported(desk, click(desk.store, "a"), form(token, claim="dropped"))
    await intake.reported(desk, click(desk.store, "b"), form("unknown", claim="withdrawn"))
    await intake.reported(desk, click(desk.store, "c"), form(None, claim="withdrawn"))
    await intake.report_pressed(desk, click(desk.store, "d"), Pressed(ANA.id, "report_sighting", "unknown", "t"))
    assert heard.said[-4:] == ["The rules no longer have that claim.", *[intake.TOO_OLD] * 3]
    checks.purge(desk.store, NOW.replace(year=2030))
    assert checks.get(desk.store.db, token) is None


async def test_a_claim_in_shadow_is_counted_quietly(store: Store, tmp_path: Path) -> None:
    desk, heard = open_desk(store, tmp_path / "rules")
    rules = desk.rules()
    shadow = Rules(rules.candidates, tuple(replace(one, status=ClaimStatus.SHADOW) for one in rules.claims), "v2")
    desk.pipeline.swap(desk.pipeline.stages.with_rules(shadow))
    token = await checked(desk, heard, "she quit")
    await intake.reported(desk, click(desk.store, "a"), form(token, claim="withdrawn"))
    assert "in shadow" in heard.said[-1]


def test_an_address_in_the_form_is_one_or_is_told() -> None:
    for url, wrong in (("", False), (REPORTED, False), ("facebook", True), ("javascript:alert(1)", True)):
        view = View("V", names.REPORT_MODAL, "", {"url": url})
        assert bool(intake.mistakes(view)) is wrong


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("plain *text*", "plain *text*"),
        ("&amp;lt; &lt;b&gt;", "&lt; <b>"),
        ("<https://a.example/x?y=1&amp;z=2>", "https://a.example/x?y=1&z=2"),
        ("<https://a.example/x|see>", "https://a.example/x"),
        ("look <https://a.example/x|see> there", "look see there"),
        ("<@U1|joe> <@U2> <#C1|talk> <!here> <!subteam^S1|@press>", "@joe @someone #talk @here @press"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
    ],
)
def test_slacks_marks_are_read_as_people_see_them(sent: str, shown: str) -> None:
    assert intake.plain(sent) == shown


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_text_that_slack_escaped_is_read_back(text: str) -> None:
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert intake.plain(sent) == text.strip()
    intake.plain(text)
