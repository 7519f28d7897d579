from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.model import Did, Incident, IncidentState, Notification, NotificationKind, Person, PostedText
from monitor.store import corrections, enqueue, events, incidents
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 22, 30, tzinfo=UTC)
CLAIM = """\
# What to say when they say that she quit.
id = "withdrawn"
claim = "Ana Rivera has withdrawn."
truth = "She is on the ballot."
about = ["rivera"]
status = "active"   # since Monday
phrasings = ["Rivera dropped out"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('rules = "rules"\n', "utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text('[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n', "utf-8")
    (rules / "withdrawn.toml").write_text(CLAIM, "utf-8")
    return tmp_path


@pytest.fixture
def desk(folder: Path) -> Path:
    """A folder where incidents of the claim were worked on."""
    store = Store(folder / "monitor.db")
    with store.transaction() as db:
        for name, claim in (("w-1", "withdrawn"), ("w-2", "withdrawn"), ("i-1", "ill")):
            incidents.save(db, Incident(name, claim, IncidentState.OPEN, "x:1", NOW, NOW))
            waiting = Notification(f"{name}.update", NotificationKind.UPDATE, incident_id=name)
            db.execute(
                "INSERT INTO outbox (delivery_id, incident_id, kind, body, state, created_at, due_at)"
                " VALUES (?, ?, 'message', ?, 'pending', ?, ?)",
                [waiting.delivery_id, name, enqueue.encode(waiting), "2026", "2026"],
            )
        corrections.add(db, "w-1", posted("https://x.example/1", 0))
        corrections.add(db, "w-1", posted("https://x.example/1", 5))
        corrections.add(db, "w-2", posted("https://sky.example/2", 7))
        corrections.add(db, "i-1", posted("https://x.example/ill", 9))
    store.close()
    return folder


def posted(url: str, minutes: int) -> PostedText:
    return PostedText(Person("U1ANA", "Ana"), NOW + timedelta(minutes=minutes), "x", "en", "She is on the ballot.", url)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "retire", *arguments, "-c", str(folder / "config.toml")])


def said(folder: Path) -> list[Notification]:
    store = Store(folder / "monitor.db")
    rows = store.db.execute("SELECT body FROM outbox WHERE kind = 'notice'").fetchall()
    store.close()
    return [msgspec.json.decode(body, type=Notification) for (body,) in rows]


def test_only_the_status_of_the_file_changes_and_its_comments_stay(folder: Path) -> None:
    done = run(folder, "withdrawn", "--because", "true")
    assert done.exit_code == 0, done.output
    text = (folder / "rules" / "withdrawn.toml").read_text("utf-8")
    assert text == CLAIM.replace('"active"', '"retired"')
    assert "no service has run here yet" in done.output
    assert not (folder / "monitor.db").exists()


def test_what_came_true_is_told_with_each_correction_that_was_posted(desk: Path) -> None:
    done = run(desk, "withdrawn", "--because", "true")
    assert done.exit_code == 0, done.output
    assert "https://x.example/1" in done.output
    (notice,) = said(desk)
    assert notice.notice is not None
    assert notice.notice.title.endswith("retired the claim withdrawn: it came true")
    assert notice.notice.ping == ("U1ANA",)
    shown = "\n".join(notice.notice.lines)
    assert "2 incidents are still open" in shown
    assert "2 corrections are posted that now say what is false" in shown
    assert shown.count("https://x.example/1") == shown.count("https://sky.example/2") == 1
    assert "20 Oct 2026 22:35 UTC" in shown, "the last version of a text counts"
    assert "x.example/ill" not in shown


def test_alerts_that_are_not_delivered_yet_are_kept_back_and_others_are_not(desk: Path) -> None:
    done = run(desk, "withdrawn", "--because", "true")
    assert "kept back: 2" in done.output
    store = Store(desk / "monitor.db")
    rows = store.db.execute("SELECT incident_id FROM outbox WHERE kind = 'message'").fetchall()
    (event,) = events.since(store.db, NOW - timedelta(days=9999))
    store.close()
    assert rows == [("i-1",)]
    assert (event.did, event.after, event.note) == (Did.RETIRED, "withdrawn", "it came true")


def test_a_claim_that_is_over_was_still_false(desk: Path) -> None:
    run(desk, "withdrawn", "--because", "over")
    (notice,) = said(desk)
    assert notice.notice is not None
    assert "https://" not in "\n".join(notice.notice.lines)
    assert notice.notice.ping == ()


def test_a_mistake_in_another_file_does_not_stand_in_the_way(folder: Path) -> None:
    (folder / "rules" / "ill.toml").write_text('id = "ill', "utf-8")
    assert run(folder, "withdrawn", "--because", "true").exit_code == 0
    assert '"retired"' in (folder / "rules" / "withdrawn.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "claim_id", "why"),
    [
        (CLAIM, "gone", "there is no claim 'gone'"),
        (CLAIM.replace("truth", "truht"), "withdrawn", "must be mended first"),
    ],
)
def test_what_cannot_be_retired_says_why_and_changes_nothing(desk: Path, text: str, claim_id: str, why: str) -> None:
    path = desk / "rules" / "withdrawn.toml"
    path.write_text(text, "utf-8")
    done = run(desk, claim_id, "--because", "true")
    assert done.exit_code == 1
    assert why in str(done.exception)
    assert path.read_text("utf-8") == text
    assert said(desk) == []
