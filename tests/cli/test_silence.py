from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.cli.silence import ends
from monitor.model import Did, Incident, IncidentState, Mention, Page, Post
from monitor.store import events, incidents, posts, silences
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 22, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
FIRST = Post("1", "Rivera quit \x1b[2J", "bluesky", "someone.example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('rules = "rules"\n', "utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text('[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n', "utf-8")
    (rules / "withdrawn.toml").write_text(
        'id = "withdrawn"\nclaim = "Ana Rivera has withdrawn."\ntruth = "She is on the ballot."\nabout = ["rivera"]\n'
        'status = "active"\nseverity = "high"\nevidence = ["https://example.org/ballot"]\n'
        'phrasings = ["Rivera dropped out"]\n\n[[corrections]]\ntext = "No."\n',
        "utf-8",
    )
    store = Store(tmp_path / "monitor.db")
    now = datetime.now(UTC)
    posts.save_page(store, "sky", "bluesky", Page((FIRST,), "c"), [(FIRST, Mention())], now)
    with store.transaction() as db:
        incidents.save(db, Incident("w-1", "withdrawn", IncidentState.OPEN, FIRST.key, now, now))
        incidents.add_sighting(db, "w-1", FIRST, now, None)
    store.close()
    return tmp_path


def run(folder: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["silence", *arguments, "-c", str(folder / "config.toml")], input=typed)


ADD = ("add", "--claim", "withdrawn", "--for", "1h", "--reason", "a film of that name")


def test_a_silence_is_set_after_its_preview_and_a_yes(folder: Path) -> None:
    done = run(folder, *ADD, typed="y\n")

    assert done.exit_code == 0, done.output
    assert "would have muted 0 alerts about 1 post." in done.output
    assert "@someone.example on bluesky: Rivera quit" in done.output
    assert "\x1b" not in done.output
    (silence,) = json.loads(run(folder, "list", "--json").output)
    assert (silence["scope"], silence["value"], silence["reason"]) == ("claim", "withdrawn", "a film of that name")
    assert silence["by"]["id"].startswith("cli:")


def test_the_start_is_announced_and_audited(folder: Path) -> None:
    run(folder, *ADD, "--yes")

    store = Store(folder / "monitor.db")
    assert [kind for (kind,) in store.db.execute("SELECT kind FROM outbox").fetchall()] == ["notice"]
    assert [event.did for event in events.since(store.db, NOW - timedelta(days=9999))] == [Did.SILENCED]
    store.close()


def test_nothing_is_silenced_without_a_yes(folder: Path) -> None:
    assert run(folder, *ADD, typed="n\n").exit_code == 1
    assert run(folder, "list").output == "nothing is silenced\n"


def test_a_silence_is_ended(folder: Path) -> None:
    run(folder, *ADD, "--yes")
    (silence,) = json.loads(run(folder, "list", "--json").output)

    done = run(folder, "end", silence["id"])

    assert done.exit_code == 0, done.output
    assert run(folder, "list").output == "nothing is silenced\n"
    assert "over" in run(folder, "list", "--all").output
    store = Store(folder / "monitor.db")
    assert [one.id for one in silences.ended_unannounced(store.db, datetime.now(UTC))] == [silence["id"]]
    store.close()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("add", "--claim", "gone", "--for", "1h", "--reason", "x"), "no such claim: gone"),
        (("add", "--claim", "withdrawn", "--until", "2020-01-01", "--reason", "x"), "over before it began"),
        (("add", "--account", "somebody", "--for", "1h", "--reason", "x"), "no such account"),
        (("end", "no-such-id"), "no such silence"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anybody_is_asked(
    folder: Path, arguments: tuple[str, ...], part: str
) -> None:
    done = run(folder, *arguments)

    assert done.exit_code == 1
    assert part in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("add", "--for", "1h", "--reason", "x"), "say what to mute"),
        (("add", "--claim", "withdrawn", "--link", "https://a.example", "--for", "1h", "--reason", "x"), "say what"),
        (("add", "--claim", "withdrawn", "--reason", "x"), "say how long"),
        (("add", "--claim", "withdrawn", "--for", "1h"), "--reason"),
    ],
)
def test_a_silence_needs_one_thing_one_end_and_a_reason(folder: Path, arguments: tuple[str, ...], part: str) -> None:
    done = run(folder, *arguments)

    assert done.exit_code == 2
    assert part in done.output


def test_the_same_thing_is_silenced_once(folder: Path) -> None:
    run(folder, *ADD, "--yes")

    done = run(folder, *ADD, "--yes")

    assert "has silenced it already" in str(done.exception)


def test_a_day_ends_by_the_clock_of_the_team() -> None:
    midnight = datetime(2026, 10, 21, 4, tzinfo=UTC)

    assert ends("1h", None, NEW_YORK, NOW) == NOW + timedelta(hours=1)
    assert ends("today", None, NEW_YORK, NOW) == midnight
    assert ends(None, datetime(2026, 10, 21), NEW_YORK, NOW) == midnight  # noqa: DTZ001 - as click reads a date
    with pytest.raises(click.UsageError):
        ends("1h", datetime(2026, 10, 21), NEW_YORK, NOW)  # noqa: DTZ001
