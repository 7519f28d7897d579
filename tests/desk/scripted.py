"""A desk over a real store and real rules files, with a matcher that reads its verdict off the post and a Slack that
only remembers what it was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from monitor import rulebook
from monitor.config import DeskConfig, default
from monitor.desk.members import Members
from monitor.desk.voice import Voice
from monitor.desk.wiring import Asker, Desk, context
from monitor.match.matcher import Matcher
from monitor.model import Click, ClickKind, Decision, Match, Mention, Page, Person, Post, Rules, Stance
from monitor.pipeline import Pipeline, Stages
from monitor.store import clicks
from monitor.store.db import Store
from monitor.text import excerpt

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
ANA = Person("U1ANA", "Ana Flores")
CANDIDATES = '[[candidates]]\nid = "rivera"\nname = "Ana Rivera"\nhandles = ["@anarivera.example"]\n'
CLAIM = """\
# Ours.
id = "withdrawn"
claim = "Ana Rivera has withdrawn."
truth = "She is on the ballot."
about = ["rivera"]
severity = "critical"
phrasings = ["Rivera dropped out"]
not_this = [
  "Rivera quit smoking",  # a real one
]

[[tests]]
post = "Ana Rivera quit the race"
expect = "alert"
"""
OTHER = 'id = "ill"\nclaim = "Ana Rivera is ill."\ntruth = "No."\nabout = ["rivera"]\nphrasings = ["She is sick"]\n'


class QuitMeansAlert(Matcher):
    """'quit' asserts that she has withdrawn, unless the post says word for word what a look-alike says."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def reindexed(self, rules: Rules) -> Matcher:
        return QuitMeansAlert(rules)

    def match(self, posts: Sequence[tuple[Post, Mention]], now: datetime) -> list[Match | None]:
        return [self._match(post) for post, _ in posts]

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        ill = Match(post.key, "ill", "She is sick", 0.2, Stance.COMMENT, Decision.QUIET, post.text, "under its 0.50")
        found = self._match(post)
        return [ill] if found is None else [found, ill]

    def _match(self, post: Post) -> Match | None:
        claim = self._rules.claim("withdrawn")
        if claim is None or "quit" not in post.text:
            return None
        quiet = excerpt(post.text, 500) in claim.not_this
        decision, stance = (Decision.QUIET, Stance.COMMENT) if quiet else (Decision.ALERT, Stance.SUPPORT)
        return Match(post.key, claim.id, "Rivera dropped out", 0.9, stance, decision, post.text, "asserts it")


@dataclass
class Heard:
    """What was said to single people: texts, and views by who opened them."""

    said: list[str]
    views: list[dict[str, Any]]

    async def whisper(self, user: str, text: str, **how: object) -> None:
        blocks = how.get("blocks")
        self.said.append(text if blocks is None else f"{text}\n{msgspec.json.encode(blocks).decode()}")

    async def open_view(self, trigger: str, view: msgspec.Struct) -> str:
        self.views.append(msgspec.to_builtins(view))
        return "V1"


def open_desk(store: Store, folder: Path) -> tuple[Desk, Heard]:
    folder.mkdir()
    for name, text in (("candidates", CANDIDATES), ("withdrawn", CLAIM), ("ill", OTHER)):
        (folder / f"{name}.toml").write_text(text, "utf-8")
    rules = rulebook.load(folder)
    config = default(folder, {})
    pipeline = Pipeline(Stages(rules, QuitMeansAlert(rules)), store, replace(config.alerts, growth=(2, 3, 4)))
    pipeline.learn()
    heard = Heard([], [])
    desk = Desk(
        store=store,
        pipeline=pipeline,
        voice=cast(Voice, heard),
        members=cast(Members, None),
        config=config,
        rules=lambda: pipeline.stages.rules,
        context=partial(context, pipeline, DeskConfig()),
        now=lambda: NOW,
        woken=lambda: None,
    )
    return desk, heard


def click(store: Store, key: str = "click") -> Asker:
    clicks.add(store, Click(key, ClickKind.ACTION, b"{}", NOW))
    return Asker(ANA, key)


def send(desk: Desk, *posts: Post) -> None:
    desk.pipeline.accept("sky", "bluesky", Page(posts, "c"), NOW)
    while desk.pipeline.advance(NOW, 10):
        pass


def post(number: int, text: str, author: str | None = None, url: str | None = None) -> Post:
    return Post(str(number), text, "bluesky", author or f"user{number}", NOW, url, "en")
