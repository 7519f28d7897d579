"""Posts that assert a claim told from posts that deny it, on four sets of real posts, each held against its own claim.

Every claim is a list of one for `monitor match --claims`. A post that is the claim itself is left out. A debunk that
alerts is the error that matters: its share is compared where both builds find the same share of the asserting posts,
the obvious build by the cut-off on its cosine that gives it that recall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import msgspec

from benchmarks.parts.counting import macro_f1, share_at_recall
from benchmarks.parts.figure import Figure, Section, rows
from benchmarks.parts.workplace import Answer, ClaimLine, Unlabelled, Workplace, read_lines, say

SETS = ("vaccinelies", "hcq", "rumoureval2019", "covid_rumor_replies")
MOST = 3_000
"""Pairs of one set, drawn by the seed: more would take long and tell no more."""
RECALL = 0.3
"""Beside the shipped threshold, the recall at which the builds are compared: the same for every version of a judge."""
STANCES = {"deny": "debunk", "query": "question"}


class Pair(msgspec.Struct):
    """A post and the claim that it is held against. `alert` is what it does, in the words of all four sets."""

    id: str
    claim_id: str
    claim: str
    text: str
    alert: str

    @property
    def label(self) -> str:
        return "neutral" if self.alert == "unrelated" else self.alert


@dataclass(frozen=True)
class Found:
    """One set: what the builds alert of its asserting posts and of its debunks."""

    name: str
    pairs: int
    macro_f1: float
    obvious_macro_f1: float
    recall: float
    debunks: float
    obvious_debunks: float
    """At the monitor's own recall."""
    debunks_at_recall: float
    obvious_debunks_at_recall: float


def measure(place: Workplace) -> Section:
    sets = [_measure(place, name) for name in SETS]
    own = mean(one.debunks for one in sets), mean(one.obvious_debunks for one in sets)
    fixed = mean(one.debunks_at_recall for one in sets), mean(one.obvious_debunks_at_recall for one in sets)
    figures = (
        Figure(
            "debunks alerted relative to obvious, same recall, as shipped", ratio(*own), 1.0, 0.5, 0.2, ".2f",
            f"mean recall {mean(one.recall for one in sets):.1%}",
        ),
        Figure(f"the same, both at {RECALL:.0%} recall", ratio(*fixed), 1.0, 0.5, 0.2, ".2f"),
        Figure("debunks alerted, mean, as shipped", own[0], own[1], shown=".1%"),
        Figure(f"debunks alerted, mean, both at {RECALL:.0%} recall", fixed[0], fixed[1], shown=".1%"),
        Figure("macro-F1, mean", mean(one.macro_f1 for one in sets), mean(one.obvious_macro_f1 for one in sets)),
    )  # fmt: skip
    return Section("stance, four sets", figures, _details(sets))


def _measure(place: Workplace, name: str) -> Found:
    everything = read_lines(place.data / "public" / f"stance_{name}" / "pairs.jsonl.gz", Pair)
    pairs = place.some([pair for pair in everything if pair.text != pair.claim], MOST)
    answers, cosines = _ask(place, name, pairs)
    labels = [pair.label for pair in pairs]

    def of(label: str, values: Sequence[float]) -> list[float]:
        return [value for value, truth in zip(values, labels, strict=True) if truth == label]

    ours = [answer.score or 0.0 for answer in answers]
    alerts = [float(answer.decision == "alert") for answer in answers]
    recall = mean(of("spread", alerts) or [0.0])
    return Found(
        name=name,
        pairs=len(pairs),
        macro_f1=macro_f1(labels, [said(answer) for answer in answers]),
        obvious_macro_f1=max(
            macro_f1(labels, ["spread" if cosine >= cut / 100 else "neutral" for cosine in cosines])
            for cut in range(5, 100, 5)
        ),
        recall=recall,
        debunks=mean(of("debunk", alerts) or [0.0]),
        obvious_debunks=share_at_recall(of("spread", cosines), of("debunk", cosines), recall),
        debunks_at_recall=share_at_recall(of("spread", ours), of("debunk", ours), RECALL),
        obvious_debunks_at_recall=share_at_recall(of("spread", cosines), of("debunk", cosines), RECALL),
    )


def _ask(place: Workplace, name: str, pairs: Sequence[Pair]) -> tuple[list[Answer], list[float]]:
    """For each pair the monitor's answer and the obvious build's cosine."""
    by_claim: defaultdict[str, list[int]] = defaultdict(list)
    for number, pair in enumerate(pairs):
        by_claim[pair.claim_id].append(number)
    say(f"stance_{name}: {len(pairs):,} pairs, {len(by_claim)} claims")
    answers: dict[int, Answer] = {}
    cosines: dict[int, float] = {}
    place.obvious.encode([text for pair in pairs for text in (pair.text, pair.claim)])
    for numbers in by_claim.values():
        claim = pairs[numbers[0]].claim
        posts = [Unlabelled(pairs[number].id, pairs[number].text) for number in numbers]
        found = place.monitor.match_claims(posts, [ClaimLine("own", claim)])
        ranked = place.obvious.guesses([post.text for post in posts], {"own": (claim,)})
        answers |= dict(zip(numbers, found, strict=True))
        cosines |= dict(zip(numbers, (guess.score for guess in ranked), strict=True))
    return [answers[number] for number in range(len(pairs))], [cosines[number] for number in range(len(pairs))]


def said(answer: Answer) -> str:
    """What the monitor says that a post does, in the labels' words."""
    return "spread" if answer.decision == "alert" else STANCES.get(answer.stance or "", "neutral")


def ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs else float("nan")


def _details(sets: Sequence[Found]) -> tuple[str, ...]:
    head = (
        "set", "pairs", "macro-F1", "obvious", "recall shipped", "debunks", "obvious", f"at {RECALL:.0%}: debunks",
        "obvious",
    )  # fmt: skip
    lines = [
        (
            one.name, f"{one.pairs:,}", f"{one.macro_f1:.3f}", f"{one.obvious_macro_f1:.3f}", f"{one.recall:.1%}",
            f"{one.debunks:.1%}", f"{one.obvious_debunks:.1%}", f"{one.debunks_at_recall:.1%}",
            f"{one.obvious_debunks_at_recall:.1%}",
        )
        for one in sets
    ]  # fmt: skip
    return ("", *rows(head, lines))
