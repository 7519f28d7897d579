"""Shows notifications in the terminal, as responders would see them in Slack."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from monitor.alert import wording
from monitor.model import Alert, Notice, Notification, NotificationKind, Receipt, RenderedCorrection, Severity

_COLOURS = {
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "dark_orange",
    Severity.CRITICAL: "red",
}
QUOTE_LIMIT = 1200


class ConsoleNotifier:
    """A Notifier for the terminal: a panel per message and reply, one line per update."""

    seconds_between = 0.0

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    async def deliver(self, notification: Notification, root: Receipt | None) -> Receipt:
        self._console.print(render(notification))
        return root or Receipt("console", notification.delivery_id)

    async def find(self, notification: Notification, root: Receipt | None, since: datetime) -> Receipt | None:  # noqa: ARG002
        """Never there: a terminal forgets, and an alert shown twice after a crash does no harm in it."""
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None


def render(notification: Notification) -> RenderableType:
    """A notification as rich shows it. Text from posts goes in as `Text`, so its brackets are never read as markup."""
    match notification.kind:
        case NotificationKind.UPDATE:
            return _update(notification.alerts[0])
        case NotificationKind.DIGEST:
            return _digest(notification.alerts)
        case NotificationKind.MESSAGE:
            alert = notification.alerts[0]
            return _panel(alert, alert.reason, _facts(alert))
        case NotificationKind.REPLY:
            *earlier, newest = notification.alerts
            spread = _row("Spread", wording.spread(newest.incident))
            return _panel(
                newest, wording.news(notification.alerts), [spread, *(_sighting(alert) for alert in reversed(earlier))]
            )
        case NotificationKind.NOTICE | NotificationKind.EDIT:
            return _notice(notification.notice)


def _notice(notice: Notice | None) -> RenderableType:
    return Text() if notice is None else Text("\n".join(wording.inert(line) for line in (notice.title, *notice.lines)))


def _panel(alert: Alert, news: str, facts: list[Text]) -> Panel:
    rows: list[RenderableType] = [
        Text(wording.headline(alert), style="bold"),
        Padding(Text(wording.excerpt(wording.inert(wording.quoted(alert.post)), QUOTE_LIMIT), style="italic"), (0, 2)),
        Text(" · ".join(_about_post(alert)), style="dim"),
        *facts,
        *_correction(alert.correction),
    ]
    title = Text(f"{news} · {alert.incident.id}")
    return Panel(Group(*rows), title=title, title_align="left", border_style=_COLOURS[alert.claim.severity])


def _facts(alert: Alert) -> list[Text]:
    since = wording.moment(alert.incident.first_seen)
    facts = [
        _row("Spread", f"{wording.spread(alert.incident)}, since {since}"),
        *([] if alert.post.gone else [_row("Score", wording.score(alert.match.score))]),
        *([] if alert.post.gone else [_row("Why it matched", wording.why(alert.match))]),
        _row("Truth", wording.one_line(alert.claim.truth, 600)),
    ]
    if alert.claim.known_false_alarms:
        facts.append(_row("Known false alarms", wording.one_line(alert.claim.known_false_alarms, 600)))
    return facts


def _correction(correction: RenderedCorrection | None) -> list[RenderableType]:
    if correction is None:
        return [_row("Correction", "none is written for this claim")]
    text = Padding(Text(wording.inert(correction.text), style="green"), (0, 2))
    return [_row(wording.correction_title(correction), ""), text]


def _about_post(alert: Alert) -> list[str]:
    post = alert.post
    parts = [wording.author(post), wording.followers(post)]
    parts.append(wording.moment(post.created_at) if post.created_at else None)
    parts.append(wording.one_line(post.url, 300) if post.url else None)
    return [part for part in parts if part]


def _sighting(alert: Alert) -> Text:
    said = wording.one_line(wording.quoted(alert.post), 120)
    return _row("Also", f"{wording.author(alert.post)}: {said}")


def _row(label: str, value: str) -> Text:
    return Text(f"{label}: ", style="bold") + Text(value, style="not bold")


def _update(alert: Alert) -> Text:
    line = Text("  ↻ ", style=_COLOURS[alert.claim.severity])
    line.append(alert.incident.id, style="bold")
    return line.append(f"  now {wording.spread(alert.incident)}", style="dim")


def _digest(alerts: tuple[Alert, ...]) -> Panel:
    lines: list[RenderableType] = []
    for alert in alerts:
        lines.append(Text(wording.headline(alert), style="bold"))
        lines.append(Text(f"  {wording.spread(alert.incident)} · {wording.author(alert.post)}"))
        lines.append(Text(f"  {wording.one_line(wording.quoted(alert.post), 120)}", style="italic"))
    return Panel(Group(*lines), title=f"{len(alerts)} more false claims in this minute", title_align="left")
