"""The invented claim and incident that the tests of alerts and of the desk start from."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Claim, Incident, IncidentState, Post, Severity

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
CLAIM = Claim(
    id="withdrawn",
    claim="Ana Rivera has withdrawn from the race.",
    truth="Ana Rivera is on the November 3 ballot.",
    about=("rivera",),
    severity=Severity.CRITICAL,
)
POST = Post("1", "Rivera dropped out!!", "bluesky", "someone.example", NOON)
INCIDENT = Incident(
    id="withdrawn-3f2a9c1b",
    claim_id=CLAIM.id,
    state=IncidentState.OPEN,
    first_post=POST.key,
    first_seen=NOON,
    last_seen=NOON,
    platforms=("bluesky",),
    growth_per_hour=1,
)
"""Of one post, and nobody was told yet."""
