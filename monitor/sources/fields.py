"""Small readings that several sources share: dates, languages, saved cursors, and whether fields are as expected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TypeVar, get_args

import msgspec

from monitor.errors import PostError, SourceRefused

CursorState = TypeVar("CursorState")
Payload = TypeVar("Payload")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(moment: datetime | None) -> datetime | None:
    """The same moment in UTC. A date without a zone is read as UTC; one that UTC cannot express is no date."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def utc_from_iso(text: str | None) -> datetime | None:
    """An ISO 8601 date in UTC, None where it is not one."""
    try:
        return utc(datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None


def utc_from_http(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) in UTC, None where it is not one."""
    try:
        return utc(parsedate_to_datetime(text)) if text else None
    except (ValueError, TypeError, OverflowError):
        return None


def utc_from_micros(micros: int) -> datetime | None:
    """Microseconds since 1970 in UTC, None where that is no date."""
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None


def micros_from_utc(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def primary_lang(tag: str | None) -> str | None:
    """The primary subtag of a BCP-47 tag, lower case: "en" of "en-US"."""
    if not tag:
        return None
    return tag.replace("_", "-").split("-")[0].strip().lower() or None


def read_json(raw: bytes | msgspec.Raw, kind: type[Payload], what: str) -> Payload:
    """The JSON of a post. Raises PostError, which names `what` cannot be read, and the field."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PostError(f"{what} cannot be read: {error}") from error


def write_cursor(state: object) -> str:
    return msgspec.json.encode(state).decode()


def read_cursor(cursor: str, kind: type[CursorState], source: str) -> CursorState:
    """The state that `write_cursor` wrote. Raises SourceRefused where the saved cursor is not of this kind."""
    try:
        return msgspec.json.decode(cursor, type=kind)
    except msgspec.DecodeError as error:
        raise SourceRefused(
            f"{source}: its saved cursor cannot be read ({error}); was another kind of source saved under this name? "
            "Give the source a new name in the config to start afresh"
        ) from error


Drift = tuple[tuple[str, int], ...]
"""Fields that are not as a source expects, each with how often: ("missing: author.handle", 3)."""
LONGEST_NAME = 60
MOST_NAMES = 40
"""Different names that one page tells; a platform that answers with others without end must not fill our store."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is expected of one struct's JSON: the fields that always come, all that are known, and structs in them."""

    always: tuple[str, ...]
    known: frozenset[str]
    inner: tuple[tuple[str, tuple[type[msgspec.Struct], ...]], ...]
    open: bool


class Shape:
    """What a platform's JSON is expected to look like, read from the structs with which a source parses it.

    The fields of a struct are those that the source reads; one without a default must be there. A struct may also name,
    as class variables, in words apart: `ALWAYS`, fields with a default that come all the same, so that they are missed
    ("a|b": one of two names); `IGNORED`, those that are known and not read. A struct without IGNORED is open: other
    fields in it are nobody's news. Parsing is not touched by any of this: what can be read is read.
    """

    def __init__(self, *structs: type[msgspec.Struct], at: str = "") -> None:
        """`at` stands before the fields' names, "author." say, where an object lies apart from its post."""
        self._structs = structs
        self._at = at

    def drift(self, body: bytes | msgspec.Raw) -> Drift:
        """What is missing and what is unknown in some JSON. Nothing where it is no JSON: parsing tells that."""
        try:
            return self.drift_of(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ()

    def is_lacking(self, body: bytes | msgspec.Raw) -> bool:
        """Whether something that always comes is missing."""
        return any(name.startswith("missing: ") for name, _ in self.drift(body))

    def drift_of(self, value: object) -> Drift:
        """The same of what was decoded already."""
        counts: Counter[str] = Counter()
        _compare(value, self._structs, self._at, counts)
        return tuple(counts.items())[:MOST_NAMES]


def added(first: Drift, *others: Drift) -> Drift:
    """Drifts as one, counts added up."""
    if not any(others):
        return first
    counts = Counter(dict(first))
    for other in others:
        counts.update(dict(other))
    return tuple(counts.items())[:MOST_NAMES]


def _compare(value: object, structs: tuple[type[msgspec.Struct], ...], path: str, counts: Counter[str]) -> None:
    if isinstance(value, list):
        for element in value:
            _compare(element, structs, path, counts)
    elif isinstance(value, dict):
        known = _known(structs)
        for name in known.always:
            if not any(one in value for one in name.split("|")):
                counts[f"missing: {path}{name}"] += 1
        if not known.open:
            for name in value.keys() - known.known:
                counts[f"unknown: {path}{_harmless(str(name))}"] += 1
        for name, inner in known.inner:
            if name in value:
                _compare(value[name], inner, f"{path}{name}.", counts)


@cache
def _known(structs: tuple[type[msgspec.Struct], ...]) -> _Known:
    """Several structs that read the same object each know a part of it."""
    always: dict[str, None] = {}
    names: set[str] = set()
    inner: dict[str, tuple[type[msgspec.Struct], ...]] = {}
    for struct in structs:
        for field in msgspec.structs.fields(struct):
            names.add(field.encode_name)
            always |= {field.encode_name: None} if field.required else {}
            inside = tuple(_structs_in(field.type))
            if inside:
                inner[field.encode_name] = (*inner.get(field.encode_name, ()), *inside)
        always |= dict.fromkeys(getattr(struct, "ALWAYS", "").split())
        names.update(getattr(struct, "ALWAYS", "").replace("|", " ").split())
        names.update(getattr(struct, "IGNORED", "").split())
    is_open = not any(hasattr(struct, "IGNORED") for struct in structs)
    return _Known(tuple(always), frozenset(names), tuple(inner.items()), is_open)


def _structs_in(kind: object) -> Iterator[type[msgspec.Struct]]:
    """The structs that a field's type is made of: those of `list[A] | B | None` are A and B."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for argument in get_args(kind):
        yield from _structs_in(argument)


def _harmless(name: str) -> str:
    """A name that a server made up, fit for a terminal and a channel."""
    return re.sub(r"[^\w.$@:-]", "?", name, flags=re.ASCII)[:LONGEST_NAME]
