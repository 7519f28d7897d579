"""A figure with what is asked of it, and the table of all figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. A floor above what is wanted means that less is better. `shown` is a format, NaN a dash.

    `obvious` is the same figure of the obvious build in the same run.
    """

    name: str
    value: float
    obvious: float | None = None
    floor: float | None = None
    wanted: float | None = None
    shown: str = ".3f"
    note: str = ""

    @property
    def mark(self) -> str:
        """`wanted` reached, `floor` reached, or SHORT of it; nothing where nothing is asked."""
        if self.floor is None or self.wanted is None:
            return ""
        if self._reaches(self.wanted):
            return "wanted"
        return "floor" if self._reaches(self.floor) else "SHORT"

    def _reaches(self, bar: float) -> bool:
        is_cost = self.floor is not None and self.wanted is not None and self.floor > self.wanted
        return self.value <= bar if is_cost else self.value >= bar

    def text(self, value: float | None) -> str:
        return "-" if value is None or math.isnan(value) else format(value, self.shown)


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of the command found: its figures, lines of detail to read, and how long it took."""

    part: str
    figures: tuple[Figure, ...]
    details: tuple[str, ...] = ()
    seconds: float = 0.0


def table(sections: Iterable[Section]) -> str:
    """All figures, one a line: monitor, obvious build, floor, wanted, and what falls short."""
    head = f"{'figure':70}{'monitor':>9}{'obvious':>9}{'floor':>8}{'wanted':>8}  "
    lines = [head, "-" * (len(head) + 6)]
    for section in sections:
        lines.append(f"{section.part}, {section.seconds:,.0f} s")
        lines += [_line(figure) for figure in section.figures]
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    note = f"  ({figure.note})" if figure.note else ""
    return (
        f"  {figure.name:68}{figure.text(figure.value):>9}{figure.text(figure.obvious):>9}"
        f"{figure.text(figure.floor):>8}{figure.text(figure.wanted):>8}  {figure.mark:6}{note}"
    ).rstrip()


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Columns of text: the first to the left, the others to the right."""
    everything = [tuple(head), *(tuple(line) for line in lines)]
    widths = [max(len(line[column]) for line in everything) for column in range(len(head))]
    return tuple(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in everything
    )
