"""Invented campaigns with what the shipped models make of their posts; what was read once is kept."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import msgspec

from benchmarks.parts.advised import Weighed
from monitor import rulebook
from monitor.config import MatchConfig
from monitor.model import Post, Rules
from monitor.pipeline import Stages, load_stages
from monitor.rulebook.in_mind import InMind
from monitor.store.memory import MemoryFile, PageOf

NOW = datetime(2026, 10, 1, tzinfo=UTC)
READ_AT_ONCE = 64


class World:
    """A campaign. What its posts are is known at once where it was read before; the models load when they are asked."""

    def __init__(self, folder: Path, rules: Rules, cache: Path) -> None:
        self.name = folder.name
        self.rules = rules
        self._folder = folder
        self._cache = cache

    @cached_property
    def posts(self) -> list[Weighed]:
        kept = self._cache / f"weighed-{self.name}.json"
        if not kept.exists():
            kept.write_bytes(msgspec.json.encode(_weighed(self._folder, self.stages, self.page)))
        return msgspec.json.decode(kept.read_bytes(), type=list[Weighed])

    @cached_property
    def stages(self) -> Stages:
        return load_stages(self.rules, MatchConfig(), memory=InMind(self._memory))

    @property
    def page(self) -> PageOf:
        """Entered while posts are read, so that it is kept."""
        return self._memory.page

    @cached_property
    def _memory(self) -> MemoryFile:
        return MemoryFile(self._cache / "worlds")


class _Line(msgspec.Struct):
    post_id: str
    text: str
    label: str
    claim_id: str | None = None
    near: str | None = None


def read_worlds(folders: Sequence[Path], maker: Path, cache: Path) -> Iterator[World]:
    """`maker`: make_rules.py; `cache`: where what is read is kept."""
    cache.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        yield World(folder, _rules(folder, maker), cache)


def _rules(folder: Path, maker: Path) -> Rules:
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, maker, folder, place], check=True, capture_output=True)
        return rulebook.load(Path(place))


def _weighed(folder: Path, stages: Stages, page: PageOf) -> list[Weighed]:
    lines = [
        msgspec.json.decode(line, type=_Line) for line in (folder / "posts.jsonl").read_bytes().splitlines() if line
    ]
    found = []
    for start in range(0, len(lines), READ_AT_ONCE):
        some = lines[start : start + READ_AT_ONCE]
        posts = [Post(line.post_id, line.text) for line in some]
        with page(posts):
            for line, post, scores in zip(some, posts, stages.scores(posts, NOW), strict=True):
                near = {match.claim_id: (match.phrasing, match.sentence) for match in stages.against_each(post, NOW)}
                found.append(Weighed(line.post_id, line.text, line.label, line.claim_id, line.near, scores, near))
        print(f"{folder.name}: {len(found)} of {len(lines)} posts read", file=sys.stderr)
    return found
