from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import watchfiles
from click.testing import CliRunner, Result

from monitor import pipeline
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.errors import InputError, RulesError
from monitor.model import Decision, LookAlike, Match, Mention, Page, Person, Post, Rules, Stance, Verdict
from monitor.rulebook import meaning
from monitor.store import look_alikes, posts
from monitor.store.db import Store

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
        said_not_to_be = {text for claim in claims for text in claim.not_this}
        if "quit" not in post.text or not claims or post.text in said_not_to_be:
            return Verdict(post, Mention(), Decision.QUIET, "near none of the claims")
        why = f"0.90 is over {self._threshold:.2f}"
        match = Match(post.key, claims[0].id, "Rivera is out", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, why)
        return Verdict(post, Mention(("rivera",)), Decision.ALERT, why, match)

    def against_each(self, post: Post, now: datetime) -> list[Match]:
        match = self._verdict(post, now).match
        if match is None:
            return []
        far = replace(match, claim_id="arrested", score=0.2, decision=Decision.QUIET, why="0.20 is under 0.50")
        return [match, far] if self._rules.claim("arrested") else [match]

    def with_rules(self, rules: Rules) -> QuitMeansAlert:
        return QuitMeansAlert(rules, MatchConfig())


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


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["rules", *arguments], input=stdin, catch_exceptions=False)


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
        '       3 | thruth = "She runs."',
        "         | ^",
        'rules/withdrawn.toml:5:10: \'status\' cannot be "drafty"; did you mean "draft"?',
        '       5 | status = "drafty"',
        "         |          ^",
    ]


def test_check_warns_and_is_content() -> None:
    write(Path("rules"), CLAIM.replace('"Rivera is out"', '"Rivera is out", "she quit"'))

    result = run("check")

    assert result.exit_code == 0
    assert result.stdout == "rules: 1 claim about 1 candidate, all right; 1 warning\n"
    what = "warning: this phrasing does not name Ana Rivera: it resembles posts about anybody"
    assert result.stderr.splitlines() == [
        f"rules/withdrawn.toml:6:31: {what}; write the name where people would say it",
        '       6 | phrasings = ["Rivera is out", "she quit"]',
        "         |                               ^",
    ]


def test_rules_with_a_mistake_give_no_warning() -> None:
    write(Path("rules"), CLAIM.replace("draft", "drafty").replace('"Rivera is out"', '"she quit"'))

    assert "warning" not in run("check").stderr


def test_check_marks_warnings_in_json() -> None:
    write(Path("rules"), CLAIM.replace('"Rivera is out"', '"Rivera is out", "she quit"'))

    result = run("check", "--json")

    assert result.exit_code == 0
    assert [(line["level"], line["line"]) for line in json.loads(result.stdout)] == [("warning", 6)]


def test_check_loads_no_model_unless_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("monitor.match.encoder.load_encoder", asked.append)
    monkeypatch.setattr(meaning, "advise_by_meaning", lambda found, encoder: [])

    run("check")
    assert asked == []
    run("check", "--deep")
    assert asked == [MatchConfig().model]


def in_spanish(number: int) -> tuple[Post, Match]:
    post = Post(str(number), "Rivera se retiró", lang="es")
    return post, Match(post.key, "withdrawn", "Rivera is out", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "")


def test_check_knows_the_languages_of_the_stored_posts() -> None:
    Path("config.toml").write_text('rules = "rules"\n[store]\npath = "monitor.db"\n', encoding="utf-8")
    store, now = Store(Path("monitor.db")), datetime(2026, 10, 20, tzinfo=UTC)
    matched = [in_spanish(number) for number in range(10)]
    kept = [(post, Mention(("rivera",))) for post, _ in matched]
    posts.save_page(store, "file", "jsonl", Page(tuple(post for post, _ in matched), ""), kept, now)
    with store.transaction() as db:
        for post, match in matched:
            posts.save_verdict(db, Verdict(post, Mention(("rivera",)), Decision.ALERT, "", match), "1", now)
    store.close()

    result = run("check")

    assert result.exit_code == 0
    assert "10 of the 10 stored posts that spread this claim are in Spanish" in result.stderr


def test_a_database_that_cannot_be_opened_stops_no_check() -> None:
    Path("config.toml").write_text('rules = "rules"\n[store]\npath = "monitor.db"\n', encoding="utf-8")
    Path("monitor.db").write_bytes(b"this is no database at all" * 100)

    result = run("check")

    assert result.exit_code == 0
    assert result.stderr.startswith("the stored posts were not looked at: ")


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
            "level": "error",
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
        "    score      0.90 for 'withdrawn', which alerts from 0.50\n"
        "    stance     support\n"
        "    nearest    Rivera is out\n"
        "    decided by Rivera quit smoking\n"
        "    why        0.90 is over 0.50\n"
    )


def test_a_test_whose_claim_is_not_near_says_so() -> None:
    write(Path("rules"), CLAIM.replace("Rivera quit", "Rivera left"))

    assert "    'withdrawn' was not judged for this post" in run("test").stderr


def test_a_claim_s_own_threshold_is_the_one_that_is_shown() -> None:
    write(Path("rules"), "threshold = 0.35\n" + CLAIM.replace("Rivera is here", "Rivera quit smoking"))

    assert "which alerts from 0.35" in run("test").stderr


def test_test_writes_junit_for_a_build_server() -> None:
    write(Path("rules"), CLAIM.replace("Rivera is here", "Rivera quit smoking"))

    result = run("test", "--junit", "tests.xml")

    assert result.exit_code == 1
    [suite] = ET.parse("tests.xml").getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("rules/withdrawn.toml", "2", "1")


def test_a_report_that_cannot_be_written_is_explained() -> None:
    with pytest.raises(InputError, match="cannot write nowhere"):
        run("test", "--junit", "nowhere/tests.xml")


def test_test_gives_every_result_as_json() -> None:
    write(Path("rules"), CLAIM.replace("Rivera is here", "Rivera quit smoking"))

    results = json.loads(run("test", "--json").stdout)

    assert [(result["line"], result["passed"]) for result in results] == [(8, True), (12, False)]
    assert [(result["score"], result["threshold"]) for result in results] == [(0.9, 0.5), (0.9, 0.5)]


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
        "",
        "not near: withdrawn",
    ]


def test_try_shows_every_claim_the_likeliest_first() -> None:
    for claim_id in ("arrested", "citizen"):
        other = CLAIM.replace('"withdrawn"', f'"{claim_id}"').replace("is out", claim_id)
        Path(f"rules/x-{claim_id}.toml").write_text(other, encoding="utf-8")
    Path("rules/withdrawn.toml").rename("rules/a.toml")

    assert run("try", "Rivera quit").stdout.splitlines()[-5:] == [
        "",
        "the other claims near it, the likeliest first:",
        "  0.20  quiet  arrested: 0.20 is under 0.50",
        "",
        "not near: citizen",
    ]


def test_try_takes_a_post_of_several_lines_from_standard_input() -> None:
    result = run("try", "-", "--json", stdin="What a night.\nRivera quit\n")

    assert json.loads(result.stdout)["decision"] == "alert"


@pytest.mark.parametrize(("stdin", "message"), [(b" \n", "there is no post"), (b"\xff", "is not UTF-8")])
def test_try_explains_standard_input_that_is_no_post(stdin: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run("try", "-", stdin=stdin)


def test_try_tries_again_whenever_a_file_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def saves(folder: Path, **_: object) -> Iterator[object]:
        write(folder, CLAIM.replace("draft", "drafty"))
        yield "a mistake"
        write(folder, CLAIM.replace("draft", "shadow"))
        yield "mended"
        raise KeyboardInterrupt

    monkeypatch.setattr(watchfiles, "watch", saves)

    result = run("try", "Rivera quit", "--watch")

    assert [line for line in result.stdout.splitlines() if line.startswith("note")] == [
        "note      this claim is in status draft: nobody is told until it is active",
        "note      this claim is in status shadow: nobody is told until it is active",
    ]
    assert "rules/withdrawn.toml:5:10: 'status' cannot be \"drafty\"" in result.stderr
    assert (result.exit_code, result.stderr.count("--- saved")) == (0, 2)


def test_watching_is_not_for_scripts() -> None:
    assert run("try", "Rivera quit", "--watch", "--json").exit_code == 2


def test_try_knows_what_people_said_is_not_the_claim() -> None:
    Path("config.toml").write_text('rules = "rules"\n[store]\npath = "monitor.db"\n', encoding="utf-8")
    said = LookAlike(
        "withdrawn", "Rivera quit smoking", "file:1", Person("U1", "Jo"), datetime(2026, 10, 20, tzinfo=UTC)
    )
    with closing(Store(Path("monitor.db"))) as store, store.transaction() as db:
        look_alikes.add(db, said)

    assert "decision  quiet" in run("try", "Rivera quit smoking").stdout
    assert "decision  alert" in run("try", "Rivera quit").stdout


def test_try_works_without_a_database_that_cannot_be_opened() -> None:
    Path("config.toml").write_text('rules = "rules"\n[store]\npath = "monitor.db"\n', encoding="utf-8")
    Path("monitor.db").write_bytes(b"no database")

    result = run("try", "Rivera quit")

    assert "decision  alert" in result.stdout
    assert "does not count here: " in result.stderr


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
        "claims": [
            {
                "claim": "withdrawn",
                "decision": "alert",
                "score": 0.9,
                "stance": "support",
                "reason": "0.90 is over 0.50",
                "phrasing": "Rivera is out",
            }
        ],
    }


def test_schema_prints_a_schema_of_claims_unless_asked_for_candidates() -> None:
    assert json.loads(run("schema").stdout)["title"] == "A claim"
    assert json.loads(run("schema", "candidates").stdout)["title"] == "candidates.toml"


@pytest.mark.parametrize("command", ["check", "test", "try", "schema"])
def test_every_command_shows_an_example(command: str) -> None:
    assert f"Example:  monitor rules {command}" in run(command, "--help").stdout
