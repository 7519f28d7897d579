"""Reads one TOML file into plain values, with the place of each and every mistake in its writing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import Problem
from monitor.toml.positions import KeyPath, Place, Positions, positions
from monitor.toml.syntax import diagnose

_START = Place(1, 1)
_MOST_SLIPS = 50
_READING_FAILED = "is it on this computer, and may you open it?"


@dataclass(frozen=True, slots=True)
class Document:
    """One file. With `problems`, `data` is what was probably meant, so that one reading finds all mistakes; it must not
    be used. `is_readable` is False when not even that can be told, and `data` is then empty."""

    path: Path
    data: Mapping[str, object]
    problems: tuple[Problem, ...] = ()
    is_readable: bool = True
    places: Positions = field(default_factory=Positions)

    def where(self, path: KeyPath) -> Place:
        """Where the value of a key path stands; the nearest table around it where it does not stand in the file."""
        return _nearest(self.places.values, path)

    def where_key(self, path: KeyPath) -> Place:
        """Where the key itself stands."""
        return _nearest(self.places.keys, path)


def read(path: Path) -> Document:
    """Read a file. Whatever is wrong with it, even that it is missing, stands in the document's problems."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"the file cannot be opened ({(error.strerror or str(error)).lower()})"
        return _unreadable(path, Problem(path, *_START, what, _READING_FAILED))
    return parse(path, raw)


def parse(path: Path, raw: bytes) -> Document:
    """Read the bytes of a file; `path` is for messages."""
    try:
        text = _decode(raw)
    except UnicodeDecodeError as error:
        return _unreadable(path, _not_utf8(path, raw, error))
    problems: dict[int, Problem] = {}
    while len(problems) < _MOST_SLIPS:
        try:
            data = tomllib.loads(text)
            return Document(path, data, tuple(problems.values()), places=positions(text))
        except RecursionError:
            return _unreadable(path, Problem(path, *_START, "lists stand in lists too deep to read", "write it flat"))
        except ValueError as error:
            slip = diagnose(text, error)
        if slip.line in problems:
            break  # the guess at what was meant did not help: more of them would only confuse
        problems[slip.line] = Problem(path, slip.line, slip.column, slip.what, slip.mend)
        if slip.meant is None:
            break
        text = slip.meant
    return _unreadable(path, *problems.values())


def _decode(raw: bytes) -> str:
    # Notepad puts a byte order mark in front of UTF-8; it is harmless and invisible, so it is not the writer's mistake.
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def _not_utf8(path: Path, raw: bytes, error: UnicodeDecodeError) -> Problem:
    mend = 'save it again as UTF-8 (Notepad: File, Save as, Encoding: "UTF-8")'
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(path, *_START, 'the file is saved as UTF-16 ("Unicode")', mend)
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    letter = raw[error.start : error.start + 1].decode("cp1252", errors="replace")
    return Problem(path, line, column, f"the file is not saved as UTF-8 (the letter here is probably {letter!r})", mend)


def _unreadable(path: Path, *problems: Problem) -> Document:
    return Document(path, {}, problems, is_readable=False)


def _nearest(places: Mapping[KeyPath, Place], path: KeyPath) -> Place:
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return _START
