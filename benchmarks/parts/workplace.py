"""What every part works with: the data, the monitor as a user runs it, and the obvious build's encoder."""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, chdir, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from random import Random
from typing import TypeVar
from unittest.mock import patch

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.parts.answers import Answers
from benchmarks.parts.counting import Guess
from benchmarks.parts.obvious import ObviousEncoder, ObviousIndex, flat
from benchmarks.parts.vectors import Remembering, Vectors
from monitor import pipeline
from monitor.cli import cli
from monitor.config import MatchConfig
from monitor.match import encoder as encoders
from monitor.match import judge as judges
from monitor.match.remembering import Memory

SEED = 7
SAID_EVERY = 2_000
"""Posts between two words of progress."""
T = TypeVar("T")
_start = time.perf_counter()


class Unlabelled(msgspec.Struct):
    """What of a post reaches the monitor."""

    id: str
    text: str
    source: str | None = None
    lang: str | None = None


class Answer(msgspec.Struct):
    """A line of `monitor match`."""

    id: str
    decision: str
    claim: str | None = None
    score: float | None = None
    stance: str | None = None
    reason: str = ""
    ranking: list[tuple[str, float]] = []

    @property
    def guess(self) -> Guess:
        """A post that the shipped threshold does not let through for another reason than its score alerts at none."""
        score = self.score or 0.0
        alerts = self.decision == "alert"
        is_held_back = not alerts and score >= MatchConfig().threshold
        return Guess(self.claim, 0.0 if is_held_back else score, alerts)


class ClaimLine(msgspec.Struct):
    """A line of a list of claims."""

    claim_id: str
    claim: str
    title: str | None = None

    @property
    def wordings(self) -> tuple[str, ...]:
        return (self.claim, self.title) if self.title else (self.claim,)


@dataclass(frozen=True)
class Workplace:
    """`data`: the folder of the data; `sample`: at most so many posts for a part, to try the command out."""

    data: Path
    monitor: Monitor
    obvious: Obvious
    sample: int | None

    def some(self, things: Sequence[T], most: int | None = None) -> list[T]:
        """All of them, or as many as the sample allows, drawn by the seed, in their order."""
        return draw(things, min(most or len(things), self.sample or len(things)))

    def claims(self, name: str, needed: set[str]) -> list[ClaimLine]:
        """A list of claims; of a sample only ten for each post, those that are `needed` among them."""
        lines = read_lines(self.data / "claims" / name, ClaimLine)
        if self.sample is None:
            return lines
        others = [line for line in lines if line.claim_id not in needed]
        return [line for line in lines if line.claim_id in needed] + draw(others, 10 * self.sample)


class Monitor:
    """`monitor match`, in this process, in an empty folder, so that the shipped settings count. Of a post it is given
    what a user would give. Vectors and the reader's answers are remembered between calls; that is all that differs
    from the command."""

    def __init__(self, vectors: Vectors, answers: Answers) -> None:
        self._vectors = vectors
        self._encoders: dict[str, Remembering] = {}
        self._answers = answers
        self._judge: judges.FittedJudge | None = None

    def match(self, posts: Sequence[Unlabelled], *arguments: str | Path) -> list[Answer]:
        """One answer for each post, in order."""
        stdin = TextIOWrapper(_Counted(b"".join(msgspec.json.encode(post) + b"\n" for post in posts)))
        answers = BytesIO()
        with ExitStack() as stack:
            stack.enter_context(chdir(stack.enter_context(tempfile.TemporaryDirectory())))
            stack.enter_context(patch.object(sys, "stdin", stdin))
            for place in (encoders, pipeline):
                stack.enter_context(patch.object(place, "load_encoder", self._load_encoder))
            for place in (judges, pipeline):
                stack.enter_context(patch.object(place, "load_judge", self._load_judge))
            stack.enter_context(redirect_stdout(TextIOWrapper(answers)))
            status = cli.main(["match", *map(str, arguments)], standalone_mode=False)
            lines = answers.getvalue().splitlines()
        if status or len(lines) != len(posts):
            raise RuntimeError(f"monitor match gave {len(lines)} answers to {len(posts)} posts, exit status {status}")
        return [msgspec.json.decode(line, type=Answer) for line in lines]

    def match_claims(self, posts: Sequence[Unlabelled], claims: Sequence[ClaimLine], top: int = 5) -> list[Answer]:
        """The posts against a list of claims."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "claims.jsonl"
            file.write_bytes(b"".join(msgspec.json.encode(claim) + b"\n" for claim in claims))
            return self.match(posts, "--claims", file, "--top", str(top))

    def _load_encoder(self, model: str) -> Remembering:
        if model not in self._encoders:
            self._encoders[model] = self._vectors.of(_real_load_encoder(model).encode)
        return self._encoders[model]

    def _load_judge(self, _memory: Memory | None = None) -> judges.FittedJudge:
        if self._judge is None:
            self._judge = _real_load_judge(self._answers)
        return self._judge


class Obvious:
    """The obvious build, its model loaded when it is first needed."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._encoder: Remembering | None = None

    def rank(
        self, texts: Sequence[str], wordings: Mapping[str, Sequence[str]], top: int = 1
    ) -> list[list[tuple[str, float]]]:
        """For each text its nearest claims with their cosines, best first."""
        return ObviousIndex(wordings, self.encode(flat(wordings))).rank(self.encode(texts), top)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._encoder is None:
            self._encoder = self._vectors.of(ObviousEncoder().encode)
        return self._encoder.encode(texts)

    def guesses(self, texts: Sequence[str], wordings: Mapping[str, Sequence[str]]) -> list[Guess]:
        """Each text's nearest claim. None alerts yet: its cut-off is not chosen."""
        return [Guess(claim, cosine, alerts=False) for ((claim, cosine),) in self.rank(texts, wordings)]


class _Counted(BytesIO):
    """Posts on their way in, one a line, counted aloud."""

    def __init__(self, lines: bytes) -> None:
        super().__init__(lines)
        self._count = 0

    def __next__(self) -> bytes:
        line = super().__next__()
        self._count += 1
        if self._count % SAID_EVERY == 0:
            say(f"{self._count:,} posts")
        return line


def draw(things: Sequence[T], most: int) -> list[T]:
    """As many things as that, or all, the same ones in every run and in their order."""
    chosen = sorted(Random(SEED).sample(range(len(things)), min(most, len(things))))
    return [things[number] for number in chosen]


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """JSON Lines, packed or not."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    decoder = msgspec.json.Decoder(kind)
    return [decoder.decode(line) for line in content.split(b"\n") if line.strip()]


def say(text: str) -> None:
    """A word of progress on standard error, with the seconds since the start."""
    print(f"{time.perf_counter() - _start:7,.0f} s  {text}", file=sys.stderr, flush=True)


_real_load_encoder = encoders.load_encoder
_real_load_judge = judges.load_judge
