"""The morning's digest in words: figures of a day -> what the channel reads. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median

from monitor.alert import wording
from monitor.alert.blindness import blind_spots, lasted
from monitor.alert.deadlines import correction_due, owner_due
from monitor.config import DeskConfig
from monitor.model import (
    ClaimStatus,
    Curve,
    Curves,
    Figures,
    Handled,
    IncidentState,
    Notice,
    NoticeKind,
    Rules,
    Severity,
)

MOST_CLAIMS = 8
"""Claims with a line of their own."""
MOST_WATCHED = 3
"""Claims of which is told how many posts were watched."""
MOST_CURVES = 5
"""Claims with a curve of their own: more cannot be read on a phone."""
CLAIM_LENGTH = 140
ALT_LENGTH = 1000
"""Slack takes 2,000 characters with an image and 1,000 with a file."""
UNKNOWN = "a claim that is no longer in the rules"
_WORST_FIRST = tuple(reversed(Severity))
QUIET = (ClaimStatus.DRAFT, ClaimStatus.SHADOW)


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took from the first post, over a day's incidents. `late`: how many broke their deadline;
    `open`: how many of those it has not happened to at all. No incident: `median` and `worst` are None."""

    median: timedelta | None
    worst: timedelta | None
    late: int
    open: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the team was."""

    alerted: Times
    owned: Times
    corrected: Times


def pace(figures: Figures, settings: DeskConfig) -> Pace:
    """False alarms are left out: nobody answers those."""
    real = [handled for handled in figures.told if not handled.is_false_alarm]
    now = figures.until
    return Pace(
        _times(real, lambda one: one.incident.alerted_at, None, now),
        _times(real, lambda one: one.owned_at, lambda one: owner_due(one.incident, settings), now),
        _times(real, lambda one: one.incident.corrected_at, lambda one: correction_due(one.incident, settings), now),
    )


_Moment = Callable[[Handled], datetime | None]


def _times(told: Sequence[Handled], happened: _Moment, due: _Moment | None, now: datetime) -> Times:
    taken = [(at - one.incident.first_seen).total_seconds() for one in told if (at := happened(one)) is not None]
    late = [one for one in told if due is not None and _is_late(one, happened(one), due(one), now)]
    return Times(
        timedelta(seconds=median(taken)) if taken else None,
        timedelta(seconds=max(taken)) if taken else None,
        late=len(late),
        open=sum(happened(one) is None for one in late),
    )


def _is_late(one: Handled, happened: datetime | None, due: datetime | None, now: datetime) -> bool:
    """An incident that was corrected or closed needs nobody any more."""
    over = (happened, one.incident.corrected_at, one.ended_at, now)
    return due is not None and min(moment for moment in over if moment is not None) > due


def report(figures: Figures, rules: Rules, settings: DeskConfig, late: str | None = None) -> Notice:
    """A day in plain words. `late` says why it comes late. An uneventful day is its title alone, without lines."""
    title = f"{figures.since.astimezone(settings.timezone):%A %d %B}: {_summary(figures)}"
    blind = blind_spots(figures.outages, figures.since, figures.until)
    if not (figures.told or figures.went_on or figures.shadowed or figures.clicks_failed or blind):
        return Notice(NoticeKind.REPORT, " ".join(part for part in (f"{title}.", _traffic(figures), late) if part))
    lines = (
        *((late,) if late else ()),
        *_claims(figures, rules),
        *_went_on(figures),
        *(_speed(figures, settings) if figures.told else ()),
        *_false_alarms(figures, rules),
        *_shadowed(figures, rules),
        *_watched(figures, rules),
        *_silences(figures),
        *blind,
        *_desk(figures),
        _traffic(figures),
    )
    return Notice(NoticeKind.REPORT, title, lines)


def _summary(figures: Figures) -> str:
    if not figures.told:
        return "no new incident"
    corrected = sum(one.incident.corrected_at is not None for one in figures.told)
    false_alarms = sum(one.is_false_alarm for one in figures.told)
    parts = [_count(len(figures.told), "incident")]
    if corrected:
        parts.append(f"{corrected} corrected")
    if false_alarms:
        parts.append(_count(false_alarms, "false alarm"))
    return ", ".join(parts)


def _claims(figures: Figures, rules: Rules) -> Iterator[str]:
    """A line for each claim, the worst first: how bad, what, how often, how many posts. False alarms have their own."""
    real = [one.incident for one in figures.told if one.incident.state is not IncidentState.FALSE_ALARM]
    found = Counter(incident.claim_id for incident in real)
    ordered = sorted(found, key=lambda claim_id: (_badness(claim_id, rules), -found[claim_id], claim_id))
    for claim_id in ordered[:MOST_CLAIMS]:
        claim = rules.claim(claim_id)
        posts = sum(incident.posts for incident in real if incident.claim_id == claim_id)
        severity = f"{claim.severity.upper()}: " if claim is not None else ""
        incidents = f"{_count(found[claim_id], 'incident')}, " if found[claim_id] > 1 else ""
        yield f"{severity}{claim_text(claim_id, rules).rstrip('.')} ({incidents}{_count(posts, 'post')})"
    if len(ordered) > MOST_CLAIMS:
        yield f"and {len(ordered) - MOST_CLAIMS} claims more"


def _badness(claim_id: str, rules: Rules) -> int:
    claim = rules.claim(claim_id)
    return len(_WORST_FIRST) if claim is None else _WORST_FIRST.index(claim.severity)


def claim_text(claim_id: str, rules: Rules, limit: int = CLAIM_LENGTH) -> str:
    claim = rules.claim(claim_id)
    return f"{UNKNOWN}, {wording.one_line(claim_id, 60)}" if claim is None else wording.one_line(claim.claim, limit)


def _went_on(figures: Figures) -> Iterator[str]:
    if figures.went_on:
        yield f"{_count(figures.went_on, 'incident')} of earlier days went on."


def _speed(figures: Figures, settings: DeskConfig) -> Iterator[str]:
    speed = pace(figures, settings)
    if speed.alerted.median is None:
        return
    yield f"From the first post to the alert: {_how_long(speed.alerted)}."
    yield _kept("To an owner", "Nobody took one on", speed.owned, settings.own_minutes)
    yield _kept("To a correction", "None was corrected", speed.corrected, settings.correct_minutes)


def _kept(until: str, nobody: str, times: Times, minutes: float) -> str:
    said = f"{until}: {_how_long(times)}" if times.median is not None else nobody
    if not times.late:
        return f"{said}; the deadline of {minutes:g} min was kept."
    still = f", {times.open} still waiting" if times.open else ""
    return f"{said}; {_count(times.late, 'incident')} broke the deadline of {minutes:g} min{still}."


def _how_long(times: Times) -> str:
    if times.median is None or times.worst is None:
        return "none"
    if times.median == times.worst:
        return lasted(times.worst)
    return f"half within {lasted(times.median)}, the slowest {lasted(times.worst)}"


def _false_alarms(figures: Figures, rules: Rules) -> Iterator[str]:
    told = Counter(one.taken_for for one in figures.told)
    wrong = Counter(one.taken_for for one in figures.told if one.is_false_alarm)
    for claim_id, number in wrong.most_common(MOST_CLAIMS):
        yield f"False alarms: {number} of {_count(told[claim_id], 'alert')} for {claim_text(claim_id, rules)}"


def _shadowed(figures: Figures, rules: Rules) -> Iterator[str]:
    for one in figures.shadowed[:MOST_CLAIMS]:
        claim = claim_text(one.claim_id, rules).rstrip(".")
        alerts = _count(one.incidents, "alert")
        yield f"In shadow, so nobody was told: {claim} (would have been {alerts} about {_count(one.posts, 'post')})"


def _watched(figures: Figures, rules: Rules) -> Iterator[str]:
    for one in figures.watched[:MOST_WATCHED]:
        said = _count(one.posts, "post that asks", "posts that ask")
        claim = claim_text(one.claim_id, rules).rstrip(".")
        yield f"Watched, so nobody was told: {claim} ({said} or may not say it)"


def _silences(figures: Figures) -> Iterator[str]:
    parts = []
    if figures.silences_set:
        parts.append(f"{_count(figures.silences_set, 'silence')} set")
    if figures.silences_on:
        parts.append(f"{figures.silences_on} in force at the end of the day")
    if parts:
        yield f"Silenced: {', '.join(parts)}."


def _desk(figures: Figures) -> Iterator[str]:
    if figures.actions:
        yield f"At the desk: {_count(figures.actions, 'action')} by {_count(figures.people, 'person', 'people')}."
    if figures.clicks_failed:
        yield f"{_count(figures.clicks_failed, 'press', 'presses')} of a button could not be carried out: see the log."


def _traffic(figures: Figures) -> str:
    traffic = figures.traffic
    if not traffic.seen:
        return "No source brought a post."
    watched = sum(one.posts for one in figures.watched)
    unsure = f", {watched:,} that only ask or may not" if watched else ""
    untold = f"; {_count(figures.untold, 'more incident')} in shadow, silenced or old" if figures.untold else ""
    return (
        f"{_count(traffic.seen, 'post')} read, {traffic.kept:,} about a candidate or the vote, "
        f"{traffic.alerting:,} spreading a known claim{unsure}{untold}."
    )


def shown(curves: Curves, rules: Rules) -> tuple[Curve, ...]:
    """The curves that the picture shows: of claims that people are alerted of, as many as can be read."""
    quiet = {claim.id for claim in rules.claims if claim.status in QUIET}
    return tuple(curve for curve in curves.curves if curve.claim_id not in quiet)[:MOST_CURVES]


def alt_text(curves: Curves, rules: Rules, timezone: tzinfo) -> str:
    """What the picture shows, for who does not see it: the numbers."""
    first, last = curves.since.astimezone(timezone), (curves.until - curves.step).astimezone(timezone)
    said = f"Posts that spread known false claims, {first:%a %d %b} to {last:%a %d %b}, times in {last:%Z}."
    for curve in shown(curves, rules):
        line = f" {_described(curve, curves, rules, timezone)}"
        if len(said) + len(line) > ALT_LENGTH:
            break
        said += line
    return said


def _described(curve: Curve, curves: Curves, rules: Rules, timezone: tzinfo) -> str:
    most = max(curve.posts)
    peak = (curves.since + curve.posts.index(most) * curves.step).astimezone(timezone)
    parts = [_count(curve.total, "post")]
    if most < curve.total:
        hours = f"{curves.step.total_seconds() / 3600:g}"
        parts.append(f"{most:,} of them in the {hours} hours from {peak:%a %H:%M}")
    parts += [f"alert {_moments(curve.told_at, timezone)}"] if curve.told_at else []
    parts += [f"corrected {_moments(curve.corrected_at, timezone)}"] if curve.corrected_at else []
    return f"{claim_text(curve.claim_id, rules, 100).rstrip('.')}: {', '.join(parts)}."


def _moments(moments: Sequence[datetime], timezone: tzinfo) -> str:
    said = f"{moments[0].astimezone(timezone):%a %H:%M}"
    return said if len(moments) == 1 else f"{said} and {len(moments) - 1} more"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
