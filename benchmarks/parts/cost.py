"""What judging costs: posts per second on two cores where every post needs judging, beside the obvious script.

Fifty claims of the ruler and of three worlds stand in one rules folder. Only posts that the monitor finds near a claim
are sent, so that none is dropped cheaply. Both run as commands of their own, turn and turn about; the first batch of
posts is not timed, so that loading a model is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.parts import obvious
from benchmarks.parts.figure import Figure, Section
from benchmarks.parts.posts import read_posts
from benchmarks.parts.workplace import Unlabelled, Workplace, say
from monitor.cli.match import BATCH

CLAIMS = 50
CORES = 2
ROUNDS = 3
WORLDS = ("campaign", "judge-train/a-us-senate", "judge-train/h-us-primary", "judge-train/k-city-runoff")
MOST = BATCH + 1_536


def measure(place: Workplace) -> Section:
    with tempfile.TemporaryDirectory() as name, _two_cores():
        folder = Path(name)
        wordings = write_rules(place.data, folder)
        posts = _posts(place, folder / "rules")
        _write(folder / "posts.jsonl", posts)
        _write(folder / "texts.jsonl", [post.text for post in posts])
        _write(folder / "wordings.jsonl", wordings)
        say(f"cost: {len(posts):,} posts that need judging")
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(_obvious(folder))
            ours.append(_monitor(folder))
            say(f"cost: {ours[-1]:.1f} posts/s, obvious script {theirs[-1]:.1f}")
    rate, their_rate = median(ours), median(theirs)
    figures = (
        Figure("times as fast as the obvious script", rate / their_rate, 1.0, 1.0, 5.0, ".2f"),
        Figure(f"posts/s that need judging, {CLAIMS} claims, {CORES} cores", rate, their_rate, shown=".1f"),
    )
    return Section("cost", figures)


def write_rules(data: Path, folder: Path) -> list[str]:
    """One rules folder, FOLDER/rules, of several campaigns; returns the wordings of its claims. Ids get the campaign's
    number in front, since every campaign has a c01."""
    candidates: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    for number, world in enumerate(WORLDS):
        found = msgspec.json.decode((data / world / "candidates.json").read_bytes())
        candidates += [candidate | {"id": f"w{number}-{candidate['id']}"} for candidate in found]
        for claim in msgspec.json.decode((data / world / "claims.json").read_bytes()):
            about = claim["about"] if isinstance(claim["about"], list) else [claim["about"]] if claim["about"] else []
            own = {"id": f"w{number}-{claim['id']}", "about": [f"w{number}-{candidate}" for candidate in about]}
            claims.append(claim | own)
    del claims[CLAIMS:]
    (folder / "candidates.json").write_bytes(msgspec.json.encode(candidates))
    (folder / "claims.json").write_bytes(msgspec.json.encode(claims))
    maker = [sys.executable, str(data / "make_rules.py"), str(folder), str(folder / "rules")]
    subprocess.run(maker, check=True, capture_output=True)
    return [text for claim in claims for text in (claim["claim"], *claim["phrasings"])]


def _posts(place: Workplace, rules: Path) -> list[Unlabelled]:
    """Posts of these campaigns that the monitor holds against a claim; of a sample again and again."""
    posts = [
        Unlabelled(f"{world}-{post.post_id}", post.text, post.platform, post.lang)
        for world in WORLDS
        for post in place.some([post for post in read_posts(place.data / world) if post.label != "background"])
    ]
    answers = place.monitor.match(posts, "--rules", rules)
    needing = [post for post, answer in zip(posts, answers, strict=True) if answer.claim is not None]
    return place.some(needing, MOST) if place.sample is None else needing * (1 + 2 * BATCH // len(needing))


def _monitor(folder: Path) -> float:
    """Posts per second between the first batch of answers and the last answer."""
    command = [sys.executable, "-m", "monitor", "match", "--rules", str(folder / "rules")]
    with (
        (folder / "posts.jsonl").open("rb") as posts,
        subprocess.Popen(command, stdin=posts, stdout=subprocess.PIPE, cwd=folder) as process,
    ):
        assert process.stdout is not None
        times = [time.perf_counter() for _ in process.stdout]
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return (len(times) - BATCH) / (times[-1] - times[BATCH - 1])


def _obvious(folder: Path) -> float:
    command = [sys.executable, obvious.__file__, str(folder / "wordings.jsonl"), str(folder / "texts.jsonl")]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _write(path: Path, things: Sequence[object]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(thing) + b"\n" for thing in things))


@contextmanager
def _two_cores() -> Iterator[None]:
    """This process and what it starts keep to two cores, where the system lets them."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
