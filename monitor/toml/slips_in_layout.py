"""Mistakes in how keys, lists and headers follow each other."""

from __future__ import annotations

import re

from monitor.toml.positions import positions
from monitor.toml.slip import KEY, SETTING, Slip, Stop, show
from monitor.toml.slips_of_habit import NO_STATEMENT

_HEADER = re.compile(r"\s*\[\[?\s*[A-Za-z]")
_ENTRY = re.compile(rf"\s*(\[\[{KEY}\]\])")
_LIST_START = re.compile(rf"\s*({KEY})\s*=\s*\[")
_HIDDEN_BY_HASH = re.compile(r"""((?:[^"'#]|"[^"]*"|'[^']*')*)(#\w+)(.*\].*)""")
"""A list in one line whose end stands behind a hashtag without quotes."""


def same_key_twice(stop: Stop) -> Slip | None:
    if not stop.cause.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate")):
        return None
    repeats = positions("\n".join(stop.lines)).repeats
    repeat = next((repeat for repeat in repeats if repeat.place.line <= stop.line), None)
    if repeat is None:
        return stop.slip("this was already written in another way", "keep one of the two")
    line, column = repeat.place
    if repeat.header:
        what = f"[{show(repeat.name)}] stands here a second time, the first is in line {repeat.first.line}"
        mend = f"write [[{show(repeat.name)}]] with two brackets for one more entry, or put its lines under the first"
        return stop.slip(what, mend, line=line, column=column)
    what = f"'{show(repeat.name)}' is written twice, the first time in line {repeat.first.line}"
    meant = stop.with_line("") if line == stop.line else None
    above = next((found for n in range(line, 0, -1) if (found := _ENTRY.match(stop.lines[n - 1]))), None)
    mend = "keep one of the two and delete the other"
    if above is not None:
        mend = f"for one more entry, write {above[1]} in a line above it; else delete one of the two"
    return stop.slip(what, mend, meant, line=line, column=column)


def list_not_closed(stop: Stop) -> Slip | None:
    if stop.cause not in ("Invalid value", "Unclosed array"):
        return None
    at_end = not stop.rest.strip() and not stop.before.rstrip().endswith("=")
    at_key = SETTING.match(stop.here) is not None and stop.column <= stop.indent
    at_header = _HEADER.match(stop.here) is not None and re.fullmatch(r"\s*\[{0,2}\s*", stop.before) is not None
    if not (at_end or at_key or at_header):
        return None
    last_line = stop.line if at_end else stop.line - 1
    start = next((n for n in range(last_line, 0, -1) if _LIST_START.match(stop.lines[n - 1])), None)
    if start is None:
        return None
    hidden = _HIDDEN_BY_HASH.match(stop.lines[start - 1])
    if hidden is not None:
        before, tag, behind = hidden.groups()
        return stop.slip(
            f"{show(tag)} and what follows counts for nothing here, because # begins a note",
            f'write "{show(tag)}" in quotes',
            stop.with_line(f'{before}"{tag}"{behind}', start),
            line=start,
            column=len(before) + 1,
        )
    name = stop.lines[start - 1].partition("=")[0].strip()
    line, column = _end_of_value(stop, last_line)
    content = stop.lines[line - 1]
    return stop.slip(
        f"the list '{name}' that begins in line {start} has no end",
        "put a ] after its last entry",
        stop.with_line(f"{content[: column - 1]}]{content[column - 1 :]}", line),
        line=line,
        column=column,
    )


def missing_comma(stop: Stop) -> Slip | None:
    if stop.cause != "Unclosed array" or re.match(r"[\"'\[{\d]", stop.rest) is None:
        return None
    if stop.before.strip():
        line, column, where = stop.line, len(stop.before.rstrip()) + 1, f"before {show(stop.rest)}"
    else:
        line, column = _end_of_value(stop, stop.line - 1)
        where = "at the end of this line"
    content = stop.lines[line - 1]
    return stop.slip(
        f"a comma is missing {where}",
        "write a comma after each entry of a list",
        stop.with_line(f"{content[: column - 1]},{content[column - 1 :]}", line),
        line=line,
        column=column,
    )


def _end_of_value(stop: Stop, line: int) -> tuple[int, int]:
    """Line and column just after the last value at or above `line`, before a note."""
    for number in range(line, 0, -1):
        content = re.sub(r"\s+#[^\"']*$", "", stop.lines[number - 1]).rstrip()
        if content.strip() and not content.lstrip().startswith("#"):
            return number, len(content) + 1
    return stop.line, stop.column


def header_brackets(stop: Stop) -> Slip | None:
    if not stop.cause.startswith(("Expected ']]'", "Expected ']'")):
        return None
    found = re.match(rf"\s*(\[\[?)\s*({KEY})", stop.here)
    if found is None:
        return None
    header = f"[[{found[2]}]]" if found[1] == "[[" else f"[{found[2]}]"
    what = f"the brackets around {show(found[2])} are not complete"
    return stop.slip(what, f"write {header} alone in the line", stop.with_line(header), column=stop.indent)


def line_without_equals(stop: Stop) -> Slip | None:
    if not stop.cause.startswith(NO_STATEMENT):
        return None
    colon = re.match(rf"\s*(\"?{KEY}\"?)\s*:", stop.here)
    if colon is not None:
        what, meant = f"{colon[1]} is followed by a colon", stop.with_line(stop.here.replace(":", " =", 1))
        return stop.slip(what, "write = instead of :", meant, column=colon.end())
    if re.match(r"\s*[-*•–]\s*\S", stop.here) is not None:
        mend = 'write a list in brackets, with commas: phrasings = ["one wording", "another"]'
        return stop.slip("a line cannot begin with a dash or a star", mend, column=stop.indent)
    words = re.match(r"\s*([A-Za-z0-9_]+(?:[ \t]+[A-Za-z0-9_]+)+)\s*=", stop.here)
    if words is not None:
        key = re.sub(r"\s+", "_", words[1])
        meant = stop.with_line(stop.here.replace(words[1], key, 1))
        return stop.slip(f"a key cannot have spaces: {show(words[1])}", f"write {show(key)}", meant, column=stop.indent)
    return stop.slip(
        f"this line does not say which key it sets: {show(stop.here)}",
        "keep a text in one line between quotes; for a note, write # and a space in front",
        column=stop.indent,
    )
