"""Whether the service stays up for a day while everything outside it fails, and what that costs each platform.

All the sources run in the real service, poller and store, on simulated time, each against the fake server of the tests
in its platform's dress. Of all requests 10% go wrong (429 with Retry-After, 5xx, time-outs, broken connections, bodies
cut short or malformed, answers without posts), and each platform is away for an hour of the day. Prints one table and
what does not hold; exits with 1 where something does not.

    python -m benchmarks.soak_sources
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks.parts.soak.day import MISTAKE, Left, live
from benchmarks.parts.soak.network import Served, a_day_of_posts, most_in
from benchmarks.parts.soak.places import PLACES

HOUR = 3600.0
AWAY_HOURS = 1.0
SETTLE_HOURS = 1.0
WARM = 2.0
"""Memory is looked at after so many hours, and again at the end."""
MEGABYTES, LATE_MEGABYTES = 20.0, 4.0
"""By which it may grow: while caches of posts fill, and in the last third, once they are full."""
TOLD_WITHIN, BACK_WITHIN = 0.25, 1.0
"""Hours after which people must know that a platform is away, and that it is back."""


@click.command()
@click.option("--hours", type=float, default=24.0, show_default=True)
@click.option("--posts", type=int, default=3000, show_default=True, help="On each platform, over the day.")
@click.option("--fails", type=int, default=10, show_default=True, help="One request in so many goes wrong.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(hours: float, posts: int, fails: int, seed: int) -> None:
    """A day of all sources, on simulated time."""
    served = []
    for number, place in enumerate(PLACES):
        began = (WARM + number * (hours - WARM - 2 * AWAY_HOURS) / len(PLACES)) * HOUR
        items = a_day_of_posts(posts, hours * HOUR, f"{seed} {number}")
        served.append(Served(place, items, (began, began + AWAY_HOURS * HOUR), fails, seed))
    with tempfile.TemporaryDirectory() as folder:
        left = live(served, Path(folder), hours, SETTLE_HOURS, (min(WARM, hours / 2), hours / 3, hours * 2 / 3))
    _print(served, left)
    wrong = list(_wrong(served, left))
    for line in wrong:
        click.echo(f"WRONG: {line}")
    sys.exit(1 if wrong else 0)


def _print(served: Sequence[Served], left: Left) -> None:
    head = f"{'source':11} {'requests':>8} {'failed':>6} {'early':>5} {'posts':>6} {'missing':>7} {'twice':>5}"
    click.echo(f"{head} {'told blind/back':>15}  limit: most seen")
    for one in served:
        missing, twice = _missing(one, left), _twice(one, left)
        told = _told(one, left)
        blind = f"{told.count('blind')}/{len(told) - told.count('blind')}"
        click.echo(
            f"{one.name:11} {one.answers:8,} {one.faults:6} {one.server.early:5} {one.expected:6,} "
            f"{len(missing):7} {len(twice):5} {blind:>15}  {'; '.join(_limits(one))}"
        )
    click.echo("memory: " + ", ".join(f"{held:.1f} MB after {look:g} hours" for look, held in left.megabytes.items()))
    click.echo(f"tasks that died: {', '.join(left.dead) or 'none'}; mistakes of our own: {left.logged[MISTAKE]}")


def _limits(one: Served) -> Iterator[str]:
    for limit in one.place.limits:
        most = max((most_in(limit.seconds, moments) for (of, _), moments in one.came.items() if of is limit), default=0)
        yield f"{limit.says}: {most}"


def _missing(one: Served, left: Left) -> list[int]:
    first = 30 if one.place.starts_new else 0
    return [number for number in range(first, one.expected) if not left.posts.get(one.name, Counter())[number]]


def _twice(one: Served, left: Left) -> list[int]:
    return [number for number, count in left.posts.get(one.name, Counter()).items() if count > 1]


def _told(one: Served, left: Left) -> list[str]:
    """What people were told of a source, in order: "blind", "back", or "comes and goes" for several in between."""
    return [_news(title) for _, title in left.told if one.name in _names(title)]


def _names(title: str) -> list[str]:
    for words in (" is ", " are ", " comes and goes", " come and go", " sends ", " send "):
        title = title.partition(words)[0]
    return title.split(", ")


def _news(title: str) -> str:
    return next((word for word in ("blind", "back", "goes", "go") if title.endswith(f" {word}")), title)


def _wrong(served: Sequence[Served], left: Left) -> Iterator[str]:
    """What should hold, and does not."""
    if left.dead:
        yield f"tasks died: {', '.join(left.dead)}"
    if left.logged[MISTAKE]:
        yield f"{left.logged[MISTAKE]} exceptions that no source should raise"
    held = [left.megabytes[look] for look in sorted(left.megabytes)]
    if held[-1] - held[0] > MEGABYTES or held[-1] - held[-2] > LATE_MEGABYTES:
        yield f"memory grew by {held[-1] - held[0]:.1f} MB, {held[-1] - held[-2]:.1f} of them in the last third"
    for one in served:
        yield from (f"{one.name}: more than {says}" for says in _too_many(one))
        if one.server.early:
            yield f"{one.name}: {one.server.early} requests came before a 429 allowed them"
        if missing := _missing(one, left):
            yield f"{one.name}: {len(missing)} posts are missing: {missing[:10]} ..."
        if twice := _twice(one, left):
            yield f"{one.name}: posts are in the store twice: {twice[:10]} ..."
        if one.name in left.gaps:
            yield f"{one.name} told a gap: {left.gaps[one.name]}"
        yield from _wrongly_told(one, left)


def _too_many(one: Served) -> Iterator[str]:
    for (limit, bucket), moments in one.came.items():
        if limit.most is not None and most_in(limit.seconds, moments) > limit.most:
            yield f"{limit.says} ({bucket})"


def _wrongly_told(one: Served, left: Left) -> Iterator[str]:
    """Each time once, and once that it is over; the hour away among them."""
    began, ended = (second / HOUR for second in one.away)
    by_hour = [(hour, _news(title)) for hour, title in left.told if one.name in _names(title)]
    # What was told in the last hour may not be over by the end of the day.
    told = [word for hour, word in by_hour if word == "back" or (word == "blind" and hour < left.hours - BACK_WITHIN)]
    if told != ["blind", "back"] * (len(told) // 2):
        yield f"{one.name}: blind and back are not told in turns: {by_hour}"
    # What comes and goes is told once an hour.
    before = max((hour for hour, _ in by_hour if hour < began), default=0.0)
    deadline = max(began, before + 1) + TOLD_WITHIN
    so_far = [word for hour, word in by_hour if hour <= deadline]
    after = [word for hour, word in by_hour if deadline < hour <= ended + BACK_WITHIN]
    if so_far[-1:] != ["blind"] or after[:1] != ["back"]:
        yield f"{one.name}: its hour away ({began:.1f} to {ended:.1f}) was told so: {by_hour}"


if __name__ == "__main__":
    main()
