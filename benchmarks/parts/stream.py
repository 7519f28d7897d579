"""A real feed against 39,398 claims: how many posts on a claim alert for it where one ordinary post in a thousand does.

Ordinary posts are the stream's `background`. Wanted are alerts on posts that spread a claim or are known to be about it
(no one labelled the stance of the latter); a debunk should not alert, and how many do is shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from benchmarks.parts.counting import Guess, recall_at_false_alarms
from benchmarks.parts.figure import Figure, Section
from benchmarks.parts.workplace import Unlabelled, Workplace, read_lines, say

WANTED = {
    "spread and stance unknown": ("spread", "match_stance_unlabelled"),
    "spread": ("spread",),
    "debunk": ("debunk",),
    "all three": ("spread", "match_stance_unlabelled", "debunk"),
}
PER_THOUSAND = 0.001


class Streamed(msgspec.Struct):
    """A post of the stream. `gold`: the claims that it is about."""

    id: str
    text: str
    kind: str
    gold: list[str]


def measure(place: Workplace) -> Section:
    posts = _posts(place)
    claims = place.claims("alert_index.jsonl.gz", {claim for post in posts for claim in post.gold})
    say(f"stream: {len(posts):,} posts, {len(claims):,} claims")
    answers = place.monitor.match_claims([Unlabelled(post.id, post.text) for post in posts], claims, top=5)
    ours = [answer.guess for answer in answers]
    wordings = {claim.claim_id: claim.wordings for claim in claims}
    theirs = place.obvious.guesses([post.text for post in posts], wordings)
    return Section(
        f"stream against {len(claims):,} claims: alerts for the right claim", tuple(_figures(posts, ours, theirs))
    )


def _posts(place: Workplace) -> list[Streamed]:
    """The stream; of a sample as many background posts as others."""
    posts = read_lines(place.data / "public" / "stream" / "stream.jsonl.gz", Streamed)
    return [
        *place.some([post for post in posts if post.kind == "background"]),
        *place.some([post for post in posts if post.kind != "background"]),
    ]


def _figures(posts: Sequence[Streamed], ours: Sequence[Guess], theirs: Sequence[Guess]) -> Iterator[Figure]:
    for name, kinds in WANTED.items():
        floor, wanted = (0.30, 0.60) if name == next(iter(WANTED)) else (None, None)
        recall = at_false_alarms(posts, ours, kinds)
        yield Figure(
            f"recall at 1 false alarm per 1,000: {name}", recall, at_false_alarms(posts, theirs, kinds),
            floor, wanted,
        )  # fmt: skip
    background = [guess.alerts for post, guess in zip(posts, ours, strict=True) if post.kind == "background"]
    yield Figure("false alarms per 1,000 as shipped", 1000 * sum(background) / len(background), shown=".1f")
    for name, kinds in WANTED.items():
        alerts = [
            guess.alerts and guess.claim in post.gold
            for post, guess in zip(posts, ours, strict=True)
            if post.kind in kinds
        ]
        yield Figure(f"recall as shipped: {name}", sum(alerts) / len(alerts))


def at_false_alarms(posts: Sequence[Streamed], guesses: Sequence[Guess], kinds: Sequence[str]) -> float:
    """Recall of the right claim on posts of these kinds, at one alert on a thousand background posts."""
    asked = [(post, guess) for post, guess in zip(posts, guesses, strict=True) if post.kind in kinds]
    background = [guess.score for post, guess in zip(posts, guesses, strict=True) if post.kind == "background"]
    right = [guess.score for post, guess in asked if guess.claim in post.gold]
    return recall_at_false_alarms(right, len(asked), background, int(PER_THOUSAND * len(background)))
