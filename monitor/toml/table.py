"""Takes the values out of one table of a document, each checked for its type, and collects what is wrong."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from monitor.errors import Problem
from monitor.toml.document import Document
from monitor.toml.positions import KeyPath, Place
from monitor.toml.slip import show

Shape = dict[str, object]


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
        self.known: dict[str, str | None] = {}
        """The keys asked for so far; of those that must be there, how they are written."""
        self.explained: set[str] = set()
        """The keys about which enough was said: they are neither unknown nor missing."""
        self.shapes: dict[str, Shape] = {}
        """What was asked of the value of each key so far, as JSON Schema has it."""

    @property
    def place(self) -> Place:
        return self.document.where_key(self.at)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def value(self, key: str) -> object:
        """The value as it stands, unchecked; None where the key is not there."""
        return self._data.get(key)

    def misspelt(self, key: str) -> bool:
        """Whether a key is missing but stands there in another spelling, which `done` will tell of. To be asked when
        all keys have been."""
        return key not in self._data and any(key in self._meant(other) for other in self._data)

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

    def also(self, key: str, **shape: object) -> None:
        """Note what else the reader asks of a key's value: for `schema`, checked by whoever asks it."""
        self.shapes[key] |= shape

    def schema(self) -> Shape:
        """What was asked of this table so far, as JSON Schema. The tables inside count as far as there were any."""
        properties = {key: self.shapes[key] for key in self.known}
        for inner in self._inner:
            key = str(inner.at[len(self.at)])
            properties[key] = {"type": "array", "items": inner.schema()} if len(inner.at) > 1 else inner.schema()
        required = [key for key, example in self.known.items() if example is not None]
        needs = {"required": required} if required else {}
        # It means the same as False, but Taplo then marks the unknown key and not every line of the file.
        return {"type": "object", "properties": properties, **needs, "additionalProperties": {"not": {}}}

    def text(self, key: str) -> str:
        """A text that must be there and not be empty."""
        value = self._get(key, _TEXT, example='"..."')
        return "" if value is None else self._one_text(key, value) or ""

    def optional_text(self, key: str) -> str | None:
        value = self._get(key, _TEXT)
        return None if value is None else self._one_text(key, value)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, none of them empty; the list itself may be. A mistake leaves an empty text in its place."""
        value = self._get(key, {"type": "array", "items": {**_TEXT}}, example='["..."]' if required else None)
        if value is None:
            return ()
        if not isinstance(value, list):
            example = show(value) if isinstance(value, str) else "..."
            self.problem(key, f"'{key}' must be a list", f'write it in brackets: {key} = ["{example}"]')
            return ()
        return tuple(self._one_text(key, entry, index) or "" for index, entry in enumerate(value))

    def address(self, key: str, default: str | None = None, schemes: tuple[str, ...] = ("https", "http")) -> str:
        """A network address in full, without a user name or password. Without a default it must be there."""
        value = self.text(key) if default is None else self.optional_text(key) or default
        if value and not is_address(value, schemes):
            written = "" if "@" in value else f": {show(value)}"  # a password may stand before the @
            what = f"'{key}' is not an address{written}"
            self.problem(key, what, f"write it whole, beginning with {schemes[0]}://")
        elif "@" in urlsplit(value).netloc:
            mend = "delete what stands before the @, and the @"
            self.problem(key, f"'{key}' has a user name or password in it", mend)
        return value

    def choice(self, key: str, allowed: Sequence[str], default: str | None) -> str:
        """One of a few words. Without a default it must be there; a mistake stands for the first of them."""
        example = f'"{allowed[0]}"' if default is None else None
        shape: Shape = {"enum": [*allowed]} | ({"default": default} if default else {})
        value = self._get(key, shape, example=example)
        if value is None:
            return allowed[0] if default is None else default
        if isinstance(value, str) and value in allowed:
            return value
        if isinstance(value, str) and value.strip() in allowed:
            what = f"'{key}' has a space inside its quotes"
            self.problem(key, what, f'write {key} = "{value.strip()}"')
            return allowed[0] if default is None else default
        match = difflib.get_close_matches(str(value).lower(), allowed, n=1, cutoff=0.6)
        words = ", ".join(f'"{word}"' for word in allowed)
        mend = f'did you mean "{match[0]}"?' if match else f"write one of: {words}"
        self.problem(key, f"'{key}' cannot be {_quoted(value)}", mend)
        return allowed[0] if default is None else default

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key, {"type": "boolean", "default": default})
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.problem(key, f"'{key}' cannot be {_quoted(value)}", "write true or false, without quotes")
        return default

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number from `low` to `high`, both included."""
        value = self.optional_number(key, low=low, high=high)
        return default if value is None else value

    def optional_number(self, key: str, *, low: float, high: float) -> float | None:
        value = self._get(key, {"type": "number", "minimum": low, "maximum": high})
        # Written so that nan, which is neither below nor above anything, is refused.
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        if value is not None:
            what = f"'{key}' cannot be {_quoted(value)}"
            self.problem(key, what, f"write a number from {low:g} to {high:,g}, without quotes")
        return None

    def whole(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        value = self._get(key, {"type": "integer", "minimum": low, "maximum": high})
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            what = f"'{key}' cannot be {_quoted(value)}"
            self.problem(key, what, f"write a whole number from {low} to {high}, without quotes")
        return default

    def wholes(self, key: str, default: tuple[int, ...], *, low: int) -> tuple[int, ...]:
        """A list of whole numbers, each `low` or more."""
        value = self._get(key, {"type": "array", "items": {"type": "integer", "minimum": low}})
        if value is None:
            return default
        numbers = (
            [entry for entry in value if isinstance(entry, int) and entry >= low] if isinstance(value, list) else []
        )
        if not isinstance(value, list) or len(numbers) < len(value):
            mend = f"write whole numbers, {low} or more, in brackets: {key} = [3, 10, 30]"
            self.problem(key, f"'{key}' cannot be {_quoted(value)}", mend)
            return default
        return tuple(numbers)

    def interval(self, key: str, default: tuple[float, float], *, low: float, high: float) -> tuple[float, float]:
        """A list of two numbers from `low` to `high`, the first below the second."""
        value = self._get(key, {"type": "array", "items": {"type": "number", "minimum": low, "maximum": high}})
        if value is None:
            return default
        if isinstance(value, list) and len(value) == 2 and not any(isinstance(entry, bool) for entry in value):
            first, second = value
            if isinstance(first, int | float) and isinstance(second, int | float) and low <= first < second <= high:
                return float(first), float(second)
        example = f"{key} = [{default[0]:g}, {default[1]:g}]"
        mend = f"write two numbers from {low:g} to {high:g} in brackets, the smaller one first: {example}"
        self.problem(key, f"'{key}' cannot be {_quoted(value)}", mend)
        return default

    def moment(self, key: str, *, ends_day: bool = False) -> datetime | None:
        """A moment in UTC. A date alone is that day's beginning in UTC, or with `ends_day` its end."""
        value = self._get(key, {"anyOf": [{"type": "string", "format": form} for form in ("date", "date-time")]})
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is None:
            mend = f"add the zone after the time: {key} = 2026-11-03T20:00:00-05:00 (or Z for UTC)"
            self.problem(key, f"'{key}' has a time but no time zone", mend)
            return None
        try:
            if isinstance(value, datetime):
                return value.astimezone(UTC)
            if isinstance(value, date):
                return datetime.combine(value, time(), UTC) + timedelta(days=1 if ends_day else 0)
        except OverflowError:
            pass  # a moment in the year 1 or 9999 that UTC cannot express: as wrong as any other value
        self.problem(key, f"'{key}' cannot be {_quoted(value)}", f"write a date without quotes: {key} = 2026-11-03")
        return None

    def table(self, key: str) -> Table:
        """A `[key]` table; an empty one where there is none."""
        value = self._get(key, {"type": "object"})
        if value is not None and not isinstance(value, dict):
            mend = f"write [{key}] alone in a line, with one bracket on each side, and its keys below"
            self.problem(key, f"'{key}' must be a table", mend, on_key=True)
        return self._table_at((key,), f"[{key}]", value if isinstance(value, dict) else {})

    def tables(self, key: str, label: str) -> list[Table]:
        """The `[[key]]` tables, in order; messages call them `label` 1, 2, 3."""
        value = self._get(key, {"type": "array", "items": {"type": "object"}})
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            return [self._table_at((key, index), f"{label} {index + 1}", entry) for index, entry in enumerate(value)]
        mend = f"write [[{key}]] alone in a line, with two brackets on each side, and the keys of one {label} below"
        self.problem(key, f"'{key}' is not a list of entries", mend, on_key=True)
        return []

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
        for key, example in self.known.items():
            if example is not None and key not in self._data and key not in self.explained:
                self.problem(None, f"'{key}' is missing in {self.label}", f"add a line {key} = {example}")

    def _get(self, key: str, shape: Shape, *, example: str | None = None) -> object:
        """The value of a key. `example` shows how it is written, for a key that must be there."""
        self.known[key] = example
        self.shapes[key] = {**shape}
        return self._data.get(key)

    def _one_text(self, key: str, value: object, index: int | None = None) -> str | None:
        if not isinstance(value, str):
            entry = value[0] if isinstance(value, list) and len(value) == 1 else value
            self.problem(key, f"{_quoted(value)} is not a text", f'write "{show(entry)}"', index=index)
        elif not value.strip():
            what = f"'{key}' is empty" if index is None else f"an entry of '{key}' is empty"
            self.problem(key, what, "write something between the quotes, or delete it", index=index)
        elif any(unicodedata.category(character) == "Cc" and character not in "\t\n" for character in value):
            mend = "write \\\\ for each backslash, or type the text again"
            self.problem(key, "an invisible character is in this text, perhaps from a backslash", mend, index=index)
        else:
            return value
        return None

    def _table_at(self, path: KeyPath, label: str, data: Mapping[str, object]) -> Table:
        inner = Table(self.document, self._problems, label, at=(*self.at, *path), data=data, outer=self)
        self._inner.append(inner)
        return inner

    def _unknown(self, key: str) -> None:
        if self._outer is not None and key in self._outer.known:
            self._outer.explained.add(key)
            header = next(iter(self.document.places.headers), None)
            mend = f"move it above the first {header.text} (line {header.place.line})" if header else "move it out"
            self.problem(key, f"'{key}' is inside {self.label}", mend, on_key=True)
            return
        match = self._meant(key)
        self.explained.update(match)
        mend = f"did you mean '{match[0]}'?" if match else f"the keys of {self.label} are: {', '.join(self.known)}"
        self.problem(key, f"unknown key '{show(key)}' in {self.label}", mend, on_key=True)

    def _meant(self, key: str) -> list[str]:
        """The known key that an unknown one is probably meant to be; none where nothing is like it."""
        return [] if key in self.known else difflib.get_close_matches(key.lower(), self.known, n=1, cutoff=0.6)


_TEXT: Shape = {"type": "string", "pattern": r"\S"}


def is_address(text: str, schemes: tuple[str, ...] = ("https", "http")) -> bool:
    """Whether a text is a whole address of one of these schemes."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not any(character.isspace() for character in text)


def _quoted(value: object) -> str:
    return f'"{show(value)}"' if isinstance(value, str) else show(value)
