"""Campaigns that the judge did not learn from: each world of the trees left out in turn, read from the training's
report; the obvious build on the same worlds stands beside it."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import mean

import msgspec

from benchmarks.parts.counting import alerting, best_cut, recall_at_precision
from benchmarks.parts.figure import Figure, Section, rows
from benchmarks.parts.posts import read_posts, read_wordings
from benchmarks.parts.workplace import Workplace, say

REPORT = Path(__file__).parents[2] / "training" / "report.json"


class Figures(msgspec.Struct, frozen=True):
    """A world's line in training/report.json. The calibration error is null where the training did not count it."""

    precision: float
    recall: float
    f1: float
    recall_at_90: float
    calibration_error: float | None = None


class Report(msgspec.Struct, frozen=True):
    """What counts here of training/report.json: each world left out."""

    worlds: dict[str, Figures]


def measure(place: Workplace) -> Section:
    worlds = msgspec.json.decode(REPORT.read_bytes(), type=Report).worlds
    theirs = {name: found for name in worlds if (found := _obvious(place, name)) is not None}
    f1 = [figures.f1 for figures in worlds.values()]
    at_90 = [figures.recall_at_90 for figures in worlds.values()]
    errors = [figures.calibration_error for figures in worlds.values() if figures.calibration_error is not None]
    their_f1 = [figures.f1 for figures in theirs.values()] or [math.nan]
    their_at_90 = [figures.recall_at_90 for figures in theirs.values()] or [math.nan]
    note = "" if len(theirs) == len(worlds) else f"obvious build on {len(theirs)} of {len(worlds)} worlds"
    figures = [
        Figure("mean F1", mean(f1), mean(their_f1), 0.75, 0.90, note=note),
        Figure("worst F1", min(f1), min(their_f1), 0.68, 0.85),
        Figure("mean recall at 90% precision", mean(at_90), mean(their_at_90)),
    ]
    if errors:
        figures.append(Figure("mean calibration error of the score", mean(errors), None, 0.05, 0.02))
    return Section("worlds left out of training", tuple(figures), _details(worlds, theirs))


def _obvious(place: Workplace, name: str) -> Figures | None:
    """With the cut-off that is best on the world's own posts. None where the world is not at hand."""
    folders = (place.data / "judge-train" / name, REPORT.parent / "worlds" / name)
    folder = next((folder for folder in folders if (folder / "posts.jsonl").exists()), None)
    if folder is None:
        return None
    say(f"obvious build on {name}")
    posts = place.some(read_posts(folder))
    truths = [post.truth for post in posts]
    guesses = best_cut(truths, place.obvious.guesses([post.text for post in posts], read_wordings(folder)))
    found = alerting(truths, guesses)
    return Figures(found.precision, found.recall, found.f1, recall_at_precision(truths, guesses))


def _details(worlds: dict[str, Figures], theirs: dict[str, Figures]) -> tuple[str, ...]:
    lines = [
        (
            name,
            *(f"{value:.3f}" for value in (ours.f1, ours.precision, ours.recall, ours.recall_at_90)),
            "-" if ours.calibration_error is None else f"{ours.calibration_error:.3f}",
            f"{theirs[name].f1:.3f}" if name in theirs else "-",
        )
        for name, ours in worlds.items()
    ]
    head = ("world", "F1", "precision", "recall", "R at P90", "calibration error", "obvious F1")
    return ("", *rows(head, lines))
