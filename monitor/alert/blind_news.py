"""Decides what people are told of blind sources: once that a source is, once that it is back. Pure.

    what_is_blind(watched, now) -> blind     what is the matter now
    blind_news(watched, told, now) -> news   what people do not know of it yet, and what they know afterwards

A source that comes and goes is told at most once an hour: what came between is counted, and told then as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alert.blindness import lasted
from monitor.model import Blind, BlindKind, Drifted, News, NewsKind, Told, Watched

FAILURES, FAILING_SOME = 2, timedelta(minutes=1)
FAILING_LONG = timedelta(minutes=2)
"""A source is blind after so many failures in a row that last a minute (what is shorter went through at the next try),
or after two minutes, however few requests that were: one that is told to wait makes none."""
STEADY = timedelta(hours=1)
"""A source that brought posts in each hour of a day is missed when it brings none."""
TIMES_LONGEST = 3
"""It is missed after so many times its longest silence."""
FEWEST_QUARTERS = 8
"""In so many quarters of an hour of a week a source must have brought posts before its answering with nothing, where
its platform is known to refuse like that, counts for anything."""
CHANGED_POSTS, CHANGED_SHARE = 20, 0.01
"""A field that is missing in so many posts, and not only in a post here and there, is a change of shape."""
MISSING = "missing: "
EXPECTED_AGAIN = timedelta(hours=1)
"""A field is there again when posts came for so long that had it."""
SETTLED = timedelta(minutes=1)
"""So long after it came back a source is told to be back: it has caught up by then, or is blind again."""
APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decided:
    """The news, and what people were told once it is on its way."""

    news: tuple[News, ...]
    told: tuple[Told, ...]


def what_is_blind(watched: Watched, now: datetime) -> Iterator[Blind]:
    """At most one of each kind. A source that fails is not silent as well."""
    failing = _failing(watched, now)
    silent = None if watched.health.error is not None else _silent(watched, now)
    yield from (one for one in (failing, silent, _changed(watched)) if one is not None)


def blind_news(watched: Iterable[Watched], told: Sequence[Told], names: Iterable[str], now: datetime) -> Decided:
    """What people are told now.

    `names` are the sources that the config has. Of one that is not among `watched` nothing is known yet, and what was
    told of it stands; what was told of one that the config no longer has is forgotten.
    """
    known = {(one.source, one.kind): one for one in told}
    news: list[News] = []
    after = [one for one in told if one.source in set(names)]
    for source in watched:
        blind = {one.kind: one for one in what_is_blind(source, now)}
        after = [one for one in after if one.source != source.health.name]
        for kind in BlindKind:
            before = known.get((source.health.name, kind))
            said, stands = step(before, _goes_on(before, source) or blind.get(kind), now)
            news += [said] if said else []
            after += [stands] if stands else []
    return Decided(tuple(news), tuple(after))


def step(told: Told | None, blind: Blind | None, now: datetime) -> tuple[News | None, Told | None]:
    """One source's blindness of one kind: what is said now, and what people were told then."""
    if told is None:
        return (None, None) if blind is None else _tell(blind, blind.since, now)
    if told.back_at is None:
        return _while_told(told, blind, now)
    if now - told.told_at < APART:
        return None, _count(told, blind, now)
    counted = _count(told, blind, now)
    if blind is not None:
        # The spell that runs is told itself.
        before = counted.again - 1 if counted.again_since is not None else counted.again
        return _tell(blind, counted.again_since or blind.since, now, before, counted.again_for)
    if not counted.again:
        return None, None
    said = News(
        NewsKind.FLAPPING, told.source, told.kind, told.back_at, now,
        again=counted.again, again_for=timedelta(seconds=counted.again_for),
    )  # fmt: skip
    return said, Told(told.source, told.kind, told.since, now, back_at=now)


def _goes_on(told: Told | None, watched: Watched) -> Blind | None:
    """A silence that people were told of ends with a post: not with a failed request, nor with a restart."""
    if told is None or told.kind is not BlindKind.SILENT or told.back_at is not None:
        return None
    last_post = watched.health.last_post_at
    if last_post is not None and last_post > told.since:
        return None
    return Blind(told.source, told.kind, told.since, "")


def _tell(
    blind: Blind, since: datetime, now: datetime, again: int = 0, again_for: float = 0.0
) -> tuple[News | None, Told | None]:
    said = News(
        NewsKind.BLIND, blind.source, blind.kind, since,
        why=blind.why, again=again, again_for=timedelta(seconds=again_for),
    )  # fmt: skip
    return said, Told(blind.source, blind.kind, since, now)


def _while_told(told: Told, blind: Blind | None, now: datetime) -> tuple[News | None, Told | None]:
    if blind is not None:
        return None, replace(told, over_since=None)
    if told.over_since is None:
        return None, replace(told, over_since=now)
    if now - told.over_since < SETTLED:
        return None, told
    said = News(NewsKind.BACK, told.source, told.kind, told.since, told.over_since)
    return said, replace(told, over_since=None, back_at=now)


def _count(told: Told, blind: Blind | None, now: datetime) -> Told:
    """Keep count of the times of which nobody is told."""
    if blind is not None and told.again_since is None:
        return replace(told, again=told.again + 1, again_since=blind.since)
    if blind is None and told.again_since is not None:
        lasted = max(0.0, (now - told.again_since).total_seconds())
        return replace(told, again_for=told.again_for + lasted, again_since=None)
    return told


def _failing(watched: Watched, now: datetime) -> Blind | None:
    health = watched.health
    if health.error is None or health.error_since is None:
        return None
    lasted = now - health.error_since
    if lasted >= FAILING_LONG or (health.error_count >= FAILURES and lasted >= FAILING_SOME):
        return Blind(health.name, BlindKind.FAILING, health.error_since, health.error)
    return None


def _silent(watched: Watched, now: datetime) -> Blind | None:
    health = watched.health
    quiet = now - watched.quiet_since
    day, week = watched.last_day, watched.last_week
    # A source that never brought a post has no rhythm.
    if health.last_post_at is None:
        return None
    if day.longest <= STEADY and quiet >= TIMES_LONGEST * day.longest:
        usual = f"it answers, and brings nothing; the day before it brought posts every {lasted(day.longest)} or sooner"
        return Blind(health.name, BlindKind.SILENT, watched.quiet_since, health.suspicious or usual)
    refused = health.suspicious is not None and week.quarters >= FEWEST_QUARTERS
    if refused and quiet >= TIMES_LONGEST * max(week.longest, STEADY):
        return Blind(health.name, BlindKind.SILENT, watched.quiet_since, health.suspicious or "")
    return None


def changed_fields(drifted: Iterable[Drifted], last_post: datetime | None) -> list[Drifted]:
    """The fields that are missing from so many of a source's posts that its shape has changed."""
    return [
        one for one in drifted
        if _has_changed(one) and not (last_post is not None and last_post - one.last_seen >= EXPECTED_AGAIN)
    ]  # fmt: skip


def _changed(watched: Watched) -> Blind | None:
    changed = changed_fields(watched.drift, watched.health.last_post_at)
    if not changed:
        return None
    lost = ", ".join(one.name.removeprefix(MISSING) for one in changed[:5])
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    since = min(one.first_seen for one in changed)
    new = [one.name.removeprefix("unknown: ") for one in watched.drift if one.name.startswith("unknown: ")]
    renamed = f"; new and unknown: {', '.join(new[:5])}" if new else ""
    example = f"; for example {changed[0].example}" if changed[0].example else ""
    why = f"its posts lack {lost}{more} (in {changed[0].posts} of {changed[0].of_posts}){renamed}{example}"
    return Blind(watched.health.name, BlindKind.CHANGED, since, why)


def _has_changed(one: Drifted) -> bool:
    if not one.name.startswith(MISSING):
        return False
    return one.is_wide or (one.posts >= CHANGED_POSTS and one.posts >= CHANGED_SHARE * one.of_posts)
