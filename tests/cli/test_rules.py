from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import pipeline
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.errors import RulesError
from monitor.model import Decision, Match, Mention, Post, Rules, Stance, Verdict

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = """\
id = "withdrawn"
claim = "She quit."
truth = "She runs."
about = ["rivera"]
status = "draft"
phrasings = ["Rivera is out"]

[[tests]]
post = "Rivera quit"
expect = "alert"

[[tests]]
post = "Rivera is here"
expect = "quiet"
"""


class QuitMeansAlert:
    """Stands in for the real stages: alerts for a claim that is matched when a post says quit."""

    def __init__(self, rules: Rules, settings: MatchConfig) -> None:
        self._rules = rules
        self._threshold = settings.threshold

    def classify(self, posts: Sequence[Post], now: datetime) -> list[Verdict]:
        return [self._verdict(post, now) for post in posts]

    def _verdict(self, post: Post, now: datetime) -> Verdict:
        claims = [claim for claim in self._rules.claims if claim.is_matched(now)]
        if "quit" not in post.text or not claims:
            return Verdict(post, Mention(), Decision.QUIET, "near none of the claims")
        why = f"0.90 is over {self._threshold:.2f}"
        match = Match(post.key, claims[0].id, "Rivera is out", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, why)
        return Verdict(post, Mention(("rivera",)), Decision.ALERT, why, match)


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", QuitMeansAlert)
    write(tmp_path / "rules", CLAIM)
    return tmp_path


def write(folder: Path, claim: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (folder / "withdrawn.toml").write_text(claim, encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", *arguments], catch_exceptions=False)


def test_check_is_content_with_good_rules() -> None:
    result = run("check")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "rules: 1 claim about 1 candidate, all right\n"


def test_check_puts_every_problem_on_standard_error() -> None:
    write(Path("rules"), CLAIM.replace("draft", "drafty").replace("truth", "thruth"))

    result = run("check")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "rules/withdrawn.toml:3:1: unknown key 'thruth' in a claim; did you mean 'truth'?",
        'rules/withdrawn.toml:5:10: \'status\' cannot be "drafty"; did you mean "draft"?',
    ]


def test_check_gives_problems_as_json() -> None:
    write(Path("rules"), CLAIM.replace("draft", "drafty"))

    result = run("check", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "file": "rules/withdrawn.toml",
            "line": 5,
            "column": 10,
            "what": "'status' cannot be \"drafty\"",
            "mend": 'did you mean "draft"?',
        }
    ]


def test_the_folder_is_the_config_s_unless_it_is_given() -> None:
    write(Path("ours"), CLAIM.replace("draft", "drafty"))
    Path("config.toml").write_text('rules = "ours"\n', encoding="utf-8")
    Path("other.toml").write_text('rules = "rules"\n', encoding="utf-8")

    assert run("check").exit_code == 1
    assert run("check", "rules").exit_code == 0
    assert run("check", "-c", "other.toml").exit_code == 0


def test_a_draft_is_tested_as_if_it_were_active() -> None:
    result = run("test")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "2 tests, 0 failed\n", "")


def test_a_test_that_fails_is_told_with_its_place_and_reason() -> None:
    write(Path("rules"), CLAIM.replace("Rivera is here", "Rivera quit smoking"))

    result = run("test")

    assert (result.exit_code, result.stdout) == (1, "2 tests, 1 failed\n")
    assert result.stderr == (
        'rules/withdrawn.toml:12:1: this test fails: "Rivera quit smoking"; expected no alert for this claim, '
        "got alert for 'withdrawn': score 0.90, stance support, nearest wording \"Rivera is out\"; 0.90 is over 0.50\n"
    )


def test_test_gives_every_result_as_json() -> None:
    write(Path("rules"), CLAIM.replace("Rivera is here", "Rivera quit smoking"))

    results = json.loads(run("test", "--json").stdout)

    assert [(result["line"], result["passed"]) for result in results] == [(8, True), (12, False)]


@pytest.mark.parametrize("command", [["test"], ["try", "Rivera quit"]])
def test_rules_with_mistakes_are_not_tried(command: list[str]) -> None:
    write(Path("rules"), CLAIM.replace("draft", "drafty"))

    with pytest.raises(RulesError) as caught:
        run(*command)

    assert str(caught.value).startswith("rules/withdrawn.toml:5:10: ")


def test_try_explains_a_verdict_and_says_that_the_claim_is_a_draft() -> None:
    assert run("try", "Rivera quit").stdout.splitlines() == [
        "decision  alert",
        "about     rivera",
        "claim     withdrawn",
        "score     0.90",
        "stance    support",
        "nearest   Rivera is out",
        "why       0.90 is over 0.50",
        "note      this claim is in status draft: nobody is told until it is active",
    ]


def test_try_says_when_nothing_is_near() -> None:
    assert run("try", "Nice weather", "--rules", "rules").stdout.splitlines() == [
        "decision  quiet",
        "about     nobody we watch",
        "why       near none of the claims",
    ]


def test_try_takes_the_threshold_of_the_config() -> None:
    Path("config.toml").write_text("[match]\nthreshold = 0.8\n", encoding="utf-8")

    assert "0.90 is over 0.80" in run("try", "Rivera quit").stdout


def test_try_gives_json() -> None:
    assert json.loads(run("try", "Rivera quit", "--json").stdout) == {
        "decision": "alert",
        "claim": "withdrawn",
        "score": 0.9,
        "stance": "support",
        "reason": "0.90 is over 0.50",
        "phrasing": "Rivera is out",
        "candidates": ["rivera"],
    }


@pytest.mark.parametrize("command", ["check", "test", "try"])
def test_every_command_shows_an_example(command: str) -> None:
    assert f"Example:  monitor rules {command}" in run(command, "--help").stdout
