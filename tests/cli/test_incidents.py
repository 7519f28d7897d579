from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.model import (
    Did,
    Event,
    Incident,
    IncidentState,
    Mention,
    Page,
    Person,
    Post,
    PostedText,
)
from monitor.store import answers, corrections, events, incidents, posts
from monitor.store.answers import Answer
from monitor.store.db import Store

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
ANA = Person("U1ANA", "Ana Flores")
FIRST = Post("1", "Rivera quit \x1b[2J", "bluesky", "someone.example", NOON)
SECOND = Post("2", "She is out", "bluesky", "other.example", NOON + timedelta(minutes=2))


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('rules = "rules"\n', "utf-8")
    store = Store(tmp_path / "monitor.db")
    posts.save_page(store, "sky", "bluesky", Page((FIRST, SECOND), "c"), [(FIRST, Mention())], NOON)
    open_one = Incident(
        "w-1", "withdrawn", IncidentState.CORRECTED, FIRST.key, NOON, after(2), 2, accounts=2, platforms=("bluesky",),
        owner=ANA, owned_at=after(1), owner_active_at=after(3), corrected_at=after(3), corrected_by=ANA,
        correction_url="https://example.org/c",
    )  # fmt: skip
    with store.transaction() as db:
        incidents.save(db, open_one)
        incidents.save(db, Incident("w-0", "withdrawn", IncidentState.CLOSED, "x:1", NOON, NOON))
        incidents.add_sighting(db, "w-1", FIRST, NOON, None)
        incidents.add_sighting(db, "w-1", SECOND, after(2), None)
        for reason, kinds, minutes in (("first sighting", "message", 0.5), ("counted on", "update", 2)):
            db.execute(
                "INSERT INTO alerts (incident_id, claim_id, post_key, reason, kinds, posts, score, rules_version, "
                "decided_at) VALUES ('w-1', 'withdrawn', 'bluesky:1', ?, ?, 1, 0.9, 'v1', ?)",
                [reason, kinds, after(minutes).strftime("%Y-%m-%dT%H:%M:%S.%fZ")],
            )
        events.add(db, Event(after(1), ANA, Did.TOOK_ON, "w-1", "", "Ana Flores (U1ANA)"))
        events.add(db, Event(after(2.5), None, Did.REMINDED, "w-1", note="the owner was asked"))
        events.add(db, Event(after(3), ANA, Did.CORRECTED, "w-1", "", "https://example.org/c (bluesky, en): No."))
        events.add(db, Event(after(3), ANA, Did.TOOK_ON, "w-0", "", "Ana Flores (U1ANA)"))
        corrections.add(db, "w-1", PostedText(ANA, after(3), "bluesky", "en", "No.", "https://example.org/c"))
        answers.add(db, "w-1", Answer("bluesky:2", ANA, after(4)))
    store.close()
    return path


def shown(config: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["incidents", *arguments, "-c", str(config)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_list_shows_what_goes_on_and_the_rest_when_asked(config: Path) -> None:
    assert "w-1" in shown(config, "list")
    assert "w-0" not in shown(config, "list")
    assert "w-0" in shown(config, "list", "--all")


def test_the_list_as_json(config: Path) -> None:
    assert [one["id"] for one in json.loads(shown(config, "list", "--json"))] == ["w-1"]
    assert [one["id"] for one in json.loads(shown(config, "list", "--json", "--all"))] == ["w-1", "w-0"]


def test_a_story_is_told_in_order_of_time_with_the_posts_that_there_were(config: Path) -> None:
    story = json.loads(shown(config, "show", "w-1", "--json"))["story"]

    assert [(line["what"], line["who"], line["posts"]) for line in story] == [
        ("first post", "monitor", 1),
        ("told people: first sighting", "monitor", 1),
        ("took it on", "Ana Flores (U1ANA)", 1),
        ("reminded", "monitor", 2),
        ("posted a correction", "Ana Flores (U1ANA)", 2),
    ]
    assert (story[2]["before"], story[2]["after"]) == ("", "Ana Flores (U1ANA)")


def test_a_story_as_json_has_its_corrections_and_answers(config: Path) -> None:
    told = json.loads(shown(config, "show", "w-1", "--json"))

    assert told["incident"]["state"] == "corrected"
    assert [posted["text"] for posted in told["corrections"]] == ["No."]
    assert [answer["post_key"] for answer in told["answers"]] == ["bluesky:2"]


@pytest.mark.parametrize(
    "part",
    [
        "w-1: corrected",
        "@someone.example on bluesky",
        "20 Oct 2026 12:01:00 UTC  Ana Flores (U1ANA): took it on",
        "after: https://example.org/c (bluesky, en): No.",
        "2 posts so far",
        "answered   bluesky:2 by Ana Flores",
    ],
)
def test_a_story_reads_as_text(config: Path, part: str) -> None:
    assert part in shown(config, "show", "w-1")


def test_text_from_posts_does_not_steer_the_terminal(config: Path) -> None:
    assert "\x1b" not in shown(config, "show", "w-1")


def test_an_unknown_incident_is_an_error_that_says_where_to_look(config: Path) -> None:
    done = CliRunner().invoke(cli, ["incidents", "show", "w-9", "-c", str(config)])

    assert done.exit_code == 1
    assert "monitor incidents list --all" in str(done.exception)


def test_without_incidents_the_list_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('rules = "rules"\n', "utf-8")
    Store(tmp_path / "monitor.db").close()

    assert shown(path, "list") == "no incidents\n"
