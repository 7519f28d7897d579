from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.store import intake
from monitor.store.db import Store

SHEET = "text,link\nRivera is out!!,https://x.com/a/status/1\nanother,https://x.com/a/status/2\n"


def run(folder: Path, sheet: str, *arguments: str) -> Result:
    (folder / "config.toml").write_text("", "utf-8")
    (folder / "sheet.csv").write_text(sheet, "utf-8")
    return CliRunner().invoke(cli, ["intake", str(folder / "sheet.csv"), "-c", str(folder / "config.toml"), *arguments])


def waiting(folder: Path) -> list[str]:
    with closing(Store(folder / "monitor.db")) as store:
        return [one.post.id for one in intake.waiting(store, 100)]


def test_a_sheet_waits_for_the_service_and_is_not_taken_twice(tmp_path: Path) -> None:
    first = run(tmp_path, SHEET)
    assert first.exit_code == 0
    assert "Columns: text = text, link = url" in first.output
    assert "Posts read: 2, new: 2; rows that could not be taken: 0" in first.output
    assert "Posts read: 2, new: 0" in run(tmp_path, SHEET).output
    assert waiting(tmp_path) == ["https://x.com/a/status/1", "https://x.com/a/status/2"]


def test_bad_rows_are_told_on_standard_error_and_the_others_are_taken(tmp_path: Path) -> None:
    done = run(tmp_path, f"{SHEET},https://x.com/a/status/3\n", "--json")
    assert done.exit_code == 1
    assert "sheet.csv:4:1: this row has no text" in done.stderr
    answer = json.loads(done.stdout)
    assert (answer["read"], answer["new"], len(answer["problems"])) == (2, 2, 1)
    assert len(waiting(tmp_path)) == 2


def test_a_dry_run_takes_nothing(tmp_path: Path) -> None:
    assert "Posts read: 2, nothing taken" in run(tmp_path, SHEET, "--dry-run").output
    assert waiting(tmp_path) == []
