"""Where monitor cannot see: what it knows of each source's eyesight, and what people were told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.health import SourceHealth


class BlindKind(StrEnum):
    """FAILING: its requests fail, or it is told to wait. SILENT: it answers, with nothing, where it always brought
    posts. CHANGED: its posts lack a field that they had."""

    FAILING = "failing"
    SILENT = "silent"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Drifted:
    """A field of a source that is not as expected, as `Page.drift` names it: "missing: author.handle".

    `posts`: how many it was so in since `first_seen`. `of_posts`: how many were read in that time. `is_wide`: it was so
    in more than half of the posts of a page. `example` names such a page's post. `raw`: what the platform sent,
    of one post. `page`: the file that holds the first such page.
    """

    source: str
    name: str
    first_seen: datetime
    last_seen: datetime
    posts: int
    of_posts: int
    is_wide: bool
    example: str | None = None
    raw: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How regularly a source brings posts: the longest time without any in a span, at least a quarter of an hour, and
    in how many quarters of an hour it brought some."""

    longest: timedelta
    quarters: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of a source at a moment.

    `quiet_since`: from when on it could have brought posts and did not: since its last post, or the start of the
    service, or the end of its last outage, whichever is latest. `last_day`, `last_week`: before its last post; a day
    begins with a silence where its first posts came later, a week begins with its first posts.
    """

    health: SourceHealth
    quiet_since: datetime
    last_day: Rhythm
    last_week: Rhythm
    drift: tuple[Drifted, ...] = ()


@dataclass(frozen=True, slots=True)
class Blind:
    """A source that is blind now, and why, in words."""

    source: str
    kind: BlindKind
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told of a source's blindness of one kind; kept in the store, so that a restart repeats nothing.

    `over_since`: since when it is over, while people have not been told so. `back_at`: when they were. After that
    `again` counts the times that it went blind within the hour, which nobody was told of: `again_for` seconds in all,
    and since `again_since` once more.
    """

    source: str
    kind: BlindKind
    since: datetime
    told_at: datetime
    over_since: datetime | None = None
    back_at: datetime | None = None
    again: int = 0
    again_for: float = 0.0
    again_since: datetime | None = None


class NewsKind(StrEnum):
    BLIND = "blind"
    BACK = "back"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class News:
    """What people are told of a source. `until` is None while it is blind. `again`: how often it was blind in between
    without being told, `again_for` for how long."""

    kind: NewsKind
    source: str
    blind: BlindKind
    since: datetime
    until: datetime | None = None
    why: str = ""
    again: int = 0
    again_for: timedelta = timedelta()
