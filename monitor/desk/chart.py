"""Claims over time as a picture for a phone: a row of bars for each claim, with its alerts and corrections.

Made to be read 400 pixels wide: 800 are drawn, and no letter is smaller than ten of the 400. Alerts and corrections
differ by shape, place and word, not by colour alone; the colours are Okabe and Ito's ("Color Universal Design", 2008),
which colour-blind people tell apart. The same curves give the same bytes with the same version of matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from io import BytesIO
from typing import TYPE_CHECKING

from monitor.alert import wording
from monitor.desk import report
from monitor.model import Curve, Curves, Picture, Rules
from monitor.store.figures import day_bounds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

WIDTH, DPI = 4.0, 200
TITLE, TEXT, SMALL = 9.5, 8.5, 7.5
"""Points; one is 1.4 pixels of 400."""
HEAD, FOOT, LINE, MARKS, BARS, GAP = 0.34, 0.26, 0.155, 0.18, 0.54, 0.17
"""Inches: the picture's title, the days below it, a claim's line, a band of marks, the bars, what is between rows."""
HIGHEST_BAR = 0.74
"""Of the height of the bars: above it stands its number."""
LEFT, RIGHT = 0.12, 0.12
ROUNDING = 1.03
"""Letters are put on whole pixels, which makes a text a little wider than its letters."""
LEAST_BAR = 0.05
"""Of the height: a single post beside thousands can still be seen."""
INK, PALE, BAR, ALERT, CORRECTION = "#1D1C1D", "#D0D4D9", "#6B7785", "#D55E00", "#0072B2"
TITLE_WORDS = "Posts that spread known false claims"


@dataclass(frozen=True, slots=True)
class _Row:
    curve: Curve
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """Inches."""
        return LINE * len(self.lines) + self.above + BARS + self.below

    @property
    def above(self) -> float:
        """Inches for alerts."""
        return MARKS if self.curve.told_at else 0.0

    @property
    def below(self) -> float:
        """Inches for corrections."""
        return MARKS if self.curve.corrected_at else 0.0


def draw(curves: Curves, rules: Rules, timezone: tzinfo) -> Picture | None:
    """The picture, with the numbers in words. None where there is nothing to show. About a second of work."""
    if not report.shown(curves, rules):
        return None
    return Picture(_png(curves, rules, timezone), report.alt_text(curves, rules, timezone), TITLE_WORDS)


def _png(curves: Curves, rules: Rules, timezone: tzinfo) -> bytes:
    import matplotlib as mpl  # noqa: PLC0415 - heavy, and only for the digest
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Whatever a user's own matplotlibrc says; and no text of ours is mathematics or TeX.
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"text.parse_math": False, "axes.linewidth": 0.6})
        rows = _rows(curves, rules)
        height = HEAD + sum(row.height + GAP for row in rows) + FOOT
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(LEFT / WIDTH, 1 - 0.2 / height, TITLE_WORDS, fontsize=TITLE, weight="bold", color=INK)
        zone = f"{curves.until.astimezone(timezone):%Z}"
        figure.text(1 - RIGHT / WIDTH, 1 - 0.2 / height, zone, fontsize=SMALL, ha="right", color=INK)
        highest = max(max(row.curve.posts) for row in rows)
        below = height - HEAD
        for row in rows:
            below -= row.height
            _draw_row(figure, row, curves, highest, below, timezone, is_last=row is rows[-1])
            below -= GAP
        png = BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


def _rows(curves: Curves, rules: Rules) -> list[_Row]:
    found = []
    for curve in report.shown(curves, rules):
        count = f"{curve.total:,} {'post' if curve.total == 1 else 'posts'}"
        text = f"{count}: {_readable(report.claim_text(curve.claim_id, rules), curve.claim_id)}"
        found.append(_Row(curve, tuple(_wrapped(text, WIDTH - LEFT - RIGHT))))
    return found


def _draw_row(
    figure: Figure, row: _Row, curves: Curves, highest: int, below: float, timezone: tzinfo, *, is_last: bool
) -> None:
    height = figure.get_figheight()
    top = below + row.height
    for number, line in enumerate(row.lines, 1):
        figure.text(LEFT / WIDTH, (top - LINE * number + 0.04) / height, line, fontsize=TEXT, color=INK)
    axes = figure.add_axes((LEFT / WIDTH, (below + row.below) / height, 1 - (LEFT + RIGHT) / WIDTH, BARS / height))
    axes.set_xlim(0, curves.steps)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    _draw_days(axes, curves, timezone, -(row.below + FOOT / 2) / BARS if is_last else None)
    shares = [max(LEAST_BAR, HIGHEST_BAR * posts / highest) if posts else 0.0 for posts in row.curve.posts]
    axes.bar([n + 0.5 for n in range(curves.steps)], shares, width=0.86, color=BAR, linewidth=0)
    peak = max(range(curves.steps), key=lambda n: row.curve.posts[n])
    _label_peak(axes, peak, curves.steps, shares[peak], row.curve.posts[peak])
    _draw_marks(axes, "alert", row.curve.told_at, curves, timezone)
    _draw_marks(axes, "corrected", row.curve.corrected_at, curves, timezone)


def _draw_days(axes: Axes, curves: Curves, timezone: tzinfo, names_at: float | None) -> None:
    axes.set_xticks([])
    begins = [_place(moment, curves) for moment in _midnights(curves, timezone)]
    for begin in begins[1:]:
        axes.axvline(begin, color=PALE, linewidth=0.6, zorder=0)
    if names_at is None:
        return
    for midnight, begin, end in zip(_midnights(curves, timezone), begins, [*begins[1:], curves.steps], strict=True):
        name = f"{midnight.astimezone(timezone):%a} {midnight.astimezone(timezone).day}"
        axes.text((begin + end) / 2, names_at, name, ha="center", va="center", fontsize=SMALL, color=INK)


def _midnights(curves: Curves, timezone: tzinfo) -> Iterator[datetime]:
    day = curves.since.astimezone(timezone).date()
    while (midnight := day_bounds(day, timezone)[0]) < curves.until:
        yield midnight
        day += timedelta(days=1)


def _label_peak(axes: Axes, step: int, steps: int, share: float, posts: int) -> None:
    side, place = "center", step + 0.5
    if step < 2:
        side, place = "left", float(step)
    elif step > steps - 3:
        side, place = "right", step + 1.0
    axes.text(place, share + 0.04, f"{posts:,}", ha=side, va="bottom", fontsize=SMALL, weight="bold", color=INK)


def _draw_marks(axes: Axes, word: str, moments: Sequence[datetime], curves: Curves, timezone: tzinfo) -> None:
    """Alerts above the bars, pointing down at them; corrections below, pointing up. A word where there is room."""
    is_alert = word == "alert"
    band = 0.5 * MARKS / BARS
    height = 1 + band if is_alert else -band
    color = ALERT if is_alert else CORRECTION
    places = [_place(moment, curves) for moment in moments]
    axes.scatter(places, [height] * len(places), marker="v" if is_alert else "^", s=34, color=color, clip_on=False,
                 linewidths=0, zorder=3)  # fmt: skip
    for start, said in _words(word, [moment.astimezone(timezone) for moment in moments], places, curves.steps):
        axes.text(start, height, said, ha="left", va="center", fontsize=SMALL, color=color)


def _words(word: str, times: Sequence[datetime], places: Sequence[float], steps: int) -> Iterator[tuple[float, str]]:
    """Beside a mark, on its right or else on its left, where no other mark or word is: what it is, and when. The first
    is named without its time where that does not fit."""
    inch = steps / (WIDTH - LEFT - RIGHT)
    mark = 0.07 * inch
    free = 0.0
    for number, (time, place) in enumerate(zip(times, places, strict=True)):
        following = places[number + 1] - mark if number + 1 < len(places) else float(steps)
        for said in (f"{word} {time:%H:%M}", word)[: 1 if number else 2]:
            width = _width(said, SMALL) * inch
            start = place + mark
            if start + width > following:
                start = place - mark - width
            if start >= free:
                yield start, said
                free = start + width
                break
        free = max(free, place + mark)


def _place(moment: datetime, curves: Curves) -> float:
    return (moment - curves.since) / curves.step


def _font() -> FT2Font:
    """The font that matplotlib brings along, so that the picture is the same everywhere."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415

    return FT2Font(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf")


def _width(text: str, points: float) -> float:
    """Inches."""
    from matplotlib.ft2font import LoadFlags  # noqa: PLC0415

    font = _font()
    font.set_size(points, 72)
    font.set_text(text, 0, LoadFlags.NO_HINTING)
    width, _ = font.get_width_height()
    return float(width) / 64 / 72 * ROUNDING


def _readable(text: str, instead: str) -> str:
    """The text, or a claim's id where the font lacks its letters: boxes say nothing."""
    known = _font().get_charmap()
    return text if all(ord(character) in known for character in text) else wording.one_line(instead, 60)


def _wrapped(text: str, inches: float, lines: int = 2) -> Iterator[str]:
    words = text.split(" ")
    for number in range(1, lines + 1):
        count = len(words)
        while count > 1 and _width(" ".join(words[:count]), TEXT) > inches:
            count -= 1
        line = " ".join(words[:count])
        words = words[count:]
        if number == lines and words:
            line = f"{line} {' '.join(words)}"
            words = []
        yield _cut(line, inches)
        if not words:
            return


def _cut(text: str, inches: float) -> str:
    limit = len(text)
    while limit > 1 and _width(wording.excerpt(text, limit), TEXT) > inches:
        limit -= 1
    return wording.excerpt(text, limit)
