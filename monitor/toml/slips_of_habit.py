"""Mistakes brought along from other kinds of files: notes after //, a semicolon at the end, round brackets, two
versions of a line that a merge left behind."""

from __future__ import annotations

import re

from monitor.toml.slip import KEY, Slip, Stop

NO_STATEMENT = ("Expected '=' after a key", "Invalid statement", "Invalid initial character")
LEFT_OVER = "Expected newline or end of document after a statement"
_MERGE = re.compile(r"(<{7}|={7}|>{7})")
_NOTE = re.compile(r"\s*(//|--|;|/\*)")
_NO_EQUALS = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s+(?=[\"'\[])")
_VALUE = re.compile(rf"(\s*({KEY})\s*=\s*)(.*)")
_TIME = re.compile(rf"(\s*({KEY})\s*=\s*)(\d?\d:\d\d)\s*(#.*)?")
_ENTRY_IN_LIST = re.compile(rf"\s*({KEY})\s*=\s*[\[{{]")


def left_by_merge(stop: Stop) -> Slip | None:
    if not stop.cause.startswith(NO_STATEMENT) or _MERGE.match(stop.here) is None:
        return None
    return stop.slip(
        "a merge left two versions of these lines in the file",
        "keep one of the two, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>",
        column=1,
    )


def another_kind_of_note(stop: Stop) -> Slip | None:
    mark = _NOTE.match(stop.here)
    if not stop.cause.startswith(NO_STATEMENT) or mark is None:
        return None
    meant = stop.with_line(f"# {stop.here[mark.end() :]}")
    return stop.slip(f"a note does not begin with {mark[1]}", "write # in place of it", meant, column=stop.indent)


def no_equals(stop: Stop) -> Slip | None:
    key = _NO_EQUALS.match(stop.here)
    if not stop.cause.startswith(NO_STATEMENT) or key is None:
        return None
    value = stop.here[key.end() :]
    what = f"there is no = between {key[1]} and its value"
    return stop.slip(
        what, f"write {key[1]} = and then the value", stop.with_line(f"{key[1]} = {value}"), column=key.end()
    )


def two_equals(stop: Stop) -> Slip | None:
    if stop.cause != "Invalid value" or not stop.rest.startswith("="):
        return None
    return stop.slip("there is one = too many", "write one", stop.with_line(f"{stop.before} {stop.rest[1:]}"))


def round_brackets(stop: Stop) -> Slip | None:
    if stop.cause != "Invalid value" or re.match(r"\(\s*[\"']", stop.rest) is None:
        return None
    meant = f"{stop.before}[{stop.rest[1:]}"
    end = meant.rfind(")")
    return stop.slip(
        "a list stands in square brackets, not in round ones",
        "write [ in place of ( and ] in place of )",
        stop.with_line(f"{meant[:end]}]{meant[end + 1 :]}") if end > 0 else None,
    )


def entry_over_lines(stop: Stop) -> Slip | None:
    """{ ... } must stand in one line, and staff need it nowhere."""
    is_open = stop.before.rstrip().endswith("{") and not stop.rest.strip()
    if not is_open and stop.cause != "Unclosed inline table":
        return None
    start = next((n for n in range(stop.line, 0, -1) if _ENTRY_IN_LIST.match(stop.lines[n - 1])), None)
    if start is None:
        return None
    name = stop.lines[start - 1].partition("=")[0].strip()
    return stop.slip(
        f"an entry of '{name}' in curly brackets goes over several lines",
        f"write [[{name}]] alone in a line at the end of the file, and its keys below, without curly brackets",
        line=start,
        column=1,
    )


def list_without_brackets(stop: Stop) -> Slip | None:
    value = _VALUE.match(stop.here)
    if stop.cause != LEFT_OVER or value is None or re.match(r",\s*[\"']", stop.rest) is None:
        return None
    return stop.slip(
        f"there are several texts after {value[2]}, and no brackets around them",
        f"write the list in brackets: {value[2]} = [...]",
        stop.with_line(f"{value[1]}[{value[3]}]"),
        column=value.end(1) + 1,
    )


def time_without_quotes(stop: Stop) -> Slip | None:
    value = _TIME.fullmatch(stop.here)
    if stop.cause != LEFT_OVER or value is None:
        return None
    line = f'{value[1]}"{value[3]:0>5}"'
    return stop.slip(
        "a time of day stands between quotes", f"write {line}", stop.with_line(line), column=value.end(1) + 1
    )


def left_behind_a_value(stop: Stop) -> Slip | None:
    if stop.cause != LEFT_OVER:
        return None
    if re.match(r";\s*(#.*)?$", stop.rest):
        return stop.slip("this ; is one too many", "delete it", stop.with_line(f"{stop.before} {stop.rest[1:]}"))
    if re.match(r"\+\s*[\"']", stop.rest):
        return stop.slip("two texts cannot be joined with +", "write one text between one pair of quotes")
    if stop.rest.startswith("("):
        meant = stop.with_line(f"{stop.before}# {stop.rest}")
        what = "this stands behind the value as if it were a part of it"
        return stop.slip(what, "for a note, write # and a space in front", meant)
    return None
