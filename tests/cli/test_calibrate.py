from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor import pipeline
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.match import calibrated
from monitor.model import Mention, Page, Post, Rules
from monitor.store import posts, verdicts
from monitor.store.db import Store

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = """\
id = "withdrawn"
claim = "She quit."
truth = "She runs."
about = ["rivera"]
status = "draft"
phrasings = ["Rivera is out"]
"""
ALERTS = ["0.30", "0.35", "0.40", "0.45", "0.55", "0.30 again", "0.38", "0.42"]
QUIETS = ["0.05", "0.10", "0.08", "0.20", "0.12", "0.15", "0.03", "0.07"]
"""Posts say their own score: this model's are too low."""


class ScoreInTheText:
    """Stands in for the real stages: a post's score is its second word; a post about nobody has none."""

    settings = MatchConfig()

    def __init__(self, rules: Rules, settings: MatchConfig) -> None:
        type(self).settings = settings
        self._claims = [claim.id for claim in rules.claims if claim.is_matched(datetime.now(UTC))]

    def scores(self, batch: Sequence[Post], now: datetime) -> list[dict[str, float]]:
        return [self._score(post.text.split()) for post in batch]

    def _score(self, words: list[str]) -> dict[str, float]:
        return dict.fromkeys(self._claims, float(words[1])) if words[0] == "Rivera" else {}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", ScoreInTheText)
    Path("config.toml").write_text('[match]\nmodel = "another/model"\n', encoding="utf-8")
    write(ALERTS, QUIETS)
    return tmp_path


def write(alerts: list[str], quiets: list[str], more: str = "") -> None:
    Path("rules").mkdir(exist_ok=True)
    Path("rules/candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    tests = [f'[[tests]]\npost = "Rivera {post}"\nexpect = "alert"\n' for post in alerts]
    tests += [f'[[tests]]\npost = "Rivera {post}"\nexpect = "quiet"\n' for post in quiets]
    Path("rules/withdrawn.toml").write_text("\n".join([CLAIM, *tests, more]), encoding="utf-8")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["calibrate", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", *arguments).stdout)
    return found


def test_scores_that_are_too_low_are_lifted_and_the_scale_is_written() -> None:
    found = answer()

    assert (found["examples"], found["tests"], found["asserting"], found["without_score"]) == (16, 16, 8, 0)
    assert found["shift"] > 0
    assert found["log_loss_after"] < found["log_loss_before"]
    assert found["own_score_low"] < found["own_score"] < 0.5
    stored = calibrated.read(Path("calibration.json"))
    assert stored is not None
    assert (stored.model, stored.judge, stored.examples) == ("another/model", calibrated.judge_version(), 16)
    assert (round(stored.slope, 4), round(stored.shift, 4)) == (found["slope"], found["shift"])


def test_it_speaks_plainly() -> None:
    lines = run().stdout.splitlines()

    assert [line[:13].strip() for line in lines] == [
        "model", "examples", "log loss", "calibration", "threshold", "used", "how sure", "written"
    ]  # fmt: skip
    assert lines[1] == "examples     16: 16 tests, 0 verdicts of responders; 8 assert their claim"
    assert "16 examples: too few to say; about " in lines[6]
    assert lines[7] == "written      calibration.json"


def test_a_dry_run_writes_nothing() -> None:
    assert run("--dry-run").stdout.splitlines()[-1] == "written      nothing: a dry run"
    assert answer("--dry-run")["written"] is None
    assert not Path("calibration.json").exists()


def test_too_few_examples_leave_the_scores_as_they_are() -> None:
    write(ALERTS[:2], QUIETS[:2])

    lines = run().stdout.splitlines()

    assert lines[2:4] == [
        "used         slope 1.00, shift +0.00",
        "how sure     4 examples: too few to fit anything; the scores stay as they are",
    ]
    stored = calibrated.read(Path("calibration.json"))
    assert stored is not None
    assert (stored.slope, stored.shift) == (1.0, 0.0)


def test_a_fit_that_does_worse_is_not_used() -> None:
    write(["0.90", "0.91", "0.92", "0.10", "0.93", "0.94", "0.95"], ["0.10", "0.09", "0.90", "0.07", "0.06", "0.05"])

    found = answer()

    assert (found["log_loss_after"] < found["log_loss_before"]) == ((found["slope"], found["shift"]) != (1.0, 0.0))


def test_rules_without_tests_are_told() -> None:
    write([], [])

    assert "0 examples: too few to fit anything" in run().stdout


def test_a_post_that_is_not_judged_for_its_claim_is_left_out() -> None:
    write(ALERTS, QUIETS, '[[tests]]\npost = "Nobody 0.99"\nexpect = "quiet"\n')

    assert "8 assert their claim; 1 more have no score for their claim" in run().stdout


def test_a_post_that_must_be_quiet_and_yet_supports_the_claim_asserts_it() -> None:
    write(ALERTS, QUIETS, '[[tests]]\npost = "Rivera 0.2"\nexpect = "quiet"\nstance = "support"\n')

    assert answer()["asserting"] == 9


def test_an_older_calibration_is_no_part_of_what_it_learns_from() -> None:
    run()
    run()

    assert ScoreInTheText.settings.calibration is None


def test_verdicts_of_responders_count_once_and_after_tests() -> None:
    told = [Post("1", "Rivera 0.6 more"), Post("2", "Rivera 0.6  MORE"), Post("3", f"Rivera {ALERTS[0]}")]
    store, now = Store(Path("monitor.db")), datetime.now(UTC)
    posts.save_page(store, "feed", "jsonl", Page(tuple(told), "c"), [(post, Mention()) for post in told], now)
    with store.transaction() as db:
        for post in told:
            verdicts.add(db, post.key, "withdrawn", False, now)
    store.close()

    found = answer()

    assert (found["tests"], found["verdicts"], found["asserting"]) == (16, 1, 8)


def test_a_verdict_on_an_answer_that_says_nothing_by_itself_teaches_nothing() -> None:
    store, now = Store(Path("monitor.db")), datetime.now(UTC)
    post = Post("1", "Rivera 0.6 this is true, share it", reply_to="9")
    posts.save_page(store, "feed", "jsonl", Page((post,), "c"), [(post, Mention())], now)
    with store.transaction() as db:
        verdicts.add(db, post.key, "withdrawn", True, now)
    store.close()

    assert answer()["verdicts"] == 0


def test_without_a_config_nothing_is_written() -> None:
    Path("config.toml").unlink()

    assert run().stdout.splitlines()[-1] == "written      nothing: there is no config file, so no command would read it"
    assert not Path("calibration.json").exists()


def test_rules_config_and_file_are_those_that_are_named(tmp_path: Path) -> None:
    Path("rules").rename("ours")
    (tmp_path / "deep").mkdir()
    Path("deep/other.toml").write_text('[match]\nthreshold = 0.7\ncalibration = "scale.json"\n', encoding="utf-8")

    found = answer("--rules", "ours", "-c", "deep/other.toml")

    assert (found["threshold"], found["written"]) == (0.7, "deep/scale.json")
    assert Path("deep/scale.json").exists()
