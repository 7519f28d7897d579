"""The ruler: 612 posts on twelve false claims, through `monitor match --rules` at the shipped threshold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from benchmarks.parts.counting import (
    Guess,
    Truth,
    alerting,
    best_cut,
    calibration_error,
    recall_at_precision,
    share_alerted,
)
from benchmarks.parts.figure import Figure, Section, rows
from benchmarks.parts.posts import Labelled, read_posts, read_wordings
from benchmarks.parts.workplace import Answer, Workplace

WORST = 15
LABELS = ("spread", "debunk", "question", "satire", "lookalike", "background")


def measure(place: Workplace) -> Section:
    folder = place.data / "campaign"
    posts = place.some(read_posts(folder))
    answers = place.monitor.match([post.unlabelled for post in posts], "--rules", folder / "rules")
    truths = [post.truth for post in posts]
    ours = [answer.guess for answer in answers]
    theirs = best_cut(truths, place.obvious.guesses([post.text for post in posts], read_wordings(folder)))

    def both(count: Callable[[Sequence[Guess]], float]) -> tuple[float, float]:
        return count(ours), count(theirs)

    def shares(label: str) -> tuple[float, float]:
        return both(lambda guesses: share_alerted(label, truths, guesses))

    figures = (
        Figure("F1 at the shipped threshold", *both(lambda guesses: alerting(truths, guesses).f1), 0.73, 0.90),
        Figure("precision", *both(lambda guesses: alerting(truths, guesses).precision)),
        Figure("recall", *both(lambda guesses: alerting(truths, guesses).recall)),
        Figure("recall at 90% precision", *both(lambda guesses: recall_at_precision(truths, guesses)), 0.45, 0.85),
        Figure("debunks alerted", *shares("debunk"), 0.08, 0.02, ".1%"),
        Figure("look-alikes alerted", *shares("lookalike"), 0.10, 0.03, ".1%"),
        Figure("background alerted", *shares("background"), 0.02, 0.005, ".1%"),
        Figure("Spanish recall relative to English", *both(lambda g: _spanish(posts, g)), 0.8, 1.0, ".2f"),
        *_calibration(posts, answers),
    )
    return Section("campaign", figures, (*_breakdown(posts, ours), *_errors(posts, answers)))


def _spanish(posts: Sequence[Labelled], guesses: Sequence[Guess]) -> float:
    of_lang = {}
    for lang in ("es", "en"):
        chosen = [(post.truth, guess) for post, guess in zip(posts, guesses, strict=True) if post.lang == lang]
        of_lang[lang] = alerting([truth for truth, _ in chosen], [guess for _, guess in chosen]).recall
    return of_lang["es"] / of_lang["en"] if of_lang["en"] else math.nan


def _calibration(posts: Sequence[Labelled], answers: Sequence[Answer]) -> Iterator[Figure]:
    """Does the score of a post's likeliest claim say how often the post spreads that claim?"""
    pairs = [
        (answer.score, answer.guess.is_right(post.truth))
        for post, answer in zip(posts, answers, strict=True)
        if answer.score is not None and post.truth.is_scored
    ]
    for name, equal_mass in (("ten bins of equally many posts", True), ("ten equally wide bins", False)):
        error = calibration_error([score for score, _ in pairs], [right for _, right in pairs], equal_mass=equal_mass)
        yield Figure(f"calibration error of the score, {name}", error, None, 0.05, 0.02)


def _breakdown(posts: Sequence[Labelled], guesses: Sequence[Guess]) -> tuple[str, ...]:
    """The alerts by label, language, tier and platform."""
    kinds: dict[str, Callable[[Labelled], str | None]] = {
        "label": lambda post: post.label,
        "language": lambda post: post.lang,
        "tier": lambda post: post.tier,
        "platform": lambda post: post.platform,
    }
    lines = []
    for kind, name_of in kinds.items():
        for name, _ in Counter(map(name_of, posts)).most_common():
            chosen = [number for number, post in enumerate(posts) if name_of(post) == name]
            if name is not None:
                cells = _cells([posts[number].truth for number in chosen], [guesses[number] for number in chosen])
                lines.append((f"{kind} {name}", *cells))
    head = ("", "posts", "alerts", "precision", "recall", "F1", *(f"{label} alerted" for label in LABELS))
    return ("", *rows(head, lines))


def _cells(truths: Sequence[Truth], guesses: Sequence[Guess]) -> Iterator[str]:
    yield str(len(truths))
    yield str(sum(guess.alerts for guess in guesses))
    found = alerting(truths, guesses)
    for value in (found.precision, found.recall, found.f1):
        yield "-" if math.isnan(value) else f"{value:.3f}"
    for label in LABELS:
        share = share_alerted(label, truths, guesses)
        yield "-" if math.isnan(share) else f"{share:.0%}"


def _errors(posts: Sequence[Labelled], answers: Sequence[Answer]) -> Iterator[str]:
    """The wrong alerts of the highest scores and the misses of the lowest, to read."""
    judged = [(post, answer) for post, answer in zip(posts, answers, strict=True) if post.truth.is_scored]
    wrong = [pair for pair in judged if pair[1].guess.alerts and not pair[1].guess.is_right(pair[0].truth)]
    missed = [
        (post, answer)
        for post, answer in judged
        if post.label == "spread" and not (answer.guess.alerts and answer.guess.is_right(post.truth))
    ]
    wrong.sort(key=lambda pair: -(pair[1].score or 0.0))
    missed.sort(key=lambda pair: pair[1].score or 0.0)
    for title, errors in (("wrong alerts", wrong), ("missed spreads", missed)):
        yield ""
        yield f"{title}, the worst {min(WORST, len(errors))} of {len(errors)}"
        for post, answer in errors[:WORST]:
            score = "-" if answer.score is None else f"{answer.score:.2f}"
            is_about = f"{post.label} {post.claim_id or ''}".strip() + (f", {post.hard}" if post.hard else "")
            yield f"  {score}  {post.post_id}  {is_about} [{post.lang}, {post.platform}]"
            yield f"        said: {answer.decision} {answer.claim or '-'}: {answer.reason}"
            yield f"        {' '.join(post.text.split())}"
