"""What one request brought, in words: for `monitor sources check` and `monitor doctor`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import httpx

from monitor.sources.http import retry_after

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_LIMITS = (
    ("x-ratelimit-remaining", "x-ratelimit-limit"),
    ("ratelimit-remaining", "ratelimit-limit"),
    ("x-rate-limit-remaining", "x-rate-limit-limit"),
)
"""Headers for what is left of a limit and for the limit: as most say it, as Bluesky's PDS does, as X does."""


def what_came(
    count: int, newest: datetime | None, headers: httpx.Headers, now: datetime, *, of: str = "", thing: str = "post"
) -> str:
    """ "12 posts for #Rivera2026, the newest 3 minutes old; 299 of 300 requests left for 4 minutes".

    An empty answer is said to be one: it may be a refusal in disguise.
    """
    many = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    said = f"{count or 'no'} {thing if count == 1 else many}" + (f" for {of}" if of else "")
    if newest is not None and count:
        said += f", the newest {age(now - newest)} old" if newest <= now else ", the newest dated in the future"
    return "; ".join([said, *limits(headers, now)])


def limits(headers: httpx.Headers, now: datetime) -> Iterable[str]:
    """What the headers say of a limit on requests, if anything."""
    for left, most in _LIMITS:
        if left in headers:
            of = f" of {headers[most]}" if most in headers else ""
            wait = retry_after(headers, now, limited=True)
            until = "" if wait is None else f" for {age(timedelta(seconds=wait))}"
            return [f"{headers[left]}{of} requests left{until}"]
    return []


def age(span: timedelta) -> str:
    """ "3 minutes": the largest unit that fits, rounded down."""
    seconds = max(0, int(span.total_seconds()))
    for name, length in _UNITS:
        if seconds >= length:
            number = seconds // length
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "0 seconds"


def moment(second: int | None) -> datetime | None:
    """A second since 1970 in UTC, None where that is no date."""
    try:
        return datetime.fromtimestamp(second, UTC) if second else None
    except (ValueError, OverflowError, OSError):
        return None
