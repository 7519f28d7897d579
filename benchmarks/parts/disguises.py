"""Twelve evasions (benchmarks/evasions.py) on the ruler's spreading posts that alert as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from benchmarks.evasions import kept
from benchmarks.parts.counting import best_cut
from benchmarks.parts.figure import Figure, Section
from benchmarks.parts.posts import read_posts, read_wordings
from benchmarks.parts.workplace import Unlabelled, Workplace


def measure(place: Workplace) -> Section:
    folder = place.data / "campaign"
    posts = place.some(read_posts(folder))
    texts = [post.text for post in posts if post.label == "spread"]
    wordings = read_wordings(folder)
    found = place.obvious.guesses([post.text for post in posts], wordings)
    cut = min((g.score for g in best_cut([post.truth for post in posts], found) if g.alerts), default=1.0)

    def monitor(asked: Sequence[str]) -> list[str | None]:
        unlabelled = [Unlabelled(str(number), text) for number, text in enumerate(asked)]
        answers = place.monitor.match(unlabelled, "--rules", folder / "rules")
        return [answer.claim if answer.decision == "alert" else None for answer in answers]

    def obvious(asked: Sequence[str]) -> list[str | None]:
        return [guess.claim if guess.score >= cut else None for guess in place.obvious.guesses(asked, wordings)]

    ours, theirs = kept(monitor, texts), kept(obvious, texts)
    alerted = max((one.alerted for one in ours.values()), default=0)
    figures = (
        Figure(
            "recall kept, mean of twelve evasions", mean(one.share for one in ours.values()),
            mean(one.share for one in theirs.values()), 0.90, 0.98, ".1%", f"of {alerted} posts that alert",
        ),
        *(
            Figure(f"  {name}", one.share, theirs[name].share, 0.90, 0.98, ".1%")
            for name, one in sorted(ours.items(), key=lambda pair: pair[1].share)
        ),
    )  # fmt: skip
    return Section("evasions", figures)
