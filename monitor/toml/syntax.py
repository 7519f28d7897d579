"""What a mistake in a TOML text probably is, in words for people who do not program.

`tomllib` says where reading stopped, often a line too late, and why in a parser's words. Each function asked here knows
one kind of mistake. Where the intention is plain it also gives the text as it was probably meant, so that reading goes
on and one look at the file finds all its mistakes; the file is refused all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from monitor.toml import slips_in_layout as layout
from monitor.toml import slips_in_text as text_slips
from monitor.toml import slips_of_habit as habits
from monitor.toml.slip import Slip, Stop, show

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_KINDS: tuple[Callable[[Stop], Slip | None], ...] = (
    text_slips.curly_quotes,
    text_slips.invisible_character,
    habits.left_by_merge,
    layout.same_key_twice,
    habits.entry_over_lines,
    habits.two_equals,
    habits.round_brackets,
    habits.list_without_brackets,
    habits.time_without_quotes,
    habits.left_behind_a_value,
    layout.list_not_closed,
    layout.missing_comma,
    text_slips.quote_inside_text,
    text_slips.quote_not_closed,
    text_slips.backslash,
    text_slips.not_a_value,
    text_slips.endless_number,
    text_slips.no_such_date,
    text_slips.left_over_after_value,
    layout.header_brackets,
    habits.another_kind_of_note,
    habits.no_equals,
    layout.line_without_equals,
)
"""Asked in this order: what is sure comes before what is likely."""


def diagnose(text: str, error: ValueError) -> Slip:
    """Explain why `tomllib` refused `text`. Lines end in "\\n"."""
    stop = _stop(text, str(error))
    for kind in _KINDS:
        slip = kind(stop)
        if slip is not None:
            return slip
    return stop.slip(
        f"this cannot be read ({show(stop.cause)})",
        "compare it with the same place in a file that works, or take the line out and write it again",
    )


def _stop(text: str, message: str) -> Stop:
    # Only from Python 3.14 on does the error carry its place as numbers.
    lines = tuple(text.split("\n"))
    place, cause = _PLACE.search(message), _PLACE.sub("", message)
    if place is not None and place[1] is not None:
        return Stop(lines, int(place[1]), int(place[2]), cause)
    last = max((number for number, content in enumerate(lines, 1) if content.strip()), default=1)
    return Stop(lines, last, len(lines[last - 1]) + 1, cause)
