"""What monitor could not see, in words: sources that were down, posts that they could not bring, fields that
they no longer send. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby

from monitor.alert import wording
from monitor.model import Drifted, Outage

SHORTEST = timedelta(minutes=1)
"""What is shorter is a request that failed and went through at the next try."""
ERROR_LENGTH = 160


def blind_spots(outages: Iterable[Outage], since: datetime, until: datetime) -> tuple[str, ...]:
    """A line for each source that was blind, or missed posts, in a time; `until` may be now.

    `bluesky was blind for 42 min (03:10-03:52 UTC): timed out`
    """
    by_source = groupby(sorted(outages, key=lambda outage: (outage.source, outage.began_at)), lambda one: one.source)
    return tuple(line for name, its in by_source for line in _of_source(name, list(its), since, until))


def lasted(time: timedelta) -> str:
    """A duration as people say it: 4 s, 42 min, 3 h 10 min, 2 days."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def field_line(drifted: Drifted, now: datetime) -> str:
    """`bluesky: missing: author.handle since 03:10 UTC, last 03:52, in 12 of 300 posts; for example at://...`"""
    said = (
        f"{wording.one_line(drifted.source, 80)}: {wording.one_line(drifted.name, 80)} "
        f"since {when(drifted.first_seen, now)} UTC, last {when(drifted.last_seen, now)}, "
        f"in {drifted.posts} of {drifted.of_posts} posts"
    )
    return said if drifted.example is None else f"{said}; for example {wording.one_line(drifted.example, ERROR_LENGTH)}"


def _of_source(name: str, outages: list[Outage], since: datetime, until: datetime) -> Iterable[str]:
    source = wording.one_line(name, 80)
    blind = [one for one in outages if not one.is_gap and (one.ended_at is None or one.lasted(until) >= SHORTEST)]
    if blind:
        yield _blind(source, blind, since, until)
    gaps = [one for one in outages if one.is_gap]
    if gaps:
        times = "" if len(gaps) == 1 else f" {len(gaps)} times, last"
        yield f"{source} missed posts{times} at {_hour(gaps[-1].ended_at or until)} UTC: {_error(gaps[-1])}"


def _blind(source: str, outages: list[Outage], since: datetime, until: datetime) -> str:
    spans = [(max(one.began_at, since), min(one.ended_at or until, until)) for one in outages]
    longest = max(range(len(spans)), key=lambda number: spans[number][1] - spans[number][0])
    began, ended = spans[longest]
    total = lasted(sum((end - begin for begin, end in spans), timedelta()))
    if outages[-1].ended_at is None:
        longest = len(outages) - 1
        times = "" if len(outages) == 1 else f", {total} in all"
        return f"{source} is blind since {when(outages[-1].began_at, until)} UTC{times}: {_error(outages[-1])}"
    span = f"{_hour(began)}-{_hour(ended)} UTC"
    if len(outages) == 1:
        return f"{source} was blind for {total} ({span}): {_error(outages[0])}"
    return f"{source} was blind {len(outages)} times, {total} in all (longest {span}): {_error(outages[longest])}"


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M}"


def when(moment: datetime, now: datetime) -> str:
    """The time of day in UTC, with the day where that was 20 hours ago or longer."""
    if now - moment < timedelta(hours=20):
        return _hour(moment)
    return f"{moment.astimezone(UTC):%d %b %H:%M}"


def _error(outage: Outage) -> str:
    """Many errors begin with the name of their source, which the line has said."""
    return wording.one_line(outage.error.removeprefix(f"{outage.source}: "), ERROR_LENGTH)
