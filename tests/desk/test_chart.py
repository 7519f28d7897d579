from __future__ import annotations

import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.desk import chart
from monitor.model import Claim, ClaimStatus, Curve, Curves, Rules

SINCE = datetime(2026, 10, 27, 4, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def week(*found: Curve, steps: int = 29) -> Curves:
    return Curves(SINCE, 6 * HOUR, steps, found)


def curve(claim_id: str, *posts: int, told: tuple[float, ...] = (), corrected: tuple[float, ...] = ()) -> Curve:
    """Times in hours from the start."""
    counts = (*posts, *[0] * (29 - len(posts)))
    return Curve(claim_id, counts, tuple(SINCE + h * HOUR for h in told), tuple(SINCE + h * HOUR for h in corrected))


def rules(*texts: str) -> Rules:
    return Rules((), tuple(Claim(str(number), text, "t") for number, text in enumerate(texts)), "v")


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


BUSY = week(*(curve(str(n), 10**n, 3, 9, told=(1, 7, 8, 160), corrected=(1.4, 100)) for n in (4, 3, 2, 1, 0)))


def test_the_picture_is_made_for_a_phone_and_small() -> None:
    picture = chart.draw(BUSY, rules(*["A claim that needs more than a line of room. " * 4] * 5), NEW_YORK)
    assert picture is not None
    width, height = size(picture.png)
    assert width == 800
    assert 300 < height < 2000
    assert len(picture.png) < 200_000
    assert "10,000 of them in the 6 hours from Tue 00:00" in picture.alt


def test_the_same_curves_give_the_same_bytes() -> None:
    first, again = (chart.draw(BUSY, rules("a", "b", "c", "d", "e"), NEW_YORK) for _ in range(2))
    assert first is not None
    assert first == again


def test_nothing_to_show_gives_no_picture() -> None:
    shadow = Rules((), (Claim("0", "c", "t", status=ClaimStatus.SHADOW),), "v")
    assert chart.draw(week(), rules(), UTC) is None
    assert chart.draw(week(curve("0", 1)), shadow, UTC) is None


@pytest.mark.parametrize(
    "text",
    [
        r"$\frac{1}{0}$ costs $5",
        r"$\undefined{",
        "a_b^c \\",
        "<b>&amp;</b> %s {x}",
        "a\nb\x1b[2J\u202e",
        "W" * 400,
        "x " * 200,
        "选票被丢弃了",
        "انسحبت",
        "👩‍👩‍👧 🗳",
        "\ud800",
        " ",
    ],
)
def test_whatever_a_claim_says_is_drawn_as_it_stands_or_not_at_all(text: str) -> None:
    picture = chart.draw(week(curve("0", 5, told=(0,), corrected=(173.9,))), rules(text), UTC)
    assert picture is not None
    assert size(picture.png)[0] == 800


def test_text_is_read_as_neither_mathematics_nor_markup() -> None:
    plain, mathematics = (chart.draw(week(curve("0", 5)), rules(text), UTC) for text in ("x2", "$x^2$"))
    assert plain is not None
    assert mathematics is not None
    # As mathematics it would be as narrow as "x2"; as it stands it is wider, so that more of the picture is ink.
    assert len(mathematics.png) > len(plain.png)


def test_the_library_is_imported_only_when_something_is_drawn() -> None:
    code = "import sys, monitor.desk.chart, monitor.desk.morning; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
