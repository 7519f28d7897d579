"""Is this post more of something that we already know? Pure: an incident, what the store knows of a post, and `now`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.config import AlertConfig
from monitor.model import Change, ChangeKind, Incident, IncidentState, Match, Post

HOUR = timedelta(hours=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this a creation time is a clock that was never set or a missing value written as zero."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post that matched a claim, with what the store knows of the claim's latest incident.

    `duplicate_of` is the key of a post on that incident which this one reposts or repeats. `new_account`: none of the
    incident's posts is by this account. `posts_last_hour` counts the incident's posts since `hour_before`, without
    this one. `reported`: a person says that the post spreads the claim.
    """

    post: Post
    match: Match
    duplicate_of: str | None = None
    new_account: bool = True
    posts_last_hour: int = 0
    reported: bool = False


def observe(current: Incident | None, sighting: Sighting, now: datetime, settings: AlertConfig) -> Change:
    """Fit a sighting into the claim's latest incident (`current`, None: there was none), or open a new one.

    - Quiet for `window_hours`, or never seen: a new incident, even for a repeated text: nobody remembers the old one.
    - Closed by a person: a new incident, except for a repost or the same text, which is what the person closed.
    - Over (closed, or a false alarm) and a person reports a sighting: a new incident, whatever the post repeats.
    - A repost or the same text only counts. It does not re-open; the growth that it causes is told like any other.
    - Quiet for `quiet_hours`: re-opened, and open again if it was corrected. A false alarm only counts.
    """
    seen = seen_at(sighting.post, now)
    if current is None:
        return _open(sighting, seen, "first post of this claim")
    quiet = seen - current.last_seen
    over = _over(current, sighting, quiet, settings)
    if over is not None:
        return _open(sighting, seen, over)
    incident = _count(current, sighting, seen, settings)
    if sighting.duplicate_of is not None:
        return Change(
            ChangeKind.DUPLICATE, incident, sighting.new_account, f"repeats {sighting.duplicate_of} word for word"
        )
    if quiet > timedelta(hours=settings.quiet_hours) and current.state is not IncidentState.FALSE_ALARM:
        incident = replace(incident, state=IncidentState.OPEN)
        return Change(ChangeKind.REOPENED, incident, sighting.new_account, f"goes on after {_hours(quiet)} of quiet")
    return Change(ChangeKind.GREW, incident, sighting.new_account, f"post {incident.posts} of this incident")


def _over(current: Incident, sighting: Sighting, quiet: timedelta, settings: AlertConfig) -> str | None:
    """Why the claim's latest incident is not the sighting's."""
    if quiet > timedelta(hours=settings.window_hours):
        return f"the last incident was quiet for {_hours(quiet)}"
    if current.state is IncidentState.CLOSED and (sighting.reported or sighting.duplicate_of is None):
        return "the last incident was closed"
    if current.state is IncidentState.FALSE_ALARM and sighting.reported:
        return "the last incident was a false alarm"
    return None


def without(current: Incident, *, is_copy: bool, is_alone: bool, posts_last_hour: int) -> Incident:
    """The incident once a post of it is counted no more: it was edited, and makes the claim no longer.

    `is_copy`: it repeated another post. `is_alone`: its account has no other post there. `posts_last_hour`: the posts
    that are left of the hour before `last_seen`.
    """
    return replace(
        current,
        posts=max(0, current.posts - 1),
        duplicates=max(0, current.duplicates - is_copy),
        accounts=max(0, current.accounts - is_alone),
        growth_per_hour=posts_last_hour,
    )


def seen_at(post: Post, now: datetime) -> datetime:
    """When a post was made: as its platform says, unless that is missing, in the future or absurdly long ago."""
    created = post.created_at
    return created if created is not None and EARLIEST <= created <= now else now


def hour_before(current: Incident, post: Post, now: datetime) -> datetime:
    """The start of the hour whose posts are an incident's growth once `post` is on it."""
    return max(current.last_seen, seen_at(post, now)) - HOUR


def _open(sighting: Sighting, seen: datetime, why: str) -> Change:
    post, claim_id = sighting.post, sighting.match.claim_id
    digest = hashlib.sha256(f"{claim_id}\n{post.key}".encode("utf-8", "surrogatepass")).hexdigest()
    incident = Incident(
        id=f"{claim_id}-{digest[:8]}",
        claim_id=claim_id,
        state=IncidentState.OPEN,
        first_post=post.key,
        first_seen=seen,
        last_seen=seen,
        platforms=(post.platform,),
        growth_per_hour=1,
    )
    return Change(ChangeKind.OPENED, incident, True, why)


def _count(current: Incident, sighting: Sighting, seen: datetime, settings: AlertConfig) -> Incident:
    platform = sighting.post.platform
    last_seen = max(current.last_seen, seen)
    # An archived post that turns up late is counted, but the correction clock does not start in last year.
    belongs = current.first_seen - seen <= timedelta(hours=settings.window_hours)
    return replace(
        current,
        first_seen=min(current.first_seen, seen) if belongs else current.first_seen,
        last_seen=last_seen,
        posts=current.posts + 1,
        duplicates=current.duplicates + (sighting.duplicate_of is not None),
        accounts=current.accounts + sighting.new_account,
        platforms=current.platforms if platform in current.platforms else (*current.platforms, platform),
        growth_per_hour=sighting.posts_last_hour + (seen > last_seen - HOUR),
    )


def _hours(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 3600:.0f} h"
