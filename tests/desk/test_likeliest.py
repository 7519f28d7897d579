from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.alert.slack import names
from monitor.alert.slack.views import ScoredClaim
from monitor.desk import incident_flows, likeliest
from monitor.desk.likeliest import likeliest_first
from monitor.desk.payload import Pressed
from monitor.desk.wiring import Desk
from monitor.model import Claim, Decision, Match, Mention, Post, Rules, Stance
from monitor.pipeline import Stages
from monitor.store import incidents
from monitor.store.db import Store
from tests.desk.scripted import ANA, Heard, QuitMeansAlert, click, open_desk, send
from tests.desk.scripted import post as make_post

CLAIMS = tuple(Claim(name, f"{name}.", "No.", about) for name, about in (("a", ("x",)), ("b", ("y",)), ("c", ("z",))))


class Scores(QuitMeansAlert):
    """Scores the claims by name, the least likely first, once it is let go."""

    def __init__(self, rules: Rules, scores: dict[str, float], go: threading.Event | None = None) -> None:
        super().__init__(rules)
        self._scores = scores
        self._go = go

    def reindexed(self, rules: Rules) -> Scores:
        return Scores(rules, self._scores, self._go)

    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        if self._go is not None:
            self._go.wait()
        return [
            Match(post.key, name, "near", score, Stance.COMMENT, Decision.QUIET, post.text, "because")
            for name, score in self._scores.items()
        ]


class Stumbles(QuitMeansAlert):
    def against_each(self, post: Post, mention: Mention, now: datetime) -> list[Match]:
        raise ValueError("a post like no other")


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> tuple[Desk, Heard]:
    return open_desk(store, tmp_path / "rules")


def press(incident: str) -> Pressed:
    return Pressed(ANA.id, names.MORE, incident, "trigger", "C1")


def put(desk: Desk, *claims: tuple[str, Sequence[str]]) -> None:
    """More claims, in this order, before those of the rules."""
    more = tuple(Claim(name, f"About {name}.", "No.", tuple(about)) for name, about in claims)
    stages = desk.pipeline.stages
    rules = Rules(stages.rules.candidates, more + stages.rules.claims, "v2")
    desk.pipeline.swap(Stages(rules, Scores(rules, {"ill": 0.2, "far": 0.6})))


def ids(shown: Sequence[ScoredClaim]) -> list[str]:
    return [scored.claim.id for scored in shown]


def options(view: dict[str, Any]) -> list[str]:
    (field,) = (block for block in view["blocks"] if block["type"] == "input")
    return [option["value"] for option in field["element"]["options"]]


def test_what_the_matcher_scored_stands_first_then_what_the_post_names_then_the_rest() -> None:
    shown = likeliest_first(CLAIMS, {"c": 0.1}, Mention(candidates=("y",)))
    assert ids(shown) == ["c", "b", "a"]
    assert [scored.score for scored in shown] == [0.1, None, None]


def test_the_likelier_of_two_scores_stands_first_also_where_it_is_naught() -> None:
    assert ids(likeliest_first(CLAIMS, {"b": 0.0, "c": 0.4}, Mention(candidates=("x",)))) == ["c", "b", "a"]


def test_of_a_post_that_is_gone_the_claims_stay_as_the_rules_have_them() -> None:
    assert ids(likeliest_first(CLAIMS, {}, None)) == ["a", "b", "c"]


async def test_wrong_claim_offers_the_likeliest_claim_first(opened: tuple[Desk, Heard], store: Store) -> None:
    desk, heard = opened
    send(desk, make_post(1, "Ana Rivera quit, she is far from well"))
    (incident,) = incidents.open_incidents(store)
    put(desk, ("elsewhere", ["nobody"]), ("hers", ["rivera"]), ("far", ["nobody"]))

    await incident_flows.wrong_claim(desk, click(store), press(incident.id))
    (view,) = heard.views
    assert options(view) == ["far", "ill", "hers", "elsewhere"]


async def test_why_names_the_claims_that_come_next(opened: tuple[Desk, Heard], store: Store) -> None:
    desk, heard = opened
    send(desk, make_post(1, "Ana Rivera quit, she is far from well"))
    (incident,) = incidents.open_incidents(store)
    put(desk, ("hers", ["rivera"]), ("far", ["nobody"]))

    await incident_flows.why(desk, click(store), press(incident.id))
    assert "About far. (60%)\\nAna Rivera is ill. (20%)" in str(heard.views)
    assert "About hers" not in str(heard.views)


async def test_a_matcher_that_is_busy_does_not_keep_the_form_waiting(
    opened: tuple[Desk, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = opened
    monkeypatch.setattr(likeliest, "SECONDS", 0.0)
    go = threading.Event()
    rules = desk.rules()
    desk.pipeline.swap(Stages(rules, Scores(rules, {"withdrawn": 0.9}, go)))
    try:
        shown = await likeliest.for_post(desk, make_post(1, "Ana Rivera"), rules.claims)
    finally:
        go.set()
    assert ids(shown) == [claim.id for claim in rules.claims]
    assert {scored.score for scored in shown} == {None}


async def test_a_matcher_that_stumbles_costs_the_scores_and_not_the_form(opened: tuple[Desk, Heard]) -> None:
    desk, _ = opened
    rules = desk.rules()
    desk.pipeline.swap(Stages(rules, Stumbles(rules)))
    shown = await likeliest.for_post(desk, make_post(1, "Ana Rivera"), rules.claims)
    assert {scored.score for scored in shown} == {None}
