from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import pipeline
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.match.matcher import Matcher
from monitor.match.second import SecondOpinion
from monitor.model import Decision, Match, Mention, Page, Post, Rules, Stance
from monitor.pipeline import Stages
from monitor.store import posts, verdicts
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, tzinfo=UTC)
CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = 'id = "withdrawn"\nclaim = "She quit."\ntruth = "She runs."\nabout = ["rivera"]\nphrasings = ["quit"]\n'


class WordMatcher(Matcher):
    """A post that contains a phrasing makes the claim with a score of 0.9, any other with 0.55, which alerts."""

    def __init__(self, rules: Rules) -> None:
        (self._claim,) = rules.claims

    def reindexed(self, rules: Rules) -> WordMatcher:
        return WordMatcher(rules)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [self._match(post) for post, _ in posts]

    def scores(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[dict[str, float]]:
        return [{"withdrawn": self._match(post).score} for post, _ in posts]

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        return [self._match(post)]

    def _match(self, post: Post) -> Match:
        score = 0.9 if any(words in post.text for words in self._claim.phrasings) else 0.55
        bar = self._claim.threshold or 0.5
        decision = Decision.ALERT if score >= bar else Decision.QUIET
        return Match(post.key, "withdrawn", "quit", score, Stance.SUPPORT, decision, post.text, "says so")


def load(
    rules: Rules, settings: MatchConfig, second: SecondOpinion | None = None, memory: object | None = None
) -> Stages:
    return Stages(rules, WordMatcher(rules))


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_stages", load)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (tmp_path / "rules" / "withdrawn.toml").write_text(CLAIM, encoding="utf-8")
    Store(tmp_path / "monitor.db").close()
    return tmp_path


def judge(place: Path, *said: tuple[str, bool]) -> None:
    found = [(Post(str(number), text), asserts) for number, (text, asserts) in enumerate(said)]
    with closing(Store(place / "monitor.db")) as store:
        page = Page(tuple(post for post, _ in found), "c")
        posts.save_page(store, "feed", "jsonl", page, [(post, Mention()) for post in page.posts], NOW)
        with store.transaction() as db:
            for post, asserts in found:
                verdicts.add(db, post.key, "withdrawn", asserts, NOW)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "suggest", *arguments], catch_exceptions=False)


def test_without_a_verdict_it_says_where_verdicts_come_from() -> None:
    assert run().stdout.startswith("Nobody has judged an alert")


def test_with_few_verdicts_it_suggests_nothing_and_says_why(workplace: Path) -> None:
    judge(workplace, ("Rivera left", True), ("Rivera left Ohio\x1b[0m", False))

    assert [line.strip() for line in run().stdout.splitlines()] == [
        "withdrawn: 2 verdicts, 1 of them right",
        "threshold: leave it; too few verdicts to say: 2; 10 are the least, 30 are better",
        "tried and not suggested: 2 (--dropped says why)",
        "Try a change before you keep it: monitor rules backtest --draft FILE",
    ]
    assert [line.strip() for line in run("--dropped").stdout.splitlines()][2:-1] == [
        "tried and not suggested:",
        'look-alike "Rivera left Ohio⟨001B⟩[0m": too few other verdicts to try it on: 1; 10 are the least',
        'phrasing "Rivera left": too few other verdicts to try it on: 1; 10 are the least',
    ]


def test_a_sentence_that_helped_where_it_was_tried_comes_with_its_effect(workplace: Path) -> None:
    judge(
        workplace,
        ("Rivera left", True),
        *((f"Rivera left {number}", True) for number in range(4)),
        *((f"Rivera went home {number}", False) for number in range(12)),
    )

    shown = run().stdout
    (advice,) = json.loads(run("--json").stdout)

    assert (
        '  phrasings worth adding:\n      "Rivera left"\n          would, beside its own post, have changed no alert,'
        " of 16 verdicts: not sure yet\n"
    ) in shown
    assert [(one["kind"], one["text"]) for one in advice["suggested"]] == [("phrasing", "Rivera left")]
    assert advice["suggested"][0]["effect"]["agrees"] == pytest.approx(2)


def test_a_threshold_comes_with_its_effect_and_how_sure_that_is(workplace: Path) -> None:
    judge(
        workplace,
        *((f"Rivera left {number}", False) for number in range(12)),
        *((f"Ana Rivera has quit the race {number}", True) for number in range(30)),
    )

    shown = " ".join(run().stdout.split())
    (advice,) = json.loads(run("--json").stdout)

    assert "threshold = 0.6 instead of 0.5: of what it drops, 12 were false alarms and 0 were right" in shown
    assert "alerts that are right: 30 of 42" in shown
    assert advice["threshold"]["suggested"] == 0.6
    assert advice["threshold"]["precision_then"]["of"] == 30


def test_a_threshold_that_is_too_high_comes_with_what_it_hides(workplace: Path) -> None:
    (workplace / "rules" / "withdrawn.toml").write_text(CLAIM + "threshold = 0.7\n", encoding="utf-8")
    judge(
        workplace,
        *((f"Rivera quit {number}", True) for number in range(8)),
        *((f"Rivera left {number}", number > 0) for number in range(7)),
    )

    shown = " ".join(run().stdout.split())

    assert "threshold: leave it; no other threshold is better with any certainty, by 15 verdicts" in shown
    assert "6 confirmed posts would alert at the usual threshold; a lower one finds more, and costs precision" in shown
