"""Where every key and value of a TOML text stands: `tomllib` gives values without places, tree-sitter exact places."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]
"""How a value is reached: `("tests", 2, "expect")` is the key `expect` in the third `[[tests]]`."""

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = ("bare_key", "quoted_key", "dotted_key")


class Place(NamedTuple):
    """Both count from 1; a column is a character, not a byte."""

    line: int
    column: int


class ListComment(NamedTuple):
    """A comment between the entries of a list: the one spot where a hashtag without quotes vanishes unnoticed."""

    place: Place
    text: str


class Repeat(NamedTuple):
    """A key or a `[header]` that stands in the file a second time."""

    name: str
    place: Place
    first: Place
    header: bool


class Header(NamedTuple):
    """A `[header]` or `[[header]]` as it is written."""

    text: str
    place: Place


@dataclass(slots=True)
class Positions:
    """`keys` and `values` by key path; of a `[header]` both are the place of its first bracket."""

    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    list_comments: list[ListComment] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)


def positions(text: str) -> Positions:
    """Read the places of `text` (lines end in "\\n"). Text that is not valid TOML gives the places that can be told.

    Raises RecursionError when lists stand in lists hundreds of levels deep.
    """
    source = text.encode()
    walk = _Walk(source.split(b"\n"))
    walk.document(Parser(_LANGUAGE).parse(source).root_node)
    return walk.found


class _Walk:
    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._entries: dict[KeyPath, int] = {}
        self.found = Positions()

    def document(self, root: Node) -> None:
        for node in root.children:
            if node.type == "pair":
                self._pair((), node)
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        key = next((child for child in node.children if child.type in _KEYS), None)
        if key is None:
            return
        names = tuple(_names(key))
        is_entry = node.type == "table_array_element"
        place = self._place(node)
        self.found.headers.append(Header(f"[[{'.'.join(names)}]]" if is_entry else f"[{'.'.join(names)}]", place))
        path: KeyPath = ()
        for name in names[:-1]:
            path += (name,)
            if path in self._entries:
                path += (self._entries[path],)
        path += (names[-1],)
        if is_entry:
            self._entries[path] = self._entries.get(path, -1) + 1
            self.found.keys.setdefault(path, place)
            self.found.values.setdefault(path, place)
            path += (self._entries[path],)
        self._record(path, place, place, header=True)
        for child in node.children:
            if child.type == "pair":
                self._pair(path, child)

    def _pair(self, table: KeyPath, node: Node) -> None:
        # A note at the end of the line is the last child, so the value is found from the front.
        if len(node.children) < 3 or node.children[0].type not in _KEYS:
            return
        key, value = node.children[0], node.children[2]
        *outer, last = _names(key)
        path = table
        for name in outer:
            path += (name,)
            self.found.keys.setdefault(path, self._place(key))
            self.found.values.setdefault(path, self._place(key))
        path += (last,)
        self._record(path, self._place(key), self._place(value), header=False)
        self._value(path, value)

    def _value(self, path: KeyPath, node: Node) -> None:
        if node.type == "array":
            entries = [child for child in node.children if child.is_named]
            for comment in [child for child in entries if child.type == "comment"]:
                self.found.list_comments.append(ListComment(self._place(comment), _text(comment)))
            for index, entry in enumerate(child for child in entries if child.type != "comment"):
                self.found.keys[*path, index] = self.found.values[*path, index] = self._place(entry)
                self._value((*path, index), entry)
        elif node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(path, child)

    def _record(self, path: KeyPath, key: Place, value: Place, *, header: bool) -> None:
        first = self.found.keys.setdefault(path, key)
        if first is not key:
            self.found.repeats.append(Repeat(str(path[-1]), key, first, header))
            return
        self.found.values[path] = value

    def _place(self, node: Node) -> Place:
        row, column = node.start_point
        return Place(row + 1, len(self._lines[row][:column].decode(errors="replace")) + 1)


def _names(key: Node) -> Iterator[str]:
    if key.type == "dotted_key":
        for child in key.children:
            if child.type in _KEYS:
                yield from _names(child)
    elif key.type == "quoted_key":
        try:
            yield next(iter(tomllib.loads(f"{_text(key)} = 0")))
        except tomllib.TOMLDecodeError:
            yield _text(key)
    else:
        yield _text(key)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
