"""What a mistake in a TOML text probably is, in words for people who do not program.

`tomllib` says where reading stopped, often a line too late, and why in a parser's words. Each function below knows one
kind of mistake. Where the intention is plain it also gives the text as it was probably meant, so that reading goes on
and one look at the file finds all its mistakes; the file is refused all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from monitor.toml.positions import positions

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY = r"[A-Za-z0-9_.-]+"
_SETTING = re.compile(rf"\s*({_KEY})\s*=")
_HEADER = re.compile(r"\s*\[\[?\s*[A-Za-z]")
_LIST_START = re.compile(rf"\s*({_KEY})\s*=\s*\[")
_CURLY = "“”„‟«»″＂"
_SINGLE_CURLY = "‘’‚‛′＇"
_CURLY_AT_EDGE = re.compile(rf"(?:(?<=[=\[,])\s*[{_CURLY}])|(?:[{_CURLY}](?=\s*(?:[,\]#]|$)))")
_SLASHED_DATE = re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{2,4}")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake. `meant` is the whole text as it was probably meant, None where that cannot be told."""

    line: int
    column: int
    what: str
    mend: str
    meant: str | None = None


def diagnose(text: str, error: ValueError) -> Slip:
    """Explain why `tomllib` refused `text`. Lines end in "\\n"."""
    message = str(error)
    lines = text.split("\n")
    place = _PLACE.search(message)
    if place is not None and place[1] is not None:
        line, column = int(place[1]), int(place[2])
    else:
        line = max((number for number, content in enumerate(lines, 1) if content.strip()), default=1)
        column = len(lines[line - 1]) + 1
    stop = _Stop(tuple(lines), line, column, _PLACE.sub("", message))
    for kind in _KINDS:
        slip = kind(stop)
        if slip is not None:
            return slip
    return stop.slip(
        f"this cannot be read ({stop.cause})",
        "compare the line with the same line in another rules file, or take it out and write it again",
    )


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where `tomllib` stopped reading, and its reason."""

    lines: tuple[str, ...]
    line: int
    column: int
    cause: str

    @property
    def here(self) -> str:
        return self.lines[self.line - 1]

    @property
    def before(self) -> str:
        return self.here[: self.column - 1]

    @property
    def rest(self) -> str:
        return self.here[self.column - 1 :]

    def with_line(self, content: str, line: int | None = None) -> str:
        index = (line or self.line) - 1
        return "\n".join((*self.lines[:index], content, *self.lines[index + 1 :]))

    def slip(
        self, what: str, mend: str, meant: str | None = None, *, line: int | None = None, column: int | None = None
    ) -> Slip:
        return Slip(line or self.line, column or self.column, what, mend, meant)


def _curly_quotes(stop: _Stop) -> Slip | None:
    if stop.rest[:1] in tuple(_CURLY):
        column = stop.column
    elif stop.rest[:1] in tuple(_SINGLE_CURLY):
        return stop.slip(f"curly quotes {stop.rest[0]} around the text", 'replace them with straight quotes: "')
    else:
        edge = _CURLY_AT_EDGE.search(stop.here)
        if edge is None or _straight_quotes(stop.here) % 2 == 0:
            return None
        column = edge.end()
    straightened = re.sub(f"[{_CURLY}]", '"', stop.here)
    return stop.slip(
        f"curly quotes {stop.here[column - 1]} around the text",
        'replace “ and ” with straight quotes: "',
        stop.with_line(straightened),
        column=column,
    )


def _invisible_character(stop: _Stop) -> Slip | None:
    character = stop.rest[:1]
    if not character or not _is_invisible(character):
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    visible = "".join(" " if _is_invisible(other) else other for other in stop.here)
    return stop.slip(
        f"an invisible character ({name}) stands here",
        "delete it and type an ordinary space; it often comes along with pasted text",
        stop.with_line(visible),
    )


def _is_invisible(character: str) -> bool:
    return character not in " \t" and unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def _same_key_twice(stop: _Stop) -> Slip | None:
    if not stop.cause.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        return None
    repeats = positions("\n".join(stop.lines)).repeats
    repeat = next((repeat for repeat in repeats if repeat.place.line <= stop.line), None)
    if repeat is None:
        return stop.slip("this key was used before in another way", "keep one of the two")
    if repeat.header:
        return stop.slip(
            f"[{repeat.name}] stands a second time, the first is in line {repeat.first.line}",
            f"if this is one more entry, write [[{repeat.name}]] with two brackets; else put its lines under the first",
            line=repeat.place.line,
            column=repeat.place.column,
        )
    is_one_line = repeat.place.line == stop.line
    return stop.slip(
        f"'{repeat.name}' is written twice, the first time in line {repeat.first.line}",
        "keep one of the two and delete the other",
        stop.with_line("") if is_one_line else None,
        line=repeat.place.line,
        column=repeat.place.column,
    )


def _list_not_closed(stop: _Stop) -> Slip | None:
    if stop.cause not in ("Invalid value", "Unclosed array"):
        return None
    at_end = not stop.rest.strip()
    is_next_setting = bool(_SETTING.match(stop.here)) and stop.column <= len(stop.here) - len(stop.here.lstrip()) + 1
    is_header = bool(_HEADER.match(stop.here)) and bool(re.fullmatch(r"\s*\[\[?\s*", stop.before))
    if not (at_end and stop.cause == "Unclosed array") and not is_next_setting and not is_header:
        return None
    start = next((n for n in range(stop.line, 0, -1) if _LIST_START.match(stop.lines[n - 1]) and n != stop.line), None)
    if start is None and at_end and _LIST_START.match(stop.here):
        start = stop.line
    if start is None:
        return None
    name = re.sub(r"\s*=.*", "", stop.lines[start - 1]).strip()
    last, column = _last_value_end(stop, stop.line if at_end else stop.line - 1)
    closed = stop.lines[last - 1][: column - 1] + "]" + stop.lines[last - 1][column - 1 :]
    return stop.slip(
        f"the list '{name}' that begins in line {start} has no end",
        "put a ] after its last entry",
        stop.with_line(closed, last),
        line=last,
        column=column,
    )


def _missing_comma(stop: _Stop) -> Slip | None:
    if stop.cause != "Unclosed array" or stop.rest[:1] not in ('"', "'", "[", "{") and not stop.rest[:1].isdigit():
        return None
    if stop.before.strip():
        line, column = stop.line, len(stop.before.rstrip()) + 1
        where = f"between two entries of the list, before {_cut(stop.rest)}"
    else:
        line, column = _last_value_end(stop, stop.line - 1)
        where = "at the end of this line"
    content = stop.lines[line - 1]
    return stop.slip(
        f"a comma is missing {where}",
        "write a comma after each entry of a list",
        stop.with_line(f"{content[: column - 1]},{content[column - 1 :]}", line),
        line=line,
        column=column,
    )


def _quote_inside_text(stop: _Stop) -> Slip | None:
    if stop.cause not in ("Unclosed array", "Expected newline or end of document after a statement"):
        return None
    if not stop.before.endswith('"') or not stop.rest[:1].isalnum():
        return None
    return stop.slip(
        "the straight quote before this word ends the text too early",
        'put a backslash before each straight quote inside the text: \\"like this\\"',
        column=stop.column - 1,
    )


def _quote_not_closed(stop: _Stop) -> Slip | None:
    if stop.cause.startswith("Expected \"'") or stop.cause in ("Expected \"'''\"", "Unterminated string"):
        mark = "'''" if "'''" in stop.cause else '"""'
        start = next((n for n in range(len(stop.lines), 0, -1) if mark in stop.lines[n - 1]), stop.line)
        column = stop.lines[start - 1].find(mark) + 1 or 1
        if mark in stop.lines[start - 1]:
            return stop.slip(
                f"the text that begins with {mark} has no end",
                f"put {mark} after its last word",
                line=start,
                column=column,
            )
    if not stop.cause.startswith("Illegal character '\\n'") and stop.cause != "Unterminated string":
        return None
    column = _open_quote(stop.here)
    mark = stop.here[column - 1 : column]
    content = stop.here.rstrip()
    tail = re.search(r"[\s,\]]*$", content)
    cut = tail.start() if tail else len(content)
    return stop.slip(
        f"the text that begins with {mark} has no end in this line",
        f"put a {mark} after its last word",
        stop.with_line(content[:cut] + mark + content[cut:]),
        column=column,
    )


def _backslash(stop: _Stop) -> Slip | None:
    if not stop.cause.startswith("Unescaped '\\'"):
        return None
    slash = stop.here.rfind("\\", 0, stop.column)
    return stop.slip(
        "a backslash has a meaning of its own in texts",
        "write it twice, \\\\, or leave it out",
        stop.with_line(stop.here[:slash] + "\\" + stop.here[slash:]),
        column=slash + 1,
    )


def _bad_value(stop: _Stop) -> Slip | None:
    if stop.cause != "Invalid value":
        return None
    word = re.split(r"[\s,\]#]", stop.rest, maxsplit=1)[0]
    if not stop.rest.strip():
        return stop.slip("there is nothing after the =", 'write the value after it, such as "some text"')
    if word.lower() in _TRUTHS:
        right = _TRUTHS[word.lower()]
        return stop.slip(
            f"{word} is not written like that",
            f"write {right}, small and without quotes",
            stop.with_line(stop.before + right + stop.rest[len(word) :]),
        )
    if re.match(r"[+-]?\.\d", stop.rest):
        return stop.slip(
            f"{word} has no digit before the point",
            "write 0 first, like 0.5",
            stop.with_line(f"{stop.before}0{stop.rest}"),
        )
    text = _unquoted(stop)
    return stop.slip(
        f"this text is not in quotes: {_cut(text)}",
        f'write it between straight quotes: "{_cut(text)}"',
        _quoted(stop, text),
    )


def _unquoted(stop: _Stop) -> str:
    """The words that were meant as text: to the next comma or bracket inside a list, else to the end of the line."""
    in_list = "[" in stop.before or "=" not in stop.before
    ending = r"\s*[,\]]" if in_list else r"\s+#"
    found = re.search(ending, stop.rest[1:])
    return stop.rest[: found.start() + 1] if found else stop.rest.rstrip().rstrip(",") or stop.rest


def _quoted(stop: _Stop, text: str) -> str:
    inner = text.strip().strip("\"'").replace("\\", "").replace('"', "'")
    return stop.with_line(f'{stop.before}"{inner}"{stop.rest[len(text) :]}')


def _after_value(stop: _Stop) -> Slip | None:
    if stop.cause != "Expected newline or end of document after a statement":
        return None
    value = re.search(r"=\s*([^=]*)$", stop.before)
    whole = ((value[1] if value else "") + stop.rest).strip()
    if re.match(r",\s*(#.*)?$", stop.rest):
        return stop.slip(
            "a comma at the end of a setting is one too many",
            "delete it; only the entries of a list have commas after them",
            stop.with_line(f"{stop.before} {stop.rest[1:]}"),
        )
    if re.match(r"\d+,\d+", whole):
        return stop.slip(f"{_cut(whole)} has a comma in it", "write numbers with a point, like 0.6")
    if re.match(r"[\d.]+\s*%", whole):
        return stop.slip(f"{_cut(whole)} is not a number", "write it as a number from 0 to 1 without %, like 0.6")
    if _SLASHED_DATE.match(whole) or _DATE.match(whole):
        return stop.slip(f"{_cut(whole)} is not a date", "write dates as year-month-day, like 2026-11-03")
    if stop.rest.startswith("]"):
        return stop.slip("this ] is one too many", "delete it", stop.with_line(f"{stop.before} {stop.rest[1:]}"))
    if _SETTING.match(stop.rest):
        return stop.slip("two settings stand in one line", "begin a new line here")
    return stop.slip(
        f"this is left over after the value: {_cut(stop.rest)}",
        "put one setting in each line, and text between straight quotes",
    )


def _date_that_is_none(stop: _Stop) -> Slip | None:
    if not stop.cause.startswith("Invalid date"):
        return None
    return stop.slip("there is no such date", "write dates as year-month-day, like 2026-11-03")


def _line_without_equals(stop: _Stop) -> Slip | None:
    if not stop.cause.startswith(("Expected '=' after a key", "Invalid statement", "Invalid initial character")):
        return None
    colon = re.match(rf"(\s*{_KEY})\s*:", stop.here)
    if colon:
        meant = re.sub(r":", " =", stop.here, count=1)
        return stop.slip(
            f"'{colon[1].strip()}' is followed by a colon",
            "write = instead of :",
            stop.with_line(meant),
            column=colon.end(),
        )
    if re.match(r"\s*[-*•–]\s*\S", stop.here):
        return stop.slip(
            "a line cannot begin with a dash or a star",
            'write lists in brackets with commas: phrasings = ["one wording", "another"]',
            column=_first_column(stop.here),
        )
    words = re.match(r"\s*([A-Za-z0-9_]+(?:\s+[A-Za-z0-9_]+)+)\s*=", stop.here)
    if words:
        joined = re.sub(r"\s+", "_", words[1])
        return stop.slip(
            f"the name of a setting cannot have spaces: {words[1]}",
            f"write {joined}",
            stop.with_line(stop.here.replace(words[1], joined, 1)),
            column=_first_column(stop.here),
        )
    return stop.slip(
        f"this line does not set anything: {_cut(stop.here)}",
        'write it as name = "value"; to make it a note, put # and a space in front; a text stands in one line',
        column=_first_column(stop.here),
    )


def _header_brackets(stop: _Stop) -> Slip | None:
    if not stop.cause.startswith(("Expected ']]'", "Expected ']'")):
        return None
    name = stop.here.strip().strip("[]").split("]")[0].split("#")[0].strip()
    header = f"[[{name}]]" if stop.here.strip().startswith("[[") else f"[{name}]"
    return stop.slip(
        f"the brackets around {_cut(name)} are not complete",
        f"write {header} alone in the line",
        stop.with_line(header),
        column=_first_column(stop.here),
    )


_KINDS: tuple[Callable[[_Stop], Slip | None], ...] = (
    _curly_quotes,
    _invisible_character,
    _same_key_twice,
    _list_not_closed,
    _missing_comma,
    _quote_inside_text,
    _quote_not_closed,
    _backslash,
    _bad_value,
    _date_that_is_none,
    _after_value,
    _header_brackets,
    _line_without_equals,
)
"""Asked in this order: what is sure comes before what is likely."""


def _straight_quotes(line: str) -> int:
    return len(re.findall(r'(?<!\\)"', line))


def _open_quote(line: str) -> int:
    """The column of the quote whose text has no end in `line`."""
    mark, start, skip = "", 0, False
    for index, character in enumerate(line):
        if skip:
            skip = False
        elif mark:
            skip = character == "\\" and mark == '"'
            mark = "" if character == mark else mark
        elif character in "\"'":
            mark, start = character, index
    return start + 1


def _last_value_end(stop: _Stop, line: int) -> tuple[int, int]:
    """Line and column just after the last value at or above `line`, without its comment or comma."""
    for number in range(line, 0, -1):
        content = re.sub(r"\s+#[^\"']*$", "", stop.lines[number - 1]).rstrip()
        if content.strip() and not content.lstrip().startswith("#"):
            return number, len(content) + 1
    return stop.line, stop.column


def _first_column(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1


def _cut(text: str, limit: int = 40) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in text.strip())
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
