"""Rules that are saved while posts flow: is every post judged once, by one whole set of rules?

A source in this process sends posts at RATE a second through the real service, with the real models and store. A SHARE
of them are the sample campaign's, the others name nobody, as on a whole network. Meanwhile a claim's file is saved
every EVERY seconds, each time with another threshold, every third time with a mistake in it. At the end each post that
had to be judged must be there once, with a version of the rules that was whole, and with that version's threshold.

    python -m benchmarks.reload [--rate 500] [--seconds 60] [--share 0.01] [--every 3]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from monitor import config as configuration
from monitor import log, rulebook
from monitor.alert.console import ConsoleNotifier
from monitor.cli.demo import STREAM, sample_rules
from monitor.cli.run import open_pipeline, serve
from monitor.config import AlertConfig, StoreConfig
from monitor.model import Page, Post
from monitor.pipeline import Pipeline
from monitor.sources.post_json import post_from_json
from monitor.store.db import Store

PAGES = 10
"""A second."""
CLAIM = "withdrawn.toml"
_BAR = re.compile(r"is under the claim's ([0-9.]+)")


class PacedSource:
    """`rate` posts a second, of which every so manieth is the campaign's. `ended` is set after the last."""

    name = "paced"
    kind = "benchmark"
    every_seconds = float("inf")

    def __init__(self, posts: list[Post], rate: int, seconds: int, share: float) -> None:
        self.sent: list[Post] = []
        self.ended = asyncio.Event()
        self.took = 0.0
        self._posts = posts
        self._rate = rate
        self._total = rate * seconds
        self._one_in = max(1, round(1 / share))

    async def pages(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        del cursor
        start = time.perf_counter()
        size = self._rate // PAGES
        for first in range(0, self._total, size):
            await asyncio.sleep(max(0.0, start + first / self._rate - time.perf_counter()))
            posts = tuple(self._post(number) for number in range(first, first + size))
            self.sent += posts
            yield Page(posts, str(first), everything=True)
        self.took = time.perf_counter() - start
        self.ended.set()

    async def check(self) -> str:
        return "a benchmark"

    def _post(self, number: int) -> Post:
        now = datetime.now(UTC)
        if number % self._one_in:
            return Post(f"n{number}", f"good morning, harbour number {number}", "benchmark", created_at=now)
        post = self._posts[number // self._one_in % len(self._posts)]
        return replace(post, id=f"c{number}", text=f"{post.text} {number}", platform="benchmark", created_at=now)


@dataclass
class Saves:
    """What was saved: version of the rules -> the threshold in the claim's file. `swapped`: seconds from a save to the
    moment at which its rules were in use."""

    thresholds: dict[str, float] = field(default_factory=dict)
    swapped: list[float] = field(default_factory=list)
    bad: int = 0


async def save_now_and_then(folder: Path, pipeline: Pipeline, every: float, source: PacedSource, saves: Saves) -> None:
    written = (folder / CLAIM).read_text("utf-8")
    for number in range(1, 10_000):
        with suppress(TimeoutError):
            await asyncio.wait_for(source.ended.wait(), every)
        if source.ended.is_set():
            return
        threshold = 0.3 + number % 60 / 100
        raw = f"threshold = {threshold:.2f}\n{written}".encode()
        if number % 3 == 0:
            saves.bad += 1
            (folder / CLAIM).write_bytes(b"oops\n" + raw)
            continue
        version = rulebook.load(folder, {CLAIM: raw}).version
        saves.thresholds[version] = threshold
        start = time.perf_counter()
        (folder / CLAIM).write_bytes(raw)
        await until(lambda: pipeline.written.version == version or source.ended.is_set())  # noqa: B023 - awaited here
        if pipeline.written.version == version:
            saves.swapped.append(time.perf_counter() - start)


async def measure(rate: int, seconds: int, share: float, every: float) -> None:
    posts = [post_from_json(line) for line in STREAM.read_bytes().splitlines() if line.strip()]
    source, stop = PacedSource(posts, rate, seconds, share), asyncio.Event()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "rules"
        shutil.copytree(sample_rules(), folder)
        config = replace(
            configuration.default(folder), store=StoreConfig(Path(place) / "reload.db"), alerts=AlertConfig()
        )
        with closing(Store(config.store.path)) as store:
            pipeline = open_pipeline(config, store, stream_time=False)
            saves = Saves({pipeline.rules_version: config.match.threshold})
            async with ConsoleNotifier(Console(file=StringIO())) as notifier, asyncio.TaskGroup() as tasks:
                tasks.create_task(serve(config, store, pipeline, notifier, [source], stop))
                await save_now_and_then(folder, pipeline, every, source, saves)
                await until(lambda: not waiting(store))
                stop.set()
            report(store, source, saves, pipeline)


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 - nobody sets an event for this
        await asyncio.sleep(0.02)


def waiting(store: Store) -> int:
    with store.reading() as db:
        return int(db.execute("SELECT count(*) FROM posts WHERE decided IS NULL").fetchone()[0])


def report(store: Store, source: PacedSource, saves: Saves, pipeline: Pipeline) -> None:
    with store.reading() as db:
        stored = Counter(key for (key,) in db.execute("SELECT key FROM posts").fetchall())
        rows = db.execute("SELECT post_key, claim_id, why, rules_version FROM matches").fetchall()
    wanted = {post.key for post in source.sent if pipeline.stages.mention(post)}
    judged = Counter(key for key, *_ in rows)
    unknown = {version for *_, version in rows} - saves.thresholds.keys()
    torn = 0
    for _, claim, why, version in rows:
        bar = _BAR.search(why)
        if claim == "withdrawn" and bar is not None and version in saves.thresholds:
            torn += abs(float(bar[1]) - saves.thresholds[version]) > 0.005
    swapped = sorted(saves.swapped) or [float("nan")]
    twice = sum(count > 1 for count in (*stored.values(), *judged.values()))
    versions = len({version for *_, version in rows})
    print(f"{len(source.sent):,} posts in {source.took:.1f} s: {len(source.sent) / source.took:.0f} posts/s")
    print(f"{len(wanted):,} of them had to be judged: lost {len(wanted - stored.keys())}, twice {twice}")
    print(f"{len(rows):,} were near a claim, judged by {versions} versions of the rules")
    print(f"by a version that never was whole: {len(unknown)}; with another version's threshold: {torn}")
    print(f"saved {len(saves.swapped)} times well, in use after {swapped[len(swapped) // 2]:.2f} s (median)", end="")
    print(f" and {swapped[-1]:.2f} s at worst; {saves.bad} times with a mistake")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--every", type=float, default=3.0)
    arguments = parser.parse_args()
    log.configure("error", "text")
    asyncio.run(measure(arguments.rate, arguments.seconds, arguments.share, arguments.every))


if __name__ == "__main__":
    main()
