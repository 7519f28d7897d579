"""An incident, a claim and an alert to start from; tests replace what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from monitor.model import (
    Alert,
    Claim,
    Correction,
    Decision,
    Incident,
    Match,
    Post,
    Reason,
    RenderedCorrection,
    Stance,
)
from tests.invented import CLAIM, INCIDENT, NOON, POST


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def claim() -> Claim:
    return replace(
        CLAIM,
        evidence=("https://example.org/ballot",),
        corrections=(
            Correction("{{ candidate }} is on the ballot. {{ evidence }}", platform="any", lang="en"),
            Correction("{{ candidate }} sigue en la boleta.", platform="any", lang="es"),
            Correction("On the ballot: {{ candidate }}.", platform="x", lang="en"),
        ),
    )


@pytest.fixture
def post() -> Post:
    return replace(POST, url="https://example.org/post/1", lang="en", followers=120)


@pytest.fixture
def match(post: Post) -> Match:
    return Match(
        post_key=post.key,
        claim_id="withdrawn",
        phrasing="Rivera dropped out of the race",
        score=0.93,
        stance=Stance.SUPPORT,
        decision=Decision.ALERT,
        sentence=post.text,
        why="close to a known wording, and nothing denies it",
    )


@pytest.fixture
def incident() -> Incident:
    return INCIDENT


@pytest.fixture
def alert(incident: Incident, claim: Claim, post: Post, match: Match) -> Alert:
    return Alert(
        reason=Reason.FIRST,
        incident=incident,
        claim=claim,
        post=post,
        match=match,
        correction=RenderedCorrection("Ana Rivera is on the ballot.", "bluesky", "en", 28, 300),
        rules_version="a1b2c3",
        decided_at=NOON,
    )
