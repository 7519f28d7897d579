"""How right the alerts are: one command, one table, with what is asked of each figure and the obvious build beside it.

    python benchmarks/quality.py --data ../shared/data [--cache DIR] [--only campaign,worlds] [--json FILE]

Posts go through `monitor match` as a user would send them, without their labels, at the shipped threshold. The obvious
build reads the same posts in the same run: MiniLM, a flat FAISS index over all wordings, and the cut-off that is best
in hindsight. What counts as right is said in DATA/README.md. DATA/campaign and DATA/public measure only: nothing may be
learned from them or chosen by them. With --cache nothing is encoded or read twice.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import msgspec

from benchmarks.parts import campaign, cost, disguises, retrieval, stance, stream, worlds
from benchmarks.parts.answers import Answers
from benchmarks.parts.figure import Section, table
from benchmarks.parts.vectors import Vectors
from benchmarks.parts.workplace import Monitor, Obvious, Workplace, say

PARTS: dict[str, Callable[[Workplace], Section]] = {
    "campaign": campaign.measure,
    "worlds": worlds.measure,
    "evasions": disguises.measure,
    "cost": cost.measure,
    "stance": stance.measure,
    "retrieval": retrieval.measure,
    "stream": stream.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with campaign/, claims/ and public/")
    parser.add_argument("--only", metavar="PARTS", default=",".join(PARTS), help="of: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, after every part")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep vectors and answers there between runs")
    parser.add_argument("--sample", type=int, metavar="N", help="N posts a part, to try it out: no figures to keep")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"--only: no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = None if arguments.cache is None else arguments.cache.resolve()
    vectors, answers = Vectors(folder), Answers(folder)
    place = Workplace(arguments.data.resolve(), Monitor(vectors, answers), Obvious(vectors), arguments.sample)
    sections = []
    for name in chosen:
        say(f"{name} ...")
        start = time.perf_counter()
        section = PARTS[name](place)
        sections.append(replace(section, seconds=time.perf_counter() - start))
        vectors.save()
        answers.save()
        print(f"\n{table(sections[-1:])}", *section.details, sep="\n", flush=True)
        if arguments.json is not None:
            arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(sections))) + b"\n")
    if len(sections) > 1:
        print(f"\nall figures\n{table(sections)}")


def as_json(sections: list[Section]) -> list[dict[str, object]]:
    """The figures with their marks, by part."""
    return [
        {
            "part": section.part,
            "seconds": round(section.seconds, 1),
            "figures": [asdict(figure) | {"mark": figure.mark} for figure in section.figures],
        }
        for section in sections
    ]


if __name__ == "__main__":
    main()
