"""How long a backtest takes with what the service kept, and whether it decides like the service.

Posts of invented campaigns go through the real pipeline into a store; then the same rules are tried on them twice, and
once more with one phrasing added to one claim, which is what staff do. With --stand-in the models answer at once: so
100,000 posts come in within minutes, and what a backtest takes with everything kept is the same. With --store FILE the
posts stay, and the next run goes on with more of them where this one stopped.

    python -m benchmarks.backtest --data ../shared/data [--posts 5000] [--claims 50] [--stand-in] [--store FILE]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.parts.posts import read_posts
from monitor import log, pipeline
from monitor.answering import parents_in
from monitor.config import AlertConfig, MatchConfig
from monitor.match import judge
from monitor.match.reader import Question
from monitor.model import Candidate, Claim, Page, Post, Rules
from monitor.pipeline import Pipeline, load_stages
from monitor.rulebook.backtest import rejudged
from monitor.store import history
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.memory import MemoryFile, file_beside, open_spared

START = datetime(2026, 10, 1, tzinfo=UTC)
BATCH = 32
WIDTH = 384
"""Numbers in a vector, as with the default model."""
SHIFTS = (0, 5, 10, 15, 20)


@dataclass(slots=True)
class Took:
    """Seconds by the clock, and of processor time: on a machine that others use, only the latter means something."""

    clock: float = 0.0
    processor: float = 0.0

    @classmethod
    @contextmanager
    def measured(cls) -> Iterator[Took]:
        took = cls(-time.perf_counter(), -time.process_time())
        yield took
        took.clock += time.perf_counter()
        took.processor += time.process_time()

    def said(self, posts: int) -> str:
        return (
            f"{self.clock:.1f} s by the clock, {self.processor:.1f} s of processor time, "
            f"{1000 * self.processor / posts:.2f} ms a post"
        )


class _Candidate(msgspec.Struct):
    id: str
    name: str
    aliases: tuple[str, ...]
    handles: tuple[str, ...]
    hashtags: tuple[str, ...]


class _Claim(msgspec.Struct):
    id: str
    about: str | list[str] | None
    claim: str
    truth: str
    phrasings: tuple[str, ...]


def read_rules(worlds: list[Path], claims: int) -> Rules:
    """The candidates of all worlds and the first claims of each in turn, so that they are of all."""
    candidates = [
        Candidate(f"{world.name}-{one.id}", one.name, one.aliases, one.handles, one.hashtags)
        for world in worlds
        for one in msgspec.json.decode((world / "candidates.json").read_bytes(), type=list[_Candidate])
    ]
    found = [(number, world.name, one) for world in worlds for number, one in enumerate(_claims(world))]
    found.sort(key=lambda claim: claim[:2])
    known = {candidate.id for candidate in candidates}
    return Rules(tuple(candidates), tuple(_claim(world, one, known) for _, world, one in found[:claims]), "benchmark")


def _claims(world: Path) -> list[_Claim]:
    return msgspec.json.decode((world / "claims.json").read_bytes(), type=list[_Claim])


def _claim(world: str, one: _Claim, known: set[str]) -> Claim:
    names = [one.about] if isinstance(one.about, str) else one.about or []
    about = tuple(name for name in (f"{world}-{name}" for name in names) if name in known)
    return Claim(f"{world}-{one.id}", one.claim, one.truth, about, phrasings=one.phrasings)


def posts_of(worlds: list[Path], wanted: int) -> Iterator[Post]:
    """Posts of all worlds; once they are through, again with a word more, so that no two are the same."""
    labelled = [(world.name, post) for world in worlds for post in read_posts(world)]
    for number in range(wanted):
        world, post = labelled[number % len(labelled)]
        again = number // len(labelled)
        text = f"{post.text} {again}" if again else post.text
        yield Post(f"{world}-{post.post_id}-{number}", text, post.platform, None, START, lang=post.lang)


class StandInEncoder:
    """A vector drawn by lot for each word, and their sum for a text: what shares words is near, as with the model."""

    @staticmethod
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, WIDTH), dtype=np.float32)
        rows = np.stack([sum(map(_drawn, text.lower().split()), _drawn("")) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@cache
def _drawn(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(crc32(word.encode())).standard_normal(WIDTH)


class StandInReader:
    """Answers drawn by lot from the words of a question: reading 650,000 of them takes hours."""

    def read(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        drawn = [crc32(f"{asked.claim.id} {asked.text}".encode()) for asked in questions]
        scores = np.array([[(lot >> bit) % 16 / 2 for bit in SHIFTS] for lot in drawn]).reshape(len(drawn), len(SHIFTS))
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), dtype=np.float64)


def use_stand_ins() -> None:
    """From now on models answer at once, so that what is measured is all that is not a model."""
    patch.object(pipeline, "load_encoder", lambda _: StandInEncoder()).start()
    patch.object(pipeline, "projected", lambda encoder, _: encoder).start()
    patch.object(judge, "load_reader", lambda _: StandInReader()).start()


def live(store: Store, rules: Rules, posts: list[Post]) -> Took:
    """What the service's own path takes."""
    with open_spared(store.path) as memory:
        assert memory is not None
        stages = load_stages(rules, MatchConfig(), memory=memory)
        running = Pipeline(stages, store, AlertConfig(), page=memory.page)
        with Took.measured() as took:
            for number in range(0, len(posts), BATCH):
                running.accept("benchmark", "jsonl", Page(tuple(posts[number : number + BATCH]), str(number)), START)
                while running.advance(START + timedelta(minutes=1), BATCH):
                    pass
        return took


def tried(store: Store, rules: Rules) -> tuple[Took, list[Ruling]]:
    """What a backtest takes with its models loaded, and what it decides."""
    with closing(MemoryFile(store.path)) as memory:
        stages = load_stages(rules, MatchConfig(), memory=memory)
        with Took.measured() as took:
            past = history.rulings(store, START)
            memory.forget(store.path)
            after = [one for batch in rejudged(past, stages, memory.page, parents_in(store)) for one in batch]
        return took, after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--claims", type=int, default=50)
    parser.add_argument("--stand-in", action="store_true", help="models that answer at once: for many posts")
    parser.add_argument(
        "--store", type=Path, metavar="FILE", help="keep the posts here, and go on with those of before"
    )
    arguments = parser.parse_args()
    log.configure("error", "text")
    if arguments.stand_in:
        use_stand_ins()
    worlds = sorted(path.parent for path in (arguments.data / "judge-train").glob("*/claims.json"))
    rules = read_rules(worlds, arguments.claims)
    posts = list(posts_of(worlds, arguments.posts))
    first, *others = rules.claims
    changed = replace(rules, claims=(replace(first, phrasings=(*first.phrasings, "it is over for them")), *others))
    with tempfile.TemporaryDirectory() as folder, closing(Store(arguments.store or Path(folder) / "posts.db")) as store:
        print(f"{len(posts):,} posts, {len(rules.claims)} claims")
        new = posts[len(history.rulings(store, START)) :]
        if new:
            print(f"live path, {len(new):,} of them: {live(store, rules, new).said(len(new))}", flush=True)
        past = history.rulings(store, START)
        for name, those in (("first", rules), ("again", rules), ("one phrasing more", changed)):
            took, after = tried(store, those)
            differ = sum(was.claim_id != now.claim_id for was, now in zip(past, after, strict=True))
            scores = max(abs((was.score or 0) - (now.score or 0)) for was, now in zip(past, after, strict=True))
            print(
                f"{name}: {took.said(len(past))}; "
                f"{differ} decided differently from the live path, scores differ by at most {scores:.4f}",
                flush=True,
            )
        print(f"file of what was computed: {file_beside(store.path).stat().st_size / 1e6:.0f} MB")
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
