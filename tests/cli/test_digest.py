from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.model import Incident, IncidentState, Post
from monitor.store import incidents, sources
from monitor.store.db import Store

RULES = """
id = "withdrawn"
claim = "Ana Rivera has withdrawn."
truth = "She is on the ballot."
about = ["rivera"]
severity = "critical"
phrasings = ["Rivera dropped out"]
"""
CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "candidates.toml").write_text(CANDIDATES, "utf-8")
    (tmp_path / "rules" / "withdrawn.toml").write_text(RULES, "utf-8")
    path = tmp_path / "config.toml"
    path.write_text('rules = "rules"\n', "utf-8")
    yesterday = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    store = Store(tmp_path / "monitor.db")
    sources.save_failure(store, "feed \x1b[2J", "rss", "503", yesterday, yesterday)
    with store.transaction() as db:
        for at in (yesterday, datetime(2026, 1, 5, 12, tzinfo=UTC)):
            name = f"w-{at:%Y%m%d}"
            first = at - timedelta(seconds=6)
            found = Incident(name, "withdrawn", IncidentState.OPEN, "x:1", first, first, alerted_at=at)
            incidents.save(db, found)
            incidents.add_sighting(db, name, Post("1", "text"), first, None)
    store.close()
    return path


def run(config: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["digest", "-c", str(config), *options], env={"SLACK_BOT_TOKEN": ""})


def test_the_digest_of_yesterday_is_shown(config: Path) -> None:
    done = run(config)
    assert done.exit_code == 0, done.output
    assert ": 1 incident\n" in done.output
    assert "CRITICAL: Ana Rivera has withdrawn (1 post)" in done.output
    assert "From the first post to the alert: 6 s." in done.output
    assert "is blind since" in done.output
    assert "Posts that spread known false claims" in done.output


def test_text_from_outside_does_not_steer_the_terminal(config: Path) -> None:
    assert "\x1b" not in run(config).output


def test_any_day_can_be_asked_for(config: Path) -> None:
    assert "Monday 05 January: 1 incident" in run(config, "--day", "2026-01-05").output
    assert "no new incident" in run(config, "--day", "2026-01-06").output
    assert run(config, "--day", "tomorrow").exit_code == 2


def test_the_picture_is_written_and_described(config: Path, tmp_path: Path) -> None:
    done = run(config, "--day", "2026-01-05", "--picture", str(tmp_path / "week.png"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "week.png").read_bytes().startswith(b"\x89PNG")
    assert "Ana Rivera has withdrawn: 1 post" in done.stderr


def test_a_week_without_posts_has_no_picture_and_says_so(config: Path, tmp_path: Path) -> None:
    done = run(config, "--day", "2020-01-05", "--picture", str(tmp_path / "week.png"))
    assert isinstance(done.exception, Exception)
    assert "nothing to draw" in str(done.exception)


def test_json_has_every_figure(config: Path) -> None:
    found = json.loads(run(config, "--day", "2026-01-05", "--json").stdout)
    assert found["day"] == "2026-01-05"
    assert found["figures"]["told"][0]["incident"]["claim_id"] == "withdrawn"
    assert found["pace"]["alerted"] == {"median": 6.0, "worst": 6.0, "late": 0, "open": 0}
    assert found["pace"]["owned"]["late"] == 1
    assert sum(found["week"]["curves"][0]["posts"]) == 1
    assert found["text"][0] == "Monday 05 January: 1 incident"


def test_it_is_not_said_to_be_posted_where_there_is_no_channel(config: Path) -> None:
    done = run(config, "--day", "2026-01-05", "--post")
    assert done.exit_code != 0
    assert "neither [slack] channel nor SLACK_BOT_TOKEN is set" in str(done.exception)
    assert "posted" not in done.stderr


def test_a_service_that_never_ran_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", "utf-8")
    assert "monitor run makes it" in str(run(tmp_path / "config.toml").exception)
