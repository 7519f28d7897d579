"""The claims that we have, recognised by the real models in other words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import pipeline, rulebook
from monitor.config import MatchConfig
from monitor.model import ClaimStatus, FactCheck
from monitor.rulebook.familiar import Familiar, Scorer

RULES = rulebook.load(Path(__file__).parents[2] / "rules")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def said(claim: str) -> FactCheck:
    return FactCheck(claim, "False", "https://checks.example/1", "checks.example")


@pytest.fixture(scope="module")
def models() -> Scorer:
    return pipeline.load_stages(RULES, MatchConfig())


@pytest.fixture
def familiar(models: Scorer) -> Familiar:
    return Familiar(RULES, models.with_rules, MatchConfig().threshold, NOW)


@pytest.mark.parametrize(
    ("claim", "claim_id"),
    [
        ("Ana Rivera has dropped out of the mayoral race", "withdrawn"),
        ("Ana Rivera se retiró de la contienda por la alcaldía", "withdrawn"),
        ("ana rivera has withdrawn from the race for mayor of bellwater.", "withdrawn"),
        ("Daniel Moon has withdrawn from the race for council", None),
        ("Ana Rivera owns a yacht that she never declared", None),
        ("Ana Rivera was indicted for bribery", "rivera-indicted"),
        ("Ana Rivera was arrested for theft", None),
        ("Immigration agents will stand at polling places", "ice-at-polls"),
        ("Daniel Moon was born in Canada", None),
    ],
)
def test_a_claim_is_known_by_what_it_says_and_of_whom(familiar: Familiar, claim: str, claim_id: str | None) -> None:
    same = familiar(said(claim))
    assert (same and same.claim_id) == claim_id


def test_a_draft_of_this_import_is_known_from_then_on(familiar: Familiar) -> None:
    again = said("Council candidate Daniel Moon got arrested for driving drunk in 2019")
    assert familiar(again) is None
    draft = RULES.claims[0]
    words = "Daniel Moon was arrested for drunk driving in 2019."
    familiar.add(
        replace(draft, id="arrested", claim=words, phrasings=(words,), about=("moon",), status=ClaimStatus.DRAFT)
    )
    same = familiar(again)
    assert same is not None
    assert same.claim_id == "arrested"


def test_a_retired_claim_is_known_too(models: Scorer) -> None:
    retired = replace(
        RULES, claims=tuple(replace(claim, status=ClaimStatus.RETIRED, valid_until=NOW) for claim in RULES.claims)
    )
    familiar = Familiar(retired, models.with_rules, MatchConfig().threshold, NOW)
    same = familiar(said("Ana Rivera has dropped out of the mayoral race"))
    assert same is not None
    assert same.claim_id == "withdrawn"
