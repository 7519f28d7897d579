from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from monitor.match.reader import SAYS
from training import fit_reader
from training.fit_reader import School, halfway, load_tokenizer
from training.worlds import PostLine, World, read_world, without_claims

CANDIDATES = [{"id": "price", "name": "Dana Price"}]
CLAIMS = [
    {"id": "c1", "about": "price", "claim": "Dana Price quit."},
    {"id": "c2", "about": "price", "claim": "She died."},
]
FEED = [PostLine(f"f{number}", f"ordinary talk {number}", "background") for number in range(4)]


class AnyEncoder:
    """Vectors without a meaning."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.random.default_rng(1).normal(size=(len(texts), 8)).astype(np.float32)


@pytest.fixture
def world(tmp_path: Path) -> World:
    posts = [{"post_id": str(n), "text": f"Price quit {n}", "label": "spread", "claim_id": "c1"} for n in range(100)]
    talk = {"post_id": "talk", "text": "nice day", "label": "background"}
    (tmp_path / "candidates.json").write_text(json.dumps(CANDIDATES))
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS))
    (tmp_path / "posts.jsonl").write_text("\n".join(json.dumps(post) for post in [*posts, talk]))
    return read_world(tmp_path)


def test_ordinary_posts_of_a_feed_are_learnt_to_say_nothing_of_a_claim(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_reader, "load_encoder", lambda _: AnyEncoder())
    monkeypatch.setattr(fit_reader, "FOREIGN", 0.0)
    monkeypatch.setattr(fit_reader, "FEED", 1.0)

    def learnt(feed: World | None) -> list[int]:
        school = School([world], feed, load_tokenizer(), np.random.default_rng(3))
        return [said for batch in school.batches(1) for said in batch.said]

    alone, with_feed = learnt(None), learnt(without_claims(tmp_path, FEED))
    assert len(with_feed) > len(alone)
    assert with_feed.count(SAYS.index("asserts")) <= len(world.posts)
    assert set(with_feed) == {SAYS.index("asserts"), SAYS.index("neither")}


def test_what_is_said_of_somebody_unknown_is_learnt_to_say_nothing_of_the_claim(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_reader, "load_encoder", lambda _: AnyEncoder())
    monkeypatch.setattr(fit_reader, "FOREIGN", 0.0)

    def learnt(share: float) -> list[int]:
        monkeypatch.setattr(fit_reader, "STRANGERS", share)
        school = School([world], None, load_tokenizer(), np.random.default_rng(3))
        return [said for batch in school.batches(1) for said in batch.said]

    assert SAYS.index("asserts") in learnt(0.0)
    assert set(learnt(1.0)) == {SAYS.index("neither")}


def test_a_broken_epoch_reads_a_part_of_the_pairs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_reader, "load_encoder", lambda _: AnyEncoder())
    monkeypatch.setattr(fit_reader, "BATCH", 8)

    def learnt(epochs: float) -> tuple[int, int]:
        school = School([world], None, load_tokenizer(), np.random.default_rng(3))
        return school.steps(epochs), len(list(school.batches(epochs)))

    announced, read = learnt(1)
    assert read == pytest.approx(announced, abs=2)
    assert learnt(0.5) == pytest.approx((announced / 2, read / 2), abs=2)
    assert learnt(1.5) == pytest.approx((announced * 1.5, read * 1.5), abs=2)


def test_halfway_lies_between_what_was_begun_with_and_what_was_reached() -> None:
    begun, ended = {"a": torch.tensor([0.0, 2.0])}, {"a": torch.tensor([1.0, 4.0])}
    assert halfway(begun, ended)["a"].tolist() == [0.5, 3.0]


@pytest.mark.parametrize("text", ["she quit, it is out", "Danas quit"])
def test_a_post_that_names_nobody_or_somebody_in_another_form_is_left_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(fit_reader, "load_encoder", lambda _: AnyEncoder())
    monkeypatch.setattr(fit_reader, "STRANGERS", 1.0)
    posts = (*(PostLine(str(number), text, "spread", claim_id="c1") for number in range(100)), world.posts[-1])
    spoken = replace(world, posts=posts, texts=tuple(post.text for post in posts))
    school = School([spoken], None, load_tokenizer(), np.random.default_rng(3))
    assert SAYS.index("asserts") in [said for batch in school.batches(1) for said in batch.said]
