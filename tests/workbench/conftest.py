"""A rules folder, a database of stored posts, and models that know a claim by its phrasings' words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor import pipeline, rulebook
from monitor.config import AlertConfig, MatchConfig
from monitor.match import encoder
from monitor.match.matcher import Matcher
from monitor.match.second import SecondOpinion
from monitor.model import Decision, Match, Mention, Page, Post, Rules, Stance
from monitor.pipeline import Pipeline, Stages
from monitor.store import verdicts
from monitor.store.db import Store
from monitor.workbench.judging import Place

CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\n'
CLAIM = """# Ours, since June
id = "withdrawn"
claim = "Ana Rivera quit."   # the false claim
truth = "She runs."
about = ["rivera"]
phrasings = ["quit"]

[[tests]]
post = "They say Ana Rivera quit"
expect = "alert"
"""
ARRESTED = (
    'id = "arrested"\nclaim = "Ana Rivera was arrested."\ntruth = "No."\nabout = ["rivera"]\nphrasings = ["jail"]\n'
)
HOSTILE = "<img src=x onerror=alert(1)> Ana Rivera is \u202egone"
NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


class PhrasingMatcher(Matcher):
    """A post asserts the claims of which it contains a phrasing."""

    def __init__(self, rules: Rules) -> None:
        self._own = rules

    def reindexed(self, rules: Rules) -> PhrasingMatcher:
        return PhrasingMatcher(rules)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [next(iter(self.against_each(post, mention, now)), None) for post, mention in posts]

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        said = [
            claim
            for claim in self._own.claims
            if post.text not in claim.not_this and any(words in post.text for words in claim.phrasings)
        ]
        return [
            Match(post.key, one.id, one.phrasings[0], 0.9, Stance.SUPPORT, Decision.ALERT, post.text, "says so")
            for one in said
        ]


class ByTopic:
    """An encoder for which texts are alike as far as they share these words."""

    topics = ("quit", "arrested", "jail", "gone")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[float(topic in text) for topic in self.topics] for text in texts], dtype=np.float32)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1), dtype=np.float32)


def load(
    rules: Rules, settings: MatchConfig, second: SecondOpinion | None = None, memory: object | None = None
) -> Stages:
    return Stages(rules, PhrasingMatcher(rules))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pipeline, "load_stages", load)
    monkeypatch.setattr(encoder, "load_encoder", lambda _: ByTopic())
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text(CANDIDATES, encoding="utf-8")
    (rules / "withdrawn.toml").write_text(CLAIM, encoding="utf-8")
    (rules / "arrested.toml").write_text(ARRESTED, encoding="utf-8")
    return rules


@pytest.fixture
def place(folder: Path) -> Place:
    """Three stored posts: one alerted, which a person confirmed; one did not, which a person called false."""
    database = folder.parent / "monitor.db"
    then = NOW - timedelta(days=1)
    posts = (Post("1", "Ana Rivera quit"), Post("2", HOSTILE), Post("3", "Ana Rivera smiles"))
    with closing(Store(database)) as store:
        live = Pipeline(load(rulebook.load(folder), MatchConfig()), store, AlertConfig())
        live.accept("feed", "jsonl", Page(posts, "c"), then)
        live.advance(then, 10)
        with store.transaction() as db:
            verdicts.add(db, posts[0].key, "withdrawn", True, then)
            verdicts.add(db, posts[1].key, "withdrawn", False, then)
    return Place(folder, MatchConfig(), database)
