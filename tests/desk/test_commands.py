from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.desk import commands, drafts
from monitor.desk.payload import Command, Submitted, View
from monitor.desk.wiring import Desk
from monitor.model import Did, IncidentState, SocketHealth, SocketState
from monitor.rulebook import check, load
from monitor.store import clicks, events, incidents, sources
from monitor.store import socket as sockets
from monitor.store.db import Store
from tests.desk.scripted import ANA, NOW, Heard, click, open_desk, post, send

FORM = {
    "claim": "Ana Rivera moved to another county.",
    "truth": "She lives here.",
    "evidence": "https://example.org/here",
    "candidate": "rivera",
    "severity": "high",
    "phrasings": "She  moved away\n\nShe moved away\nGone to the coast",
    "correction": "{{ truth }} {{ evidence }}",
}


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> tuple[Desk, Heard]:
    return open_desk(store, tmp_path / "rules")


def asked(text: str = "") -> Command:
    return Command(ANA.id, text, "trigger", "C1")


def form(**changed: str) -> View:
    return View("V1", "new_claim", "", FORM | changed)


async def test_help_lists_every_command_and_names_what_there_is_not(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    for text in ("", "help", "wat <!channel>"):
        await commands.help_(desk, click(desk.store, text), asked(text))
    assert heard.said[0] == heard.said[1] == commands.HELP
    assert heard.said[2].startswith("There is no /monitor wat.\n")


async def test_status_says_what_needs_somebody_first(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    send(desk, post(1, "Ana Rivera quit the race"))
    await commands.status(desk, click(desk.store, "a"), asked())
    assert "Everything is well" in heard.said[-1]
    sources.save_failure(desk.store, "feed", "rss", "no such host", NOW, NOW - timedelta(minutes=7))
    sockets.save(desk.store, SocketHealth(SocketState.DOWN, NOW - timedelta(minutes=3), last_error="no pong"))
    await commands.status(desk, click(desk.store, "b"), asked())
    text = heard.said[-1]
    for words in (
        "2 troubles",
        "Source feed is blind since 7 min ago: no such host",
        "The connection for clicks is down since 3 min ago: no pong",
        "Open incidents: 1, 1 of them without an owner",
        "Waiting: 0 posts to be read, 1 message to be sent",
        "Source sky: fine, last post 0 s ago, 1 kept of 1",
    ):
        assert words in text


async def test_claims_come_with_their_last_seven_days(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    send(desk, post(1, "Ana Rivera quit the race"))
    (incident,) = incidents.open_incidents(desk.store)
    await commands.claims(desk, click(desk.store, "a"), asked())
    assert (
        f"withdrawn (active, critical): Ana Rivera has withdrawn. · open: {incident.id} · 7 days: 1 alert"
        in heard.said[-1]
    )
    assert heard.said[-1].index("withdrawn (") < heard.said[-1].index("ill (active, medium)")
    desk.store.db.execute("UPDATE incidents SET state = ?", [IncidentState.FALSE_ALARM.value])
    await commands.claims(desk, click(desk.store, "b"), asked())
    assert "has withdrawn. · 7 days: 1 alert, 1 false alarm" in heard.said[-1]
    desk.store.db.execute("UPDATE incidents SET alerted_at = '2026-10-01T00:00:00.000000Z'")
    await commands.claims(desk, click(desk.store, "c"), asked())
    assert "7 days" not in heard.said[-1]


async def test_new_opens_the_form_with_the_claim_in_it(opened: tuple[Desk, Heard]) -> None:
    desk, heard = opened
    for text in ('"She moved away"', "“She moved away”", " She moved away "):
        await drafts.command(desk, click(desk.store, text), asked(text))
    values = {
        block["element"]["initial_value"]
        for view in heard.views
        for block in view["blocks"]
        if block["block_id"] == "claim"
    }
    assert values == {"She moved away"}


async def test_the_form_becomes_a_draft_once(opened: tuple[Desk, Heard], tmp_path: Path) -> None:
    desk, heard = opened
    asker, sent = click(desk.store), Submitted(ANA.id, form())
    await drafts.submitted(desk, asker, sent)
    await drafts.submitted(desk, asker, sent)
    claim = load(tmp_path / "rules").claim("moved-another-county")
    assert claim is not None
    assert (claim.status, claim.severity, claim.about) == ("draft", "high", ("rivera",))
    assert claim.phrasings == ("She moved away", "Gone to the coast")
    assert claim.evidence == ("https://example.org/here",)
    (said,) = heard.said
    assert str(tmp_path / "rules" / "moved-another-county.toml") in said
    assert 'status = "active"' in said
    (event,) = events.since(desk.store.db, NOW)
    assert (event.did, event.after, event.note) == (Did.DRAFTED, "moved-another-county.toml", FORM["claim"])
    assert clicks.waiting(desk.store, 10) == []
    assert len(list((tmp_path / "rules").iterdir())) == 4


async def test_a_claim_about_the_vote_is_about_nobody(opened: tuple[Desk, Heard], tmp_path: Path) -> None:
    desk, _ = opened
    await drafts.submitted(desk, click(desk.store), Submitted(ANA.id, form(candidate="-", evidence="", correction="")))
    claim = load(tmp_path / "rules").claims[1]
    assert (claim.about, claim.evidence, claim.corrections) == ((), (), ())


async def test_what_cannot_be_drafted_is_said(opened: tuple[Desk, Heard], tmp_path: Path) -> None:
    desk, heard = opened
    await drafts.submitted(desk, click(desk.store), Submitted(ANA.id, form(candidate="nobody")))
    assert heard.said[0].startswith(
        "It is not drafted: the draft would have a mistake in it: there is no candidate 'nobody'"
    )
    assert check(tmp_path / "rules") == []
    assert events.since(desk.store.db, NOW) == []


def test_mistakes_stand_at_their_fields() -> None:
    assert drafts.mistakes(form()) == {}
    wrong = form(claim=" ", phrasings="\n", evidence="here", correction="{{ nobody }}", truth="a\u202eb")
    assert set(drafts.mistakes(wrong)) == {"claim", "truth", "phrasings", "evidence", "correction"}
