from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.model import Incident, IncidentState, Page, SocketHealth, SocketState
from monitor.store import incidents, posts, sources, summary
from monitor.store import socket as sockets
from monitor.store.budget import DailyBudget
from monitor.store.db import Store


@pytest.fixture
def config(tmp_path: Path) -> Path:
    now = datetime.now(UTC)
    path = tmp_path / "config.toml"
    path.write_text('rules = "rules"\n', "utf-8")
    store = Store(tmp_path / "monitor.db")
    summary.beat(store, now)
    posts.save_page(store, "sky", "bluesky", Page((), "c", skipped=2, skip_reason="no text", gap="an hour"), [], now)
    drift = (("missing: author.handle", 1),)
    strange = Page((), "c", skipped=1, skip_reason="no author", drift=drift, suspicious="it refuses so", raw=b"{}")
    posts.save_page(store, "strange", "x", strange, [], now)
    for _ in range(3):
        sources.save_failure(store, "feed \x1b[2J", "rss", "503", now + timedelta(hours=1), now - timedelta(minutes=9))
    with store.transaction() as db:
        incidents.save(
            db,
            Incident("w-1", "withdrawn", IncidentState.OPEN, "x:1", now, now, 4, 1, 3, platforms=("x", "bluesky")),
        )
    store.close()
    return path


def shown(config: Path, *options: str) -> str:
    done = CliRunner().invoke(cli, ["status", "-c", str(config), *options])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    "part",
    [
        "failing since 9 min ago, 3 in a row, tried again in",
        "3 in all: 503",
        "sky: posts are missing",
        "an hour",
        "sky: 2 posts skipped, the last because no text",
        "strange: missing: author.handle since",
        "in 1 of 1 posts; for example no author",
        "monitor.db.pages/strange-missing-author-handle-",
        "s ago: it refuses so",
        "withdrawn",
        "bluesky",
        "last alive",
    ],
)
def test_status_says_how_each_source_does(config: Path, part: str) -> None:
    assert part in shown(config)


def test_posts_that_were_taken_in_are_seen_to_wait(config: Path) -> None:
    sheet = config.parent / "sheet.csv"
    sheet.write_text("text\nRivera is out\n", "utf-8")
    assert CliRunner().invoke(cli, ["intake", str(sheet), "-c", str(config)]).exit_code == 0

    result = CliRunner().invoke(cli, ["status", "-c", str(config), "--json"])

    assert json.loads(result.stdout)["summary"]["waiting"] == 1


def test_status_needs_no_token_of_a_source(config: Path) -> None:
    config.write_text('rules = "rules"\n[[sources]]\nkind = "x"\nposts_per_day = 100\n', "utf-8")

    result = CliRunner().invoke(cli, ["status", "-c", str(config)])

    assert result.exit_code == 0, result.output


def test_text_from_outside_does_not_steer_the_terminal(config: Path) -> None:
    assert "\x1b" not in shown(config)


def test_status_prints_json_for_a_script(config: Path) -> None:
    status = json.loads(shown(config, "--json"))
    assert [source["error_count"] for source in status["sources"]] == [3, 0, 0]
    assert [field["name"] for field in status["drift"]] == ["missing: author.handle"]
    assert status["incidents"][0]["platforms"] == ["x", "bluesky"]


def test_status_without_a_database_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", "utf-8")
    done = CliRunner().invoke(cli, ["status", "-c", str(tmp_path / "config.toml")])
    assert done.exit_code == 1
    assert "monitor run makes it" in str(done.exception)


def test_status_says_how_the_socket_for_clicks_stands(config: Path) -> None:
    assert "socket" not in shown(config)
    assert json.loads(shown(config, "--json"))["socket"] is None
    now = datetime.now(UTC)
    health = SocketHealth(SocketState.ALARM, now - timedelta(minutes=9), 2, 3, "no pong \x1b[2J", now)
    with closing(Store(config.parent / "monitor.db")) as store:
        sockets.save(store, health)
        assert sockets.health(store) == health
    said = " ".join(shown(config).split())
    assert re.search(r"socket needs a look since 9 min ago, rebuilt 2 times; last trouble \d+ s ago: no pong", said)
    assert "\x1b" not in said
    assert json.loads(shown(config, "--json"))["socket"]["connections"] == 3


def test_what_a_source_used_up_today_is_shown(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "bearer-1")
    config.write_text('rules = "rules"\n[[sources]]\nkind = "x"\nposts_per_day = 1000\n', "utf-8")
    store = Store(config.parent / "monitor.db")
    DailyBudget(store, 1000, lambda: datetime.now(UTC), "spent x posts").take_up_to(200)
    store.close()
    assert "x: used 200 of 1,000 posts today (1.00 of 5.00 USD)" in shown(config)
    assert json.loads(shown(config, "--json"))["spent"] == {"x": ["200 of 1,000 posts today (1.00 of 5.00 USD)"]}
