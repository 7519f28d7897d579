from __future__ import annotations

from pathlib import Path

import pytest

from monitor.cli.answers import opened
from monitor.cli.place import database_of, place_of
from monitor.errors import ConfigError, StoreError
from monitor.store.db import Store

NEEDS_A_TOKEN = 'rules = "ours"\n[store]\npath = "kept.db"\n[[sources]]\nkind = "x"\n'


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_config_rules_and_posts_are_where_one_stands() -> None:
    assert (place_of(None, None).folder, place_of(None, None).stored) == (Path("rules"), None)
    Store(Path("monitor.db")).close()
    assert place_of(None, None).stored == Path("monitor.db")


def test_a_config_says_where_they_are_and_a_named_folder_goes_before_it() -> None:
    Path("config.toml").write_text(NEEDS_A_TOKEN, "utf-8")
    assert place_of(None, None).folder.name == "ours"
    assert place_of(Path("theirs"), None).folder == Path("theirs")
    assert place_of(None, None).database == database_of(Path("config.toml"))
    assert place_of(None, None).database.name == "kept.db"


def test_a_config_that_is_named_must_be_there() -> None:
    with pytest.raises(ConfigError, match="no such config file"):
        place_of(None, Path("elsewhere.toml"))


def test_a_database_that_is_not_there_is_not_made() -> None:
    with pytest.raises(StoreError, match="monitor run makes it"), opened(Path("monitor.db")):
        pass
    assert not Path("monitor.db").exists()
