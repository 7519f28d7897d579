"""The app's Home tab: what is open, what is yours, what is silenced, what monitor sees and does not see. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.alert import wording
from monitor.alert.deadlines import correction_due, owner_due
from monitor.alert.slack import names, pieces
from monitor.alert.slack.blocks import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Header,
    Home,
    Line,
    PlainText,
    RichText,
    Section,
    Text,
)
from monitor.alert.slack.views import Figures, HomeView, OpenIncident
from monitor.config import DeskConfig
from monitor.model import Incident, IncidentState, Severity, SourceHealth

INCIDENTS_LIMIT = 20
"""Of each list. With all else a view stays below 100 blocks."""
SILENCES_LIMIT = 15
SOURCES_LIMIT = 30
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


def home(view: HomeView) -> Home:
    mine = [open_ for open_ in view.incidents if _is_of(open_.incident, view)]
    others = [open_ for open_ in view.incidents if not _is_of(open_.incident, view)]
    blocks: list[Block] = [
        Actions((Button(PlainText("Refresh"), names.HOME_REFRESH),)),
        Context((PlainText(f"As of {wording.moment(view.now)}"),)),
        *_incidents(f"Yours ({len(mine)})", mine, view, "You have no incident."),
        *_incidents(f"Open incidents ({len(others)})", others, view, "No other incident is open."),
        *_silences(view),
        *_sources(view),
        Header(PlainText("Today")),
        RichText((Line((Text(_figures(view.figures)),)),)),
    ]
    return Home(tuple(blocks))


def urgency(open_: OpenIncident, settings: DeskConfig, now: datetime) -> tuple[bool, int, datetime]:
    """Sorts the most urgent first: what still needs somebody before what is corrected, then by severity, then by the
    deadline that comes first."""
    incident = open_.incident
    needs = incident.state is IncidentState.OPEN and incident.corrected_at is None
    deadlines = [
        owner_due(incident, settings) if incident.owner is None else None,
        correction_due(incident, settings),
    ]
    first = min((deadline for deadline in deadlines if deadline is not None), default=now)
    return not needs, -_WEIGHT[open_.claim.severity], first


def _is_of(incident: Incident, view: HomeView) -> bool:
    return incident.owner is not None and incident.owner.id == view.person.id


def _incidents(title: str, incidents: list[OpenIncident], view: HomeView, none: str) -> list[Block]:
    blocks: list[Block] = [Header(PlainText(title))]
    if not incidents:
        return [*blocks, Context((PlainText(none),))]
    ordered = sorted(incidents, key=lambda open_: urgency(open_, view.settings, view.now))
    blocks += [_incident(open_, view) for open_ in ordered[:INCIDENTS_LIMIT]]
    if len(ordered) > INCIDENTS_LIMIT:
        blocks.append(Context((PlainText(f"and {len(ordered) - INCIDENTS_LIMIT} more"),)))
    return blocks


def _incident(open_: OpenIncident, view: HomeView) -> Section:
    incident, claim = open_.incident, open_.claim
    state = claim.severity.upper() if incident.state is IncidentState.OPEN else incident.state.upper()
    to_do = wording.to_do(incident, view.settings, view.now)
    late = _late(incident, view.settings, view.now)
    lines = (
        f"{pieces.mark(incident.state, claim.severity)} {state}: {wording.one_line(claim.claim, 300)}",
        wording.standing(incident, view.now) + (f" {late}" if late else f" {to_do}." if to_do is not None else ""),
        wording.spread(incident),
    )
    url = wording.link(open_.url)
    button = None if url is None else Button(PlainText("Open"), names.OPEN_INCIDENT, url=url)
    return Section(PlainText("\n".join(lines)), button)


def _late(incident: Incident, settings: DeskConfig, now: datetime) -> str | None:
    """The deadlines that have passed."""
    if wording.to_do(incident, settings, now) is None:
        return None
    owner, correction = owner_due(incident, settings), correction_due(incident, settings)
    parts = []
    if incident.owner is None and owner is not None and owner < now:
        parts.append(f"Owner LATE by {wording.span(now - owner)}.")
    if correction is not None and correction < now:
        parts.append(f"Correction LATE by {wording.span(now - correction)}.")
    return " ".join(parts) or None


def _silences(view: HomeView) -> list[Block]:
    blocks: list[Block] = [Header(PlainText(f"Silenced ({len(view.silences)})"))]
    if not view.silences:
        return [*blocks, Context((PlainText("Nothing is silenced."),))]
    for silence, what in view.silences[:SILENCES_LIMIT]:
        said = (
            f"{wording.one_line(what, 300)}\nUntil {wording.moment(silence.until)}, by {wording.person(silence.by)}: "
            f"{wording.one_line(silence.reason, 300)}"
        )
        blocks.append(Section(PlainText(said), Button(PlainText("End it"), names.SILENCE_END, silence.id)))
    if len(view.silences) > SILENCES_LIMIT:
        blocks.append(Context((PlainText(f"and {len(view.silences) - SILENCES_LIMIT} more"),)))
    return blocks


def _sources(view: HomeView) -> list[Block]:
    blind = sum(source.error is not None for source in view.sources)
    title = "Sources" if not blind else f"Sources ({blind} BLIND)"
    if not view.sources:
        return [Header(PlainText(title)), Context((PlainText("No source is configured."),))]
    ordered = sorted(view.sources, key=lambda source: source.error is None)
    lines = [Line((Text(_source(source, view.now)),)) for source in ordered[:SOURCES_LIMIT]]
    if len(ordered) > SOURCES_LIMIT:
        lines.append(Line((Text(f"and {len(ordered) - SOURCES_LIMIT} more"),)))
    lines += [Line((Text(wording.one_line(spot, 300) or "…"),)) for spot in view.blind[:SOURCES_LIMIT]]
    return [Header(PlainText(title)), RichText((Bullets(tuple(lines)),))]


def _source(source: SourceHealth, now: datetime) -> str:
    name = wording.one_line(source.name, 60)
    if source.error is not None:
        since = f" since {wording.hour(source.error_since, now)}" if source.error_since is not None else ""
        return f"⚠️ {name}: BLIND{since}: {wording.one_line(source.error, 200)}"
    if source.last_page_at is None:
        return f"{name}: nothing yet"
    last = "no post yet"
    if source.last_post_at is not None:
        last = f"last post {wording.span(now - source.last_post_at)} ago"
    return f"✓ {name}: {last}, {source.posts_kept:,} kept of {source.posts_seen:,} seen"


def _figures(figures: Figures) -> str:
    def took(time: timedelta | None) -> str:
        return "–" if time is None else wording.span(time)

    return (
        f"{wording.count(figures.posts_seen, 'post')} read, {figures.posts_alerting:,} spreading a known claim\n"
        f"{wording.count(figures.alerts, 'alert')}, {figures.corrected:,} corrected, "
        f"{wording.count(figures.false_alarms, 'false alarm')}\n"
        f"Half of them had an owner within {took(figures.to_owner)}, a correction within {took(figures.to_correction)}"
    )
