"""Is the right claim among the first? Real posts ranked against long lists of claims by `monitor match --claims`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import msgspec

from benchmarks.parts.counting import average_precision
from benchmarks.parts.figure import Figure, Section
from benchmarks.parts.workplace import Unlabelled, Workplace, read_lines, say

RANKED = 20
ALL = "all_claims.jsonl.gz"
SNOPES = "snopes_clef2022_2a_claims.jsonl.gz"
SETS = (("snopes", SNOPES), ("politifact_tweets", ALL), ("debates", ALL))
"""Folder of public/ after `retrieval_`, and the list that its claims are in."""
BARS = {"snopes": {"MAP@5": (0.93, 0.95), f"hit@{RANKED}": (0.98, 0.99)}}


class _Post(msgspec.Struct):
    post_id: str
    text: str


@dataclass(frozen=True)
class Ranked:
    """A post's ranking: at each place whether the claim is relevant, and how many relevant ones there are."""

    found: Sequence[bool]
    relevant: int


def measure(place: Workplace) -> Section:
    figures: list[Figure] = []
    for name, claims in SETS:
        figures += _measure(place, name, claims)
    return Section("retrieval", tuple(figures))


def _measure(place: Workplace, name: str, list_name: str) -> list[Figure]:
    folder = place.data / "public" / f"retrieval_{name}"
    relevant = read_qrels(folder / "qrels.tsv")
    posts = place.some(read_lines(next(folder.glob("posts.jsonl*")), _Post))
    claims = place.claims(list_name, {claim for post in posts for claim in relevant[post.post_id]})
    say(f"retrieval_{name}: {len(posts):,} posts, {len(claims):,} claims")
    answers = place.monitor.match_claims([Unlabelled(p.post_id, p.text) for p in posts], claims, RANKED)
    wordings = {claim.claim_id: claim.wordings for claim in claims}
    rankings = place.obvious.rank([post.text for post in posts], wordings, RANKED)
    ours = [judged([claim for claim, _ in answer.ranking], relevant[answer.id]) for answer in answers]
    theirs = [
        judged([claim for claim, _ in ranking], relevant[post.post_id])
        for post, ranking in zip(posts, rankings, strict=True)
    ]
    their_values = values(theirs)
    return [
        Figure(
            f"{name} ({len(posts):,} posts, {len(claims):,} claims), {measure}", value, their_values[measure],
            *BARS.get(name, {}).get(measure, (None, None)),
        )
        for measure, value in values(ours).items()
    ]  # fmt: skip


def judged(ranking: Sequence[str], relevant: set[str]) -> Ranked:
    return Ranked([claim in relevant for claim in ranking], len(relevant))


def values(rankings: Sequence[Ranked]) -> dict[str, float]:
    return {
        "MAP@5": mean(average_precision(one.found, one.relevant, 5) for one in rankings),
        "P@1": mean(float(any(one.found[:1])) for one in rankings),
        f"hit@{RANKED}": mean(float(any(one.found[:RANKED])) for one in rankings),
    }


def read_qrels(path: Path) -> dict[str, set[str]]:
    """Post id -> ids of the claims that it is about."""
    relevant: defaultdict[str, set[str]] = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines():
        post, _, claim, _ = line.split("\t")
        relevant[post].add(claim)
    return relevant
