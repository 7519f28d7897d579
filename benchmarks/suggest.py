"""What `monitor rules suggest` suggests from verdicts of which a tenth is wrong, held against posts that nobody judged.

    python -m benchmarks.suggest --data ../shared/data --cache DIR WORLD ... [--draws 4] [--counts 4,15,60]

A world is a folder of training/worlds or judge-train; take some that the shipped judge did not learn from (LATER in the
Makefile). Half of its posts get verdicts, at most so many for a claim, three quarters of them on posts that alerted, as
far as there are so many; one in ten is wrong. Thresholds are then put to use on the other half. Of sentences it is
counted how many are wrong: a phrasing whose post does not make the claim, a look-alike whose post does. Each world is
read once (minutes) and kept in DIR.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec

from benchmarks.parts.advised import Counted, Weighed, counted, fell, halves, verdicts
from benchmarks.parts.figure import rows
from monitor import rulebook
from monitor.config import MatchConfig
from monitor.model import Claim, Post, Rules
from monitor.rulebook.suggest import Judged, advise

NOW = datetime(2026, 10, 1, tzinfo=UTC)
WRONG = 0.1
NONE = Counted()
HEAD = (
    "verdicts a claim", "thresholds", "precision fell", "rose", "these claims, right alerts before", "then",
    "all, precision before", "then", "recall before", "then", "phrasings", "wrong", "look-alikes", "wrong",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What came of suggestions: claims whose threshold moved, all claims, and sentences with those that are wrong."""

    thresholds: int = 0
    fell: int = 0
    rose: int = 0
    moved_before: Counted = NONE
    moved_after: Counted = NONE
    before: Counted = NONE
    after: Counted = NONE
    spreading: int = 0
    phrasings: list[bool] = field(default_factory=list)
    look_alikes: list[bool] = field(default_factory=list)
    """Whether each is right."""

    def row(self, count: int) -> tuple[str, ...]:
        return (
            str(count), str(self.thresholds), str(self.fell), str(self.rose),
            f"{self.moved_before.right} of {self.moved_before.alerts}",
            f"{self.moved_after.right} of {self.moved_after.alerts}",
            *(f"{found.right / max(1, found.alerts):.3f}" for found in (self.before, self.after)),
            *(f"{found.right / max(1, self.spreading):.3f}" for found in (self.before, self.after)),
            str(len(self.phrasings)), str(self.phrasings.count(False)),
            str(len(self.look_alikes)), str(self.look_alikes.count(False)),
        )  # fmt: skip


def measure(worlds: Sequence[tuple[str, Rules, list[Weighed]]], count: int, draws: int) -> Outcome:
    outcome = Outcome()
    for name, rules, posts in worlds:
        for draw in range(draws):
            seen, held = halves(posts, Random(f"{name} {draw}"))
            _one_draw(outcome, rules, seen, held, count, Random(f"{name} {draw} {count}"))
    return outcome


def _one_draw(
    outcome: Outcome, rules: Rules, seen: list[Weighed], held: list[Weighed], count: int, chance: Random
) -> None:
    now = {claim.id: MatchConfig().threshold for claim in rules.claims}
    then, by_id = dict(now), {post.id: post for post in seen}
    for claim in rules.claims:
        judged = verdicts(seen, claim.id, now, count, WRONG, chance)
        found = advise(claim, now[claim.id], judged)
        if found.threshold is not None:
            then[claim.id] = found.threshold.suggested
        outcome.phrasings += [_makes(text, claim, judged, by_id) for text in found.phrasings]
        outcome.look_alikes += [not _makes(text, claim, judged, by_id) for text in found.look_alikes]
    before, after = (counted(held, [post.told_as(bars) for post in held]) for bars in (now, then))
    outcome.spreading += sum(post.label == "spread" for post in held)
    for claim in rules.claims:
        was, is_now = before.get(claim.id, Counted()), after.get(claim.id, Counted())
        outcome.before, outcome.after = outcome.before + was, outcome.after + is_now
        if then[claim.id] != now[claim.id]:
            outcome.thresholds += 1
            outcome.moved_before, outcome.moved_after = outcome.moved_before + was, outcome.moved_after + is_now
            outcome.fell += fell(was, is_now)
            outcome.rose += fell(is_now, was)


def _makes(sentence: str, claim: Claim, judged: Sequence[Judged], by_id: dict[str, Weighed]) -> bool:
    return by_id[next(one.post.id for one in judged if one.sentence == sentence)].makes(claim.id)


def read_world(folder: Path, maker: Path, cache: Path) -> tuple[str, Rules, list[Weighed]]:
    """A world with what the shipped models make of its posts."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, maker, folder, place], check=True, capture_output=True)
        rules = rulebook.load(Path(place))
    kept = cache / f"weighed-{folder.name}.json"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(msgspec.json.encode(_weighed(folder, rules)))
    return folder.name, rules, msgspec.json.decode(kept.read_bytes(), type=list[Weighed])


class _Line(msgspec.Struct):
    post_id: str
    text: str
    label: str
    claim_id: str | None = None
    near: str | None = None


def _weighed(folder: Path, rules: Rules) -> list[Weighed]:
    from monitor.pipeline import load_stages  # noqa: PLC0415 - seconds: only where something is read

    stages = load_stages(rules, MatchConfig())
    lines = [
        msgspec.json.decode(line, type=_Line) for line in (folder / "posts.jsonl").read_bytes().splitlines() if line
    ]
    posts = [Post(line.post_id, line.text) for line in lines]
    found = []
    for line, post, scores in zip(lines, posts, stages.scores(posts, NOW), strict=True):
        near = {match.claim_id: (match.phrasing, match.sentence) for match in stages.against_each(post, NOW)}
        found.append(Weighed(line.post_id, line.text, line.label, line.claim_id, line.near, scores, near))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", metavar="WORLD", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True, help="folder with make_rules.py")
    parser.add_argument("--cache", type=Path, required=True, help="where worlds that were read are kept")
    parser.add_argument("--draws", type=int, default=4, help="halves and verdicts drawn for each world")
    parser.add_argument("--counts", default="4,8,15,30,60", help="verdicts on a claim: %(default)s")
    arguments = parser.parse_args()
    worlds = [read_world(world, arguments.data / "make_rules.py", arguments.cache) for world in arguments.worlds]
    counts = [int(count) for count in arguments.counts.split(",")]
    lines = [measure(worlds, count, arguments.draws).row(count) for count in counts]
    print(*rows(HEAD, lines), sep="\n")


if __name__ == "__main__":
    main()
