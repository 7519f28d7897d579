from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from training import fit_projection
from training.fit_projection import Seen, learn, see
from training.worlds import read_world

WIDTH, CLAIMS = 12, 4


class AnyEncoder:
    """Vectors without a meaning."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.random.default_rng(1).normal(size=(len(texts), WIDTH)).astype(np.float32)


def write_world(folder: Path) -> Path:
    posts = [
        {"post_id": "1", "text": "Price quit", "label": "spread", "claim_id": "c2"},
        {"post_id": "2", "text": "Price never quit", "label": "debunk", "claim_id": "c2"},
        {"post_id": "3", "text": "nice day", "label": "background"},
    ]
    claims = [
        {"id": "c1", "about": "price", "claim": "She died.", "phrasings": ["Price is dead"]},
        {"id": "c2", "about": "price", "claim": "Dana Price quit."},
    ]
    folder.mkdir(parents=True)
    (folder / "candidates.json").write_text(json.dumps([{"id": "price", "name": "Dana Price"}]))
    (folder / "claims.json").write_text(json.dumps(claims))
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)))
    return folder


def drawn(random: np.random.Generator) -> Seen:
    """A world in which half of a vector says which claim it is, and the louder half says nothing."""

    def vectors(claims: NDArray[np.int64]) -> torch.Tensor:
        rows = random.normal(size=(len(claims), WIDTH))
        rows[:, :CLAIMS] = np.eye(CLAIMS)[claims]
        return torch.tensor(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=torch.float32)

    said = random.integers(CLAIMS, size=60)
    return Seen(vectors(said), torch.tensor(said), [vectors(np.array([claim] * 3)) for claim in range(CLAIMS)])


def right(world: Seen, matrix: torch.Tensor) -> float:
    """How often the claim of the nearest wording is the right one."""
    wordings = torch.nn.functional.normalize(torch.cat(world.wordings) @ matrix, dim=1)
    nearest = (world.posts @ matrix @ wordings.T).argmax(dim=1) // 3
    return float((nearest == world.said).float().mean())


def test_what_says_nothing_of_the_claim_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_projection, "RATE", 0.03)
    random = np.random.default_rng(2)
    learnt, unseen = [drawn(random) for _ in range(10)], drawn(random)
    assert right(unseen, torch.from_numpy(learn(learnt))) > right(unseen, torch.eye(WIDTH)) + 0.1


def test_posts_that_say_something_of_a_claim_are_learnt_from(tmp_path: Path) -> None:
    seen = see(read_world(write_world(tmp_path / "world")), AnyEncoder())
    assert (len(seen.posts), seen.said.tolist()) == (2, [1, 1])
    assert [len(of_claim) for of_claim in seen.wordings] == [2, 1]


def test_the_matrix_is_learnt_without_the_worlds_that_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_world(tmp_path / "worlds" / name)
    to = tmp_path / "projection.npy"
    monkeypatch.setattr(fit_projection, "load_encoder", lambda _: AnyEncoder())
    monkeypatch.setattr(
        sys, "argv", ["fit", "--worlds", str(tmp_path / "worlds"), "--leave-out", "two", "--to", str(to)]
    )
    fit_projection.main()
    assert capsys.readouterr().out == "1 worlds, 2 posts\n"
    assert np.load(to).shape == (WIDTH, WIDTH)
