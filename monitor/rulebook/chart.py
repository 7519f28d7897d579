"""Precision and recall over the threshold, a panel for each claim, as a picture.

The two curves differ by line and word as well as by colour (Okabe and Ito's vermilion and blue, which colour-blind
people tell apart). The same figures give the same bytes with the same version of matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from monitor.rulebook.backtest import Point, Tradeoff

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, HEAD, DPI = 6.0, 1.7, 0.45, 150
"""Inches of the picture, of a panel, of the title; dots per inch."""
MOST = 12
"""Panels: the claims with most judged posts."""
INK, PRECISION, RECALL = "#1D1C1D", "#D55E00", "#0072B2"


def draw(tradeoffs: Sequence[Tradeoff]) -> bytes | None:
    """The picture as PNG, None where people have judged nothing. About a second of work."""
    if not tradeoffs:
        return None
    import matplotlib as mpl  # noqa: PLC0415 - heavy, and only where a picture is asked for
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    shown = sorted(tradeoffs, key=lambda one: (-one.judged, one.claim_id))[:MOST]
    # Whatever a user's own matplotlibrc says; and no text of ours is mathematics or TeX.
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"text.parse_math": False, "font.size": 8})
        height = HEAD + HEIGHT * len(shown)
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle("What another threshold would do, on the posts that people judged", fontsize=10, color=INK)
        panels = figure.subplots(len(shown), 1, squeeze=False, sharex=True)
        for axes, one in zip(panels[:, 0], shown, strict=True):
            _panel(axes, one)
        panels[-1, 0].set_xlabel("threshold")
        png = BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


def _panel(axes: Axes, one: Tradeoff) -> None:
    axes.set_title(f"{one.claim_id}: {one.judged} judged, {one.confirmed} right", fontsize=8, loc="left", color=INK)
    axes.set_xlim(0, 1.12)
    axes.set_ylim(-0.05, 1.05)
    axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.axvline(one.threshold, color=INK, linewidth=0.8, linestyle=":")
    axes.text(one.threshold, 1.06, "now", ha="center", va="bottom", fontsize=7, color=INK)
    ends = []
    for name, color, style in (("precision", PRECISION, "-"), ("recall", RECALL, "--")):
        known = [(point.threshold, value) for point in one.points if (value := _value(point, name)) is not None]
        if known:
            places, values = zip(*known, strict=True)
            axes.plot(places, values, color=color, linestyle=style, linewidth=1.6)
            ends.append((values[-1], places[-1], name, color))
    last = -1.0
    for value, place, name, color in sorted(ends):
        # Two words at one height would cover each other.
        last = max(value, last + 0.2)
        axes.text(place + 0.01, last, name, ha="left", va="center", fontsize=7, color=color)


def _value(point: Point, name: str) -> float | None:
    return point.precision if name == "precision" else point.recall
