"""Takes the values out of one table of a document, each checked for its type, and collects what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from monitor.errors import Problem
from monitor.toml.document import Document
from monitor.toml.positions import KeyPath, Place


class Table:
    """One table, read key by key. Nothing is raised: each mistake becomes a problem, and the reader goes on with a
    stand-in value. `done()` on the outermost table ends the reading; what was never asked for is then an unknown key.

    `label` names the table in messages: "a claim", "test 3", "[match]".
    """

    def __init__(
        self,
        document: Document,
        problems: list[Problem],
        label: str,
        *,
        at: KeyPath = (),
        data: Mapping[str, object] | None = None,
        outer: Table | None = None,
    ) -> None:
        self.document = document
        self.label = label
        self.at = at
        self._problems = problems
        self._data = document.data if data is None else data
        self._outer = outer
        self._inner: list[Table] = []
        self.known: dict[str, bool] = {}
        """The keys asked for so far, and whether each must be there."""
        self.explained: set[str] = set()
        """The keys about which enough was said: they are neither unknown nor missing."""

    @property
    def place(self) -> Place:
        return self.document.where_key(self.at)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def value(self, key: str) -> object:
        """The value as it stands, unchecked; None where the key is not there."""
        return self._data.get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def problem(self, key: str | None, what: str, mend: str, *, index: int | None = None, on_key: bool = False) -> None:
        """Note a mistake at a key's value, at one entry of its list, at the key itself, or (no key) at the table."""
        path = self.at if key is None else (*self.at, key)
        if index is not None:
            path += (index,)
        place = self.document.where_key(path) if on_key or key is None else self.document.where(path)
        self._problems.append(Problem(self.document.path, place.line, place.column, what, mend))

    def refuse(self, key: str, what: str, mend: str) -> None:
        """Note that a key must not be here; it is then no unknown key."""
        self.explained.add(key)
        self.problem(key, what, mend, on_key=True)

    def text(self, key: str) -> str:
        """A text that must be there and not be empty."""
        return self._text(key, required=True) or ""

    def optional_text(self, key: str) -> str | None:
        return self._text(key, required=False)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, none of them empty; the list may be."""
        value = self._get(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list):
            example = show(value) if isinstance(value, str) else "one text"
            self.problem(key, f"'{key}' must be a list", f'write it in brackets: {key} = ["{example}"]')
            return ()
        texts = []
        for index, entry in enumerate(value):
            if not isinstance(entry, str):
                self.problem(key, f"{show(entry)} is not a text", f'write "{show(entry)}"', index=index)
            elif not entry.strip():
                self.problem(
                    key,
                    f"an entry of '{key}' is empty",
                    "write something between the quotes, or delete it",
                    index=index,
                )
            texts.append(entry if isinstance(entry, str) else "")
        return tuple(texts)

    def choice(self, key: str, allowed: Sequence[str], default: str | None) -> str:
        """One of a few words. Without a default it must be there."""
        value = self._get(key, required=default is None)
        stand_in = allowed[0] if default is None else default
        if value is None:
            return stand_in
        if value in allowed and isinstance(value, str):
            return value
        words = ", ".join(f'"{word}"' for word in allowed)
        self.problem(
            key, f"'{key}' cannot be {show(value)}", _closest(str(value), allowed) or f"choose one of: {words}"
        )
        return stand_in

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key, required=False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.problem(key, f"'{key}' cannot be {show(value)}", "write true or false, without quotes")
        return default

    def number(self, key: str, default: float, *, low: float, high: float | None = None) -> float:
        """A number from `low` to `high`, both included."""
        value = self.optional_number(key, low=low, high=high)
        return default if value is None else value

    def whole(self, key: str, default: int, *, low: int) -> int:
        """A whole number, `low` or more."""
        value = self._get(key, required=False)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            return value
        self.problem(key, f"'{key}' cannot be {show(value)}", f"write a whole number, {low} or more, without quotes")
        return default

    def optional_number(self, key: str, *, low: float, high: float | None = None) -> float | None:
        value = self._get(key, required=False)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            # Written so that nan, which is neither below nor above anything, is refused.
            if low <= value and (high is None or value <= high):
                return float(value)
        bounds = f"{low:g} or more" if high is None else f"from {low:g} to {high:g}"
        self.problem(key, f"'{key}' cannot be {show(value)}", f"write a number, {bounds}, without quotes")
        return None

    def wholes(self, key: str, default: tuple[int, ...], *, low: int) -> tuple[int, ...]:
        """A list of whole numbers, each `low` or more."""
        value = self._get(key, required=False)
        if value is None:
            return default
        if not isinstance(value, list) or not all(
            isinstance(e, int) and not isinstance(e, bool) and e >= low for e in value
        ):
            mend = f"write whole numbers, {low} or more, in brackets: {key} = {list(default)}"
            self.problem(key, f"'{key}' cannot be {show(value)}", mend)
            return default
        return tuple(value)

    def moment(self, key: str, *, ends_day: bool = False) -> datetime | None:
        """A moment in UTC. A date alone is that day's beginning in UTC, or with `ends_day` its end."""
        value = self._get(key, required=False)
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is None:
            self.problem(
                key, f"'{key}' has a time but no time zone", "add Z for UTC or an offset: 2026-11-03T20:00:00-05:00"
            )
            return None
        try:
            if isinstance(value, datetime):
                return value.astimezone(UTC)
            if isinstance(value, date):
                return datetime.combine(value, time(), UTC) + timedelta(days=1 if ends_day else 0)
        except OverflowError:
            pass
        self.problem(key, f"'{key}' cannot be {show(value)}", f"write a date without quotes: {key} = 2026-11-03")
        return None

    def table(self, key: str) -> Table:
        """A `[key]` table; an empty one where there is none."""
        value = self._get(key, required=False)
        if value is not None and not isinstance(value, dict):
            self.problem(
                key, f"'{key}' must be a table", f"write [{key}] alone in a line, and its keys below", on_key=True
            )
            value = None
        inner = Table(self.document, self._problems, f"[{key}]", at=(*self.at, key), data=value or {}, outer=self)
        self._inner.append(inner)
        return inner

    def tables(self, key: str, label: str) -> list[Table]:
        """The `[[key]]` tables, in order; messages call them `label` 1, 2, 3."""
        value = self._get(key, required=False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.problem(
                key, f"'{key}' is not a list of entries", f"write [[{key}]] alone in a line above each", on_key=True
            )
            return []
        tables = [
            Table(
                self.document,
                self._problems,
                f"{label} {number}",
                at=(*self.at, key, number - 1),
                data=entry,
                outer=self,
            )
            for number, entry in enumerate(value, 1)
        ]
        self._inner += tables
        return tables

    def give_up(self) -> None:
        """Leave the rest of this table unread: its keys cannot be judged before another mistake is mended."""
        self.explained |= set(self._data)

    def done(self) -> None:
        """Note every key that nobody asked for, and every required key that is missing; first in the tables inside."""
        for inner in self._inner:
            inner.done()
        for key in self._data:
            if key not in self.known and key not in self.explained:
                self._unknown(key)
        for key, required in self.known.items():
            if required and key not in self._data and key not in self.explained:
                self.problem(None, f"'{key}' is missing in {self.label}", f"add a line {key} = ...")

    def _get(self, key: str, *, required: bool) -> object:
        self.known[key] = required
        return self._data.get(key)

    def _text(self, key: str, *, required: bool) -> str | None:
        value = self._get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            example = value[0] if isinstance(value, list) and len(value) == 1 else value
            self.problem(key, f"'{key}' must be a text", f'write it between straight quotes: {key} = "{show(example)}"')
            return None
        if not value.strip():
            mend = (
                "write something between the quotes"
                if required
                else "write something between the quotes, or delete the line"
            )
            self.problem(key, f"'{key}' is empty", mend)
            return None
        return value

    def _unknown(self, key: str) -> None:
        if self._outer is not None and key in self._outer.known:
            self._outer.explained.add(key)
            headers = self.document.places.headers
            mend = (
                f"move it above the first {headers[0].text} (line {headers[0].place.line})"
                if headers
                else "move it out"
            )
            self.problem(key, f"'{key}' is inside {self.label}", mend, on_key=True)
            return
        match = difflib.get_close_matches(key.lower(), self.known, n=1, cutoff=0.6)
        if match:
            self.explained.add(match[0])
            mend = f"did you mean '{match[0]}'?"
        else:
            mend = f"the keys of {self.label} are: {', '.join(self.known)}"
        self.problem(key, f"unknown key '{show(key)}' in {self.label}", mend, on_key=True)


def show(value: object, limit: int = 60) -> str:
    """A value from a file as messages show it: short, on one line, and with nothing that a terminal would act on."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        text = "a table"
    elif isinstance(value, list):
        text = "a list"
    else:
        text = str(value)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _closest(value: str, allowed: Sequence[str]) -> str | None:
    match = difflib.get_close_matches(value.lower(), allowed, n=1, cutoff=0.6)
    return f'did you mean "{match[0]}"?' if match else None
