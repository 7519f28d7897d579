"""How the service does: its sources and its totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does: kept in the store, shown by `monitor status`."""

    name: str
    kind: str
    last_page_at: datetime | None = None
    last_post_at: datetime | None = None
    posts_seen: int = 0
    posts_kept: int = 0
    skipped: int = 0
    skip_reason: str | None = None
    error: str | None = None
    """What it fails with now, None once a page came through again."""
    error_since: datetime | None = None
    error_count: int = 0
    """Failures in a row."""
    retry_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    errors_total: int = 0
    gap: str | None = None
    gap_at: datetime | None = None
    suspicious: str | None = None
    """Why the nothing that it brings may be a refusal in disguise, None once it brought a post again."""
    suspicious_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of the store: what `monitor status` and the demo's last table show."""

    posts_seen: int = 0
    posts_about: int = 0
    posts_matched: int = 0
    denials_quiet: int = 0
    waiting: int = 0
    alerts: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    outbox: dict[str, int] = field(default_factory=dict)


class SocketState(StrEnum):
    """How the connection stands on which clicks arrive."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    ALARM = "needs a look"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SocketHealth:
    """The connection on which clicks arrive: kept in the store, shown by `monitor status`.

    `rebuilt`: how often it was built anew since the service started. `connections`: how many Slack counts for the app.
    """

    state: SocketState
    since: datetime
    rebuilt: int = 0
    connections: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None
