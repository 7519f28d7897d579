"""Posts that agree with a stored one, through the real stages with the sample campaign."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import rulebook
from monitor.config import AlertConfig, MatchConfig
from monitor.model import Decision, Page, Post
from monitor.pipeline import Pipeline, Stages, load_stages
from monitor.store import incidents, posts
from monitor.store.db import Store

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
HERE = Path(__file__).parent
CASES: dict[str, list[str]] = json.loads((HERE / "match" / "answers.json").read_text(encoding="utf-8"))
FALSE = Post("1", "BREAKING: Ana Rivera has dropped out of the race for mayor!", "x", "one", NOW)
TRUE = Post("1", "Ana Rivera has NOT dropped out of the race for mayor. That is false.", "x", "one", NOW)


@pytest.fixture(scope="module")
def stages() -> Stages:
    return load_stages(rulebook.load(HERE.parent / "rules"), MatchConfig())


@pytest.fixture
def pipeline(store: Store, stages: Stages) -> Pipeline:
    return Pipeline(stages, store, AlertConfig())


def answers(*texts: str) -> tuple[Post, ...]:
    return tuple(
        Post(str(number), text, "x", f"user{number}", NOW, reply_to="1") for number, text in enumerate(texts, start=2)
    )


def send(pipeline: Pipeline, *found: Post, everything: bool = True) -> None:
    """As a page of a whole network, which keeps only what is about somebody."""
    pipeline.accept("sky", "x", Page(found, "c", everything=everything), NOW)
    while pipeline.advance(NOW, 32):
        pass


def spreading(store: Store) -> list[str]:
    """The texts of the posts that spread a claim, without the one that is answered."""
    keys = [match.post_key for match in posts.matches(store, Decision.ALERT) if match.post_key != FALSE.key]
    return [post.text for key in keys if (post := posts.get(store.db, key)) is not None]


@pytest.mark.parametrize("kind", ["denying", "asking", "unrelated"])
def test_nothing_that_does_not_agree_spreads_the_post_above(store: Store, pipeline: Pipeline, kind: str) -> None:
    send(pipeline, FALSE, *answers(*CASES[kind]), everything=False)
    assert spreading(store) == []


def test_nine_of_ten_that_agree_with_a_false_post_spread_it(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, FALSE, *answers(*CASES["agreeing"]))
    missed = set(CASES["agreeing"]) - set(spreading(store))
    assert len(missed) <= 0.1 * len(CASES["agreeing"]), missed


def test_agreeing_with_a_denial_spreads_nothing(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, TRUE, *answers(*CASES["agreeing"]))
    assert spreading(store) == []
    assert incidents.every(store) == []


def test_an_answer_that_comes_later_is_counted_on_the_incident_and_says_why(store: Store, pipeline: Pipeline) -> None:
    send(pipeline, FALSE)
    (agreeing,) = answers("This is true, share it")
    send(pipeline, agreeing)
    (incident,) = incidents.open_incidents(store)
    found = posts.get_match(store.db, agreeing.key)
    assert found is not None
    assert (incident.posts, found.sentence) == (2, "This is true, share it")
    assert found.why.endswith("with the post that it answers")


def test_of_a_whole_network_an_answer_to_a_post_that_is_not_stored_is_not_kept(
    store: Store, pipeline: Pipeline
) -> None:
    (agreeing,) = answers("This is true, share it")
    send(pipeline, agreeing)
    assert posts.get(store.db, agreeing.key) is None
