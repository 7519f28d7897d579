"""Small readings that several sources share: dates, languages, saved cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from monitor.errors import SourceRefused

CursorState = TypeVar("CursorState")
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
