"""An incident that people were told of, its claims, and the team."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.config import DeskConfig
from monitor.desk import likeliest, members, voice
from monitor.model import Candidate, Claim, Incident, Person, Post, Rules
from tests.invented import CLAIM, INCIDENT, NOON, POST


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine Slack's answer and the model's may take as long as they like."""
    monkeypatch.setattr(members, "ASK_SECONDS", 600.0)
    monkeypatch.setattr(voice, "ASK_SECONDS", 600.0)
    monkeypatch.setattr(voice, "TRIGGER_SECONDS", 20.0)
    monkeypatch.setattr(likeliest, "SECONDS", 600.0)


@pytest.fixture
def ana() -> Person:
    return Person("U1ANA", "Ana Flores")


@pytest.fixture
def ben() -> Person:
    return Person("U2BEN", "Ben Okafor")


@pytest.fixture
def claim() -> Claim:
    return replace(CLAIM, file="withdrawn.toml")


@pytest.fixture
def rules(claim: Claim) -> Rules:
    ill = Claim("ill", "Ana Rivera is ill.", "She is well.", ("rivera",), file="ill.toml")
    return Rules((Candidate("rivera", "Ana Rivera"),), (claim, ill), "v1")


@pytest.fixture
def post() -> Post:
    return replace(POST, text="Rivera   quit\nsmoking")


@pytest.fixture
def incident() -> Incident:
    return replace(INCIDENT, alerted_posts=1, has_message=True, alerted_at=NOON)


@pytest.fixture
def settings() -> DeskConfig:
    return DeskConfig(own_minutes=5, correct_minutes=30, owner_quiet_minutes=15)
