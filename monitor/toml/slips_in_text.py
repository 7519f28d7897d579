"""Mistakes in the writing of one value: quotes, characters, numbers, dates."""

from __future__ import annotations

import re
import unicodedata

from monitor.toml.slip import KEY, SETTING, Slip, Stop, show
from monitor.toml.slips_of_habit import LEFT_OVER

_DOUBLE_CURLY = "“”„‟«»″＂"
_SINGLE_CURLY = "‘’‚‛′＇"
_CURLY_AT_EDGE = re.compile(rf"(?<=[=\[,])\s*[{_DOUBLE_CURLY}]|[{_DOUBLE_CURLY}](?=\s*(?:[,\]#]|$))")
_CURLY_KEY = re.compile(rf"\s*[{_DOUBLE_CURLY}{_SINGLE_CURLY}]\s*({KEY})\s*[{_DOUBLE_CURLY}{_SINGLE_CURLY}]\s*=")
_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
_NO_END = ("Illegal character '\\n'", "Found invalid character '\\n'", "Unterminated string", 'Expected "\'"')
_NOT_VALUES = (
    (re.compile(r"\d+,\d+"), "is not a number, because of its comma", "write numbers with a point, like 0.6"),
    (re.compile(r"[\d.]+\s*%"), "is not a number, because of its %", "write a number from 0 to 1, like 0.6"),
    (re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{2,4}"), "is not a date", "write year-month-day, like 2026-11-03"),
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}"), "is not a date", "write year-month-day, like 2026-11-03"),
)


def curly_quotes(stop: Stop) -> Slip | None:
    key = _CURLY_KEY.match(stop.here)
    if key is not None:
        meant = stop.with_line(f"{key[1]} ={stop.here[key.end() :]}")
        return stop.slip(f"curly quotes around the key {key[1]}", "delete them", meant, column=stop.indent)
    if stop.rest[:1] in tuple(_SINGLE_CURLY):
        return stop.slip(f"curly quotes {stop.rest[0]} around the text", 'replace them with straight quotes: "')
    column = stop.column
    if stop.rest[:1] not in tuple(_DOUBLE_CURLY):
        edge = _CURLY_AT_EDGE.search(stop.here)
        # Inside a text they are right: only an odd number of straight ones tells that a curly one took its place.
        if edge is None or len(re.findall(r'(?<!\\)"', stop.here)) % 2 == 0:
            return None
        column = edge.end()
    return stop.slip(
        f"curly quotes {stop.here[column - 1]} around the text",
        'replace “ and ” with straight quotes: "',
        stop.with_line(re.sub(f"[{_DOUBLE_CURLY}]", '"', stop.here)),
        column=column,
    )


def invisible_character(stop: Stop) -> Slip | None:
    character = stop.rest[:1]
    if not character or not _is_invisible(character):
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return stop.slip(
        f"an invisible character stands here ({name})",
        "delete it and type an ordinary space; pasted text often brings it along",
        stop.with_line("".join(" " if _is_invisible(other) else other for other in stop.here)),
    )


def _is_invisible(character: str) -> bool:
    return character not in " \t" and unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def quote_inside_text(stop: Stop) -> Slip | None:
    if stop.cause not in ("Unclosed array", LEFT_OVER) or SETTING.match(stop.rest) or not stop.rest[:1].isalnum():
        return None
    quote = stop.before.rstrip()[-1:]
    if quote == '"':
        what, mend = "this straight quote ends the text too early", 'write \\" for each straight quote inside a text'
    elif quote == "'":
        what, mend = "this apostrophe ends the text", 'put the text between straight double quotes: "it\'s like this"'
    else:
        return None
    return stop.slip(what, mend, column=len(stop.before.rstrip()))


def quote_not_closed(stop: Stop) -> Slip | None:
    for mark in ('"""', "'''"):
        if stop.cause == "Unterminated string" or mark in stop.cause:
            start = next((n for n in range(stop.line, 0, -1) if mark in stop.lines[n - 1]), None)
            if start is not None:
                what, mend = f"the text that begins with {mark} has no end", f"put {mark} after its last word"
                return stop.slip(what, mend, line=start, column=stop.lines[start - 1].find(mark) + 1)
    if not stop.cause.startswith(_NO_END):
        return None
    # The end of a text between apostrophes is looked for in the whole rest of the file.
    candidates = range(stop.line, 0, -1) if stop.cause.startswith("Expected") else [stop.line]
    for line in candidates:
        column = _open_quote(stop.lines[line - 1])
        if column is not None:
            break
    else:
        return None
    content = stop.lines[line - 1]
    mark, end = content[column - 1], len(content.rstrip(" \t,]"))
    return stop.slip(
        f"the text that begins with {mark} has no end in this line",
        f"put a {mark} after its last word",
        stop.with_line(f"{content[:end]}{mark}{content[end:]}", line),
        line=line,
        column=column,
    )


def _open_quote(line: str) -> int | None:
    """The column of the quote whose text has no end in `line`."""
    mark, start, is_escaped = "", 0, False
    for index, character in enumerate(line):
        if is_escaped:
            is_escaped = False
        elif mark:
            is_escaped = character == "\\" and mark == '"'
            mark = "" if character == mark else mark
        elif character == "#":
            return None
        elif character in "\"'":
            mark, start = character, index
    return start + 1 if mark else None


def backslash(stop: Stop) -> Slip | None:
    if not stop.cause.startswith(("Unescaped '\\'", "Invalid hex value", "Escaped character")):
        return None
    slash = max(stop.here.rfind("\\", 0, stop.column), 0)
    return stop.slip(
        "a backslash has a meaning of its own inside a text",
        "write it twice, \\\\, or leave it out",
        stop.with_line(f"{stop.here[:slash]}\\{stop.here[slash:]}"),
        column=slash + 1,
    )


def not_a_value(stop: Stop) -> Slip | None:
    """A value that cannot be read from its first character on."""
    if stop.cause != "Invalid value":
        return None
    word = re.split(r"[\s,\]#]", stop.rest, maxsplit=1)[0]
    if not stop.rest.strip():
        return stop.slip("there is nothing after the =", 'write the value after it, such as "some text"')
    if word.lower() in _TRUTHS:
        right = _TRUTHS[word.lower()]
        meant = stop.with_line(f"{stop.before}{right}{stop.rest[len(word) :]}")
        return stop.slip(f"{word} is not understood", f"write {right}, small and without quotes", meant)
    if re.match(r"[+-]?\.\d", word):
        meant = stop.with_line(stop.before + stop.rest.replace(".", "0.", 1))
        return stop.slip(f"{word} has no digit before its point", f"write {word.replace('.', '0.', 1)}", meant)
    text = _words_meant_as_text(stop)
    inner = re.sub(r"[\"\\]", "", text).strip(" '")
    return stop.slip(
        f"this text is not between quotes: {show(text)}",
        f'write "{show(inner)}"',
        stop.with_line(f'{stop.before}"{inner}"{stop.rest[len(text) :]}'),
    )


def _words_meant_as_text(stop: Stop) -> str:
    """To the next comma or bracket inside a list, else to the end of the line or a note."""
    in_list = "[" in stop.before or "=" not in stop.before
    found = re.search(r"\s*[,\]]" if in_list else r"\s+#", stop.rest[1:])
    return stop.rest[: found.start() + 1] if found else stop.rest.rstrip()


def endless_number(stop: Stop) -> Slip | None:
    if not stop.cause.startswith("Exceeds the limit"):
        return None
    line = next((n for n, content in enumerate(stop.lines, 1) if re.search(r"\d{4000}", content)), stop.line)
    return stop.slip("this number is far too long", "write a shorter one", line=line, column=1)


def no_such_date(stop: Stop) -> Slip | None:
    if not stop.cause.startswith("Invalid date"):
        return None
    return stop.slip("there is no such date", "write year-month-day, like 2026-11-03")


def left_over_after_value(stop: Stop) -> Slip | None:
    """A value that can be read only in part."""
    if stop.cause != LEFT_OVER:
        return None
    if re.match(r",\s*(#.*)?$", stop.rest):
        meant = stop.with_line(f"{stop.before} {stop.rest[1:]}")
        return stop.slip(
            "this comma is one too many", "delete it; only entries of a list have commas after them", meant
        )
    if stop.rest.startswith("]"):
        return stop.slip("this ] is one too many", "delete it", stop.with_line(f"{stop.before} {stop.rest[1:]}"))
    if SETTING.match(stop.rest):
        return stop.slip("there are two keys in one line", "begin a new line here")
    value = re.match(rf"\s*{KEY}\s*=\s*", stop.here)
    if value is not None:
        written = stop.here[value.end() :]
        for pattern, what, mend in _NOT_VALUES:
            if pattern.match(written):
                return stop.slip(f"{show(written)} {what}", mend, column=value.end() + 1)
    what = f"this is left over after the value: {show(stop.rest)}"
    return stop.slip(what, "put one key in each line, and text between straight quotes")
