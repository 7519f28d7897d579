"""Whether the socket on which clicks arrive still works, and how long to wait before another is built. Pure.

What goes wrong, as seen in slack-sdk's issues and against real servers (docs/decisions/socket-watchdog.md): a handshake
that fails and is tried again with an address that is used up; a connection that is open and dead; connections of ours
that Slack still counts, and to which it gives every other click; and Slack's own announcements that it will disconnect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

NO_PONG = timedelta(seconds=15)
"""So long without an answer to a ping, and the connection is dead. Pings go out every 5 seconds."""
LINK_DISABLED = "link_disabled"
"""Slack: Socket Mode was switched off in the app's settings. The other reasons, `warning` and `refresh_requested`,
announce that this connection will be closed and another is wanted (docs.slack.dev, "Using Socket Mode")."""
QUICK_PAUSE = 5.0
QUICK_ATTEMPTS = 20
"""So often in a row a connection is tried within seconds: while there is none, every press fails. Slack allows fifty
addresses a minute (apps.connections.open is of Tier 3)."""
LONGEST_PAUSE = 60.0
ALARM_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """What is known of one connection. `connections` is how many Slack counted when it opened, `expected` how many of
    them were ours. `pong_at`: the last sign of life. `closed`, `disconnect`: why it ended or will, in the other side's
    words."""

    pong_at: datetime
    connections: int = 1
    expected: int = 1
    closed: str | None = None
    disconnect: str | None = None


@dataclass(frozen=True, slots=True)
class Fine:
    pass


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Another connection is needed now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody must look. Another connection is tried now and then, which shows whether it is over."""

    reason: str


Verdict = Fine | Rebuild | Alarm


def verdict(vitals: Vitals, now: datetime) -> Verdict:
    if vitals.disconnect == LINK_DISABLED:
        return Alarm("Socket Mode is switched off in the app's settings: switch it on, or no click arrives")
    if vitals.disconnect is not None:
        return Rebuild(f"Slack will close this connection: {vitals.disconnect}")
    if vitals.closed is not None:
        return Rebuild(f"the connection was closed: {vitals.closed}")
    silent = now - vitals.pong_at
    if silent >= NO_PONG:
        return Rebuild(f"no pong for {silent.total_seconds():.0f} seconds")
    if vitals.connections > vitals.expected:
        return Alarm(
            f"Slack counts {vitals.connections} connections of this app where {vitals.expected} "
            f"{'is' if vitals.expected == 1 else 'are'} known, and gives every other one a share of the clicks: "
            "is another monitor running with the same SLACK_APP_TOKEN?"
        )
    return Fine()


def pause(given: Verdict, attempts: int) -> float:
    """Seconds to the next connection after so many within the last minute. The first two are made at once, so that
    clicks go on when Slack announces that it will disconnect, some ten seconds before."""
    if isinstance(given, Alarm):
        return min(ALARM_PAUSE, LONGEST_PAUSE * max(1, attempts))
    if attempts < 2:
        return 0.0
    return min(LONGEST_PAUSE, QUICK_PAUSE, 2.0 ** (attempts - 1)) if attempts <= QUICK_ATTEMPTS else LONGEST_PAUSE
