from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import pipeline, rulebook
from monitor.cli import cli
from monitor.config import AlertConfig, MatchConfig
from monitor.errors import InputError, StoreError
from monitor.match.matcher import Matcher
from monitor.match.second import SecondOpinion
from monitor.model import Decision, LookAlike, Match, Mention, Page, Person, Post, Rules, Stance
from monitor.pipeline import Pipeline, Stages
from monitor.rulebook import backtest
from monitor.store import look_alikes, verdicts
from monitor.store.db import Store
from monitor.store.history import Ruling

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = 'id = "withdrawn"\nclaim = "She quit."\ntruth = "She runs."\nabout = ["rivera"]\nphrasings = ["quit"]\n'
WIDER = CLAIM.replace('["quit"]', '["gone"]')
QUIT, GONE = Post("1", "Rivera quit \x1b[31m"), Post("2", "Rivera is gone")


class PhrasingMatcher(Matcher):
    """A post asserts the claim one of whose phrasings it contains."""

    def __init__(self, rules: Rules) -> None:
        self._own = rules

    def reindexed(self, rules: Rules) -> PhrasingMatcher:
        return PhrasingMatcher(rules)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [self._match(post) for post, _ in posts]

    def scores(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[dict[str, float]]:
        return [{} if (match := self._match(post)) is None else {match.claim_id: match.score} for post, _ in posts]

    def _match(self, post: Post) -> Match | None:
        for claim in self._own.claims:
            if post.text in claim.not_this:
                continue
            if any(phrasing in post.text for phrasing in claim.phrasings):
                return Match(post.key, claim.id, "p", 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "says so")
        return None


def load(
    rules: Rules, settings: MatchConfig, second: SecondOpinion | None = None, memory: object | None = None
) -> Stages:
    return Stages(rules, PhrasingMatcher(rules))


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in which one post alerted, which a person confirmed, and one did not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", load)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (folder / "withdrawn.toml").write_text(CLAIM, encoding="utf-8")
    now = datetime.now(UTC) - timedelta(hours=1)
    with closing(Store(tmp_path / "monitor.db")) as store:
        live = Pipeline(load(rulebook.load(folder), MatchConfig()), store, AlertConfig())
        live.accept("feed", "jsonl", Page((QUIT, GONE), "c"), now)
        live.advance(now, 10)
        with store.transaction() as db:
            verdicts.add(db, QUIT.key, "withdrawn", True, now)
            verdicts.add(db, GONE.key, "withdrawn", False, now)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "backtest", *arguments], catch_exceptions=False)


def test_rules_that_have_not_changed_gain_and_lose_nothing() -> None:
    shown = run().stdout

    assert "2 posts since" in shown
    assert "beside what was done" in shown
    assert "Lost 0 alerts" in shown
    assert "Gained 0 alerts" in shown


def test_ctrl_c_shows_what_came_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backtest.rejudged

    def stopped(past: Sequence[Ruling], *others: object) -> Iterator[list[Ruling]]:
        yield from whole(past[:1], *others)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(backtest, "rejudged", stopped)
    Path("rules/withdrawn.toml").write_text(WIDER, encoding="utf-8")

    shown = run().stdout

    assert "1 posts since" in shown
    assert "Stopped: the newest 1 posts are left out." in shown
    assert "Lost 1 alert, of which people had confirmed 1." in shown
    assert json.loads(run("--json").stdout)["untried"] == 1


def test_a_changed_file_shows_what_it_gains_and_loses_with_what_people_said() -> None:
    Path("rules/withdrawn.toml").write_text(WIDER, encoding="utf-8")

    shown = run("--since", "2d").stdout

    assert "Lost 1 alert, of which people had confirmed 1." in shown
    assert "Gained 1 alert, of which people had called 1 false." in shown
    assert "withdrawn (0.90, called false): Rivera is gone" in shown
    assert "confirmed): Rivera quit" in shown
    assert "\x1b[31m" not in shown


def test_a_draft_is_tried_in_place_of_the_file_with_its_claim() -> None:
    Path("new.toml").write_text(WIDER + 'status = "draft"\n', encoding="utf-8")

    found = json.loads(run("--draft", "new.toml", "--json").stdout)

    assert [change["post"]["id"] for change in found["comparison"]["gained"]] == ["2"]
    assert [change["post"]["id"] for change in found["comparison"]["lost"]] == ["1"]
    assert found["tradeoffs"][0]["judged"] == 2
    assert Path("rules/withdrawn.toml").read_text(encoding="utf-8") == CLAIM


def test_what_people_named_a_look_alike_counts_from_then_on(workplace: Path) -> None:
    later = datetime.now(UTC)
    copy = replace(QUIT, id="3")
    with closing(Store(workplace / "monitor.db")) as store:
        with store.transaction() as db:
            by = Person("U1", "Sam")
            look_alikes.add(db, LookAlike("withdrawn", QUIT.text, QUIT.key, by, later - timedelta(minutes=30)))
        live = Pipeline(load(rulebook.load(workplace / "rules"), MatchConfig()), store, AlertConfig())
        live.learn()
        live.accept("feed", "jsonl", Page((copy,), "d"), later)
        live.advance(later, 10)

    found = json.loads(run("--json").stdout)["comparison"]

    assert (found["posts"], found["gained"], found["lost"]) == (3, [], [])
    assert found["claims"][0]["after"] == 1


def test_it_changes_nothing_that_it_looks_at(workplace: Path) -> None:
    def dump() -> list[str]:
        with closing(Store(workplace / "monitor.db")) as store:
            return [str(row) for table in store.db.tables for row in table.rows]

    Path("rules/withdrawn.toml").write_text(WIDER, encoding="utf-8")
    before = dump()
    run()

    assert dump() == before


def git(*arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def test_the_rules_are_compared_with_those_of_a_revision() -> None:
    git("init")
    git("add", "rules")
    git("commit", "-m", "rules")
    Path("rules/withdrawn.toml").write_text(WIDER, encoding="utf-8")

    shown = run("--against", "HEAD").stdout

    assert "beside the rules of HEAD" in shown
    assert "Gained 1 alert" in shown


@pytest.mark.parametrize("revision", ["HEAD~9", "--output=x", "no such thing"])
def test_a_revision_that_git_does_not_know_is_refused(revision: str) -> None:
    git("init")

    with pytest.raises(InputError, match="git does not know"):
        run(f"--against={revision}")


def test_old_rules_with_mistakes_are_explained() -> None:
    Path("rules/withdrawn.toml").write_text("id = 1\n", encoding="utf-8")
    git("init")
    git("add", "rules")
    git("commit", "-m", "rules")
    Path("rules/withdrawn.toml").write_text(CLAIM, encoding="utf-8")

    with pytest.raises(InputError, match=r"HEAD:withdrawn\.toml:1:6"):
        run("--against", "HEAD")


def test_the_chart_is_written(workplace: Path) -> None:
    assert "wrote" in run("--picture", "chart.png").stderr
    assert (workplace / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_database_or_a_post_it_says_what_to_do(workplace: Path) -> None:
    with pytest.raises(InputError, match="go further back"):
        run("--since", "2199-01-01")
    (workplace / "monitor.db").unlink()
    with pytest.raises(StoreError, match="monitor run makes it"):
        run()


@pytest.mark.parametrize("since", ["7", "7y", "2026-13-01", ""])
def test_a_span_that_is_none_is_explained(since: str) -> None:
    result = run("--since", since)

    assert result.exit_code == 2
    assert "12h, 7d, 2w or 2026-11-02" in result.stderr
