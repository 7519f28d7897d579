"""What `monitor rules suggest` suggests from verdicts of which a tenth is wrong, held against posts that nobody judged.

    python -m benchmarks.suggest --data ../shared/data --cache DIR WORLD ... [--draws 1] [--counts 15,60]
    python -m benchmarks.suggest ... --thresholds [--draws 4] [--counts 15,30,60]

A world is a folder of training/worlds or judge-train; take some that the shipped judge did not learn from (LATER in the
Makefile). Half of its posts get verdicts, at most so many for a claim, three quarters of them on posts that alerted, as
far as there are so many; one in ten is wrong. All that is suggested is then put to use together on the other half, read
anew. Of sentences it is counted how many are wrong: a phrasing whose post does not make the claim, a look-alike whose
post does. With --thresholds nothing is read anew: thresholds alone, where every claim's stood at 0.2, 0.5 or 0.9.
What is read is kept in DIR: a world takes minutes the first time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.parts.advised import Counted, Weighed, counted, fell, halves, verdicts
from benchmarks.parts.applied import Outcome, apply
from benchmarks.parts.figure import rows
from benchmarks.parts.read_world import World, read_worlds
from monitor.rulebook.thresholds import suggest_threshold

WRONG = 0.1
BARS = (0.2, 0.5, 0.9)
THRESHOLDS = (
    "threshold before", "verdicts a claim", "claims", "suggested", "precision fell", "rose",
    "these claims, right alerts before", "then",
)  # fmt: skip


def thresholds(worlds: Sequence[World], bar: float, count: int, draws: int) -> tuple[str, ...]:
    """A line: thresholds suggested where each claim's was `bar`, and what they did to the other half."""
    claims = suggested = falls = rises = 0
    moved = [Counted(), Counted()]
    for world in worlds:
        bars = dict.fromkeys((claim.id for claim in world.rules.claims), bar)
        for draw in range(draws):
            seen, held = halves(world.posts, Random(f"{world.name} {draw}"))
            chance = Random(f"{world.name} {draw} {count}")
            before = _counted(held, bars)
            for claim_id in bars:
                claims += 1
                judged = verdicts(seen, claim_id, bars, count, WRONG, chance)
                scored = [(one.score, one.asserts) for one in judged]
                found, _ = suggest_threshold(bar, scored)
                if found is None:
                    continue
                was = before.get(claim_id, Counted())
                then = _counted(held, bars | {claim_id: found.suggested}).get(claim_id, Counted())
                moved = [moved[0] + was, moved[1] + then]
                suggested += 1
                falls += fell(was, then)
                rises += fell(then, was)
    numbers = [f"{bar:g}", str(count), str(claims), str(suggested), str(falls), str(rises)]
    return (*numbers, *map(_of, moved))


def _counted(held: Sequence[Weighed], bars: dict[str, float]) -> dict[str, Counted]:
    return counted(held, [post.told_as(bars) for post in held])


def _of(found: Counted) -> str:
    return f"{found.right} of {found.alerts}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", metavar="WORLD", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True, help="folder with make_rules.py")
    parser.add_argument("--cache", type=Path, required=True, help="where what was read is kept")
    parser.add_argument("--draws", type=int, default=1, help="halves and verdicts drawn for each world")
    parser.add_argument("--counts", default="15,60", help="verdicts on a claim: %(default)s")
    parser.add_argument("--thresholds", action="store_true", help="thresholds alone, from three beginnings")
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.counts.split(",")]
    worlds = read_worlds(arguments.worlds, arguments.data / "make_rules.py", arguments.cache)
    if arguments.thresholds:
        every = list(worlds)
        lines = [thresholds(every, bar, count, arguments.draws) for bar in BARS for count in counts]
        print(*rows(THRESHOLDS, lines), sep="\n")
        return
    sums = {count: Outcome() for count in counts}
    for world in worlds:
        for draw in range(arguments.draws):
            for count in counts:
                found = apply(world, draw, count, WRONG)
                sums[count].add(found)
                print(f"{world.name} {draw}, {count} verdicts a claim", *found.lines(), sep="\n  ")
                sys.stdout.flush()
    for count, outcome in sums.items():
        print(f"all, {count} verdicts a claim", *outcome.lines(), sep="\n  ")


if __name__ == "__main__":
    main()
