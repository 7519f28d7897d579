from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import service
from monitor.cli import cli
from monitor.errors import InputError
from monitor.workbench.judging import Judging, Place

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """A workbench that is stopped as soon as it runs, without models; and where it looked."""
    seen: list[Place] = []

    @contextmanager
    def stop_at_once(stop: asyncio.Event) -> Iterator[None]:
        stop.set()
        yield

    def load(self: Judging) -> str:
        seen.append(self._place)
        return ""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(service, "stop_on_signals", stop_at_once)
    monkeypatch.setattr(Judging, "load", load)
    return seen


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["workbench", *arguments], catch_exceptions=False)


def test_it_prints_an_address_to_open_and_ends_when_it_is_told_to(places: list[Place]) -> None:
    Path("campaign").mkdir()
    shown = run("campaign").stdout

    assert "http://127.0.0.1:" in shown
    assert "/?token=" in shown
    assert [(place.folder, place.database) for place in places] == [(Path("campaign"), None)]


def test_it_finds_the_rules_and_the_posts_where_the_config_says(places: list[Place]) -> None:
    Path("config.toml").write_text('rules = "ours"\n[store]\npath = "posts.db"\n', encoding="utf-8")
    Path("posts.db").touch()
    Path("ours").mkdir()

    assert run().exit_code == 0
    assert [(place.folder.name, place.database and place.database.name) for place in places] == [("ours", "posts.db")]


def test_without_a_config_the_posts_beside_it_are_used(places: list[Place]) -> None:
    Path("monitor.db").touch()
    Path("rules").mkdir()
    run()

    assert [place.database for place in places] == [Path("monitor.db")]


def test_a_folder_that_is_not_there_is_said_at_once(places: list[Place]) -> None:
    result = CliRunner().invoke(cli, ["workbench", "nofolder"])

    assert isinstance(result.exception, InputError)
    assert "there is no rules folder nofolder" in str(result.exception)
    assert places == []


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_refused(places: list[Place], port: str) -> None:
    assert run("--port", port).exit_code == 2
    assert places == []
