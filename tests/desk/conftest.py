"""An incident that people were told of, its claims, and the team."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.config import DeskConfig
from monitor.model import Candidate, Claim, Incident, IncidentState, Person, Post, Rules, Severity

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def ana() -> Person:
    return Person("U1ANA", "Ana Flores")


@pytest.fixture
def ben() -> Person:
    return Person("U2BEN", "Ben Okafor")


@pytest.fixture
def claim() -> Claim:
    return Claim(
        id="withdrawn",
        claim="Ana Rivera has withdrawn from the race.",
        truth="Ana Rivera is on the November 3 ballot.",
        about=("rivera",),
        severity=Severity.CRITICAL,
        file="withdrawn.toml",
    )


@pytest.fixture
def rules(claim: Claim) -> Rules:
    ill = Claim("ill", "Ana Rivera is ill.", "She is well.", ("rivera",), file="ill.toml")
    return Rules((Candidate("rivera", "Ana Rivera"),), (claim, ill), "v1")


@pytest.fixture
def post() -> Post:
    return Post("1", "Rivera   quit\nsmoking", "bluesky", "someone.example", NOON)


@pytest.fixture
def incident(post: Post) -> Incident:
    return Incident(
        id="withdrawn-3f2a9c1b",
        claim_id="withdrawn",
        state=IncidentState.OPEN,
        first_post=post.key,
        first_seen=NOON,
        last_seen=NOON,
        platforms=("bluesky",),
        growth_per_hour=1,
        alerted_posts=1,
        has_message=True,
        alerted_at=NOON,
    )


@pytest.fixture
def settings() -> DeskConfig:
    return DeskConfig(own_minutes=5, correct_minutes=30, owner_quiet_minutes=15)
