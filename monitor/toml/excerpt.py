"""The line of a file in which a mistake stands, with a caret under the place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len

from monitor.errors import Problem

WIDEST = 100
"""Characters of a line that are shown: about what fits beside the line's number on a laptop's screen."""
_INDENT = "    "
_CUT = "..."


def with_excerpts(problems: Sequence[Problem]) -> Iterator[tuple[Problem, tuple[str, ...]]]:
    """Each problem with the lines that show its place, indented; no lines where the place cannot be shown: there is no
    such file, or nothing stands in the line."""
    for path, of_file in groupby(problems, key=lambda problem: problem.path):
        lines = _lines(path)
        for problem in of_file:
            yield problem, excerpt(problem, lines)


def excerpt(problem: Problem, lines: Sequence[str]) -> tuple[str, ...]:
    """The problem's line of a file and a caret under its column, both indented."""
    if problem.line > len(lines) or not lines[problem.line - 1].strip():
        return ()
    written = lines[problem.line - 1]
    place = min(problem.column - 1, len(written))
    start = max(0, place - WIDEST // 2) if len(written) > WIDEST else 0
    cut = _CUT if start else ""
    before = cut + _inert(written[start:place])
    line = cut + _inert(written[start : start + WIDEST]) + (_CUT if len(written) > start + WIDEST else "")
    number = f"{problem.line:>4}"
    # A letter of Chinese takes two columns of a terminal and an accent of its own none.
    caret = " " * cell_len(before) + "^"
    return f"{_INDENT}{number} | {line}", f"{_INDENT}{' ' * len(number)} | {caret}"


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return []  # UTF-16: the message says all that there is to say
    return raw.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")


def _inert(text: str) -> str:
    """One column or two for each letter, and nothing that a terminal would act on."""
    return "".join(letter if letter.isprintable() else " " if letter == "\t" else "?" for letter in text)
