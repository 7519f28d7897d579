"""How long a backtest takes, with nothing computed before and with all of it, and whether it decides like the service.

Posts of invented campaigns go through the real pipeline into a store; then the same rules are tried on them twice, and
once more with one phrasing added to one claim, which is what staff do.

    python benchmarks/backtest.py --data ../shared/data [--posts 5000] [--claims 50]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.parts.posts import read_posts
from monitor import log
from monitor.config import AlertConfig, MatchConfig
from monitor.model import Candidate, Claim, Page, Post, Rules
from monitor.pipeline import Pipeline, load_stages
from monitor.rulebook.backtest import rejudged
from monitor.store import history
from monitor.store.db import Store
from monitor.store.history import Ruling
from monitor.store.memory import MemoryFile, file_beside

START = datetime(2026, 10, 1, tzinfo=UTC)
BATCH = 32


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


def live(store: Store, rules: Rules, posts: list[Post]) -> float:
    """Seconds that the service's own path takes."""
    pipeline = Pipeline(load_stages(rules, MatchConfig()), store, AlertConfig())
    start = time.perf_counter()
    for number in range(0, len(posts), BATCH):
        pipeline.accept("benchmark", "jsonl", Page(tuple(posts[number : number + BATCH]), str(number)), START)
        while pipeline.advance(START + timedelta(minutes=1), BATCH):
            pass
    return time.perf_counter() - start


def tried(store: Store, rules: Rules) -> tuple[float, list[Ruling]]:
    """Seconds of a backtest with its models loaded, and what it decides."""
    past = history.rulings(store, START)
    with closing(MemoryFile(store.path)) as memory:
        stages = load_stages(rules, MatchConfig(), memory=memory)
        start = time.perf_counter()
        memory.forget(store.path)
        after = [one for batch in rejudged(past, stages, memory.page) for one in batch]
        return time.perf_counter() - start, after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--claims", type=int, default=50)
    arguments = parser.parse_args()
    log.configure("error", "text")
    worlds = sorted(path.parent for path in (arguments.data / "judge-train").glob("*/claims.json"))
    rules = read_rules(worlds, arguments.claims)
    posts = list(posts_of(worlds, arguments.posts))
    first, *others = rules.claims
    changed = replace(rules, claims=(replace(first, phrasings=(*first.phrasings, "it is over for them")), *others))
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "backtest.db")) as store:
        print(f"{len(posts):,} posts, {len(rules.claims)} claims")
        print(f"live path: {live(store, rules, posts):.1f} s", flush=True)
        past = history.rulings(store, START)
        for name, those in (("cold", rules), ("warm", rules), ("one phrasing more", changed)):
            seconds, after = tried(store, those)
            differ = sum(was.claim_id != now.claim_id for was, now in zip(past, after, strict=True))
            scores = max(abs((was.score or 0) - (now.score or 0)) for was, now in zip(past, after, strict=True))
            print(
                f"{name}: {seconds:.1f} s, {len(past) / seconds:.0f} posts/s; "
                f"{differ} decided differently from the live path, scores differ by at most {scores:.4f}",
                flush=True,
            )
        print(f"file of vectors: {file_beside(store.path).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
