"""Learn the matrix that turns the language model's vectors (monitor/match/projection.py).

    python -m training.fit_projection --worlds ../shared/data/judge-train training/worlds --leave-out NAME ...

A post that asserts, denies, asks about or jokes about a claim is to be nearer to any wording of it than to the other
claims of its world, and to those of another one drawn by lot: a softmax over cosines (van den Oord et al. 2018,
"Representation Learning with Contrastive Predictive Coding"). Learns from the worlds that the reader learns from, since
the trees have to see what it does to worlds that it does not know. A minute, nearly all of it for the vectors. Seeded.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from monitor.match.encoder import DEFAULT_MODEL, Encoder, load_encoder
from monitor.match.projection import PATH
from training.worlds import SAID, World, read_worlds

SEED = 3
EPOCHS = 12
RATE = 3e-4
SCALE = 20.0
"""What a cosine is multiplied by before the softmax."""
MOST = 256
"""Posts of a world in one step."""
LONGEST = 600
"""Characters of a post that are encoded."""


@dataclass(frozen=True)
class Seen:
    """A world in vectors. `posts`: float32[n, d]; `said`: int64[n], of which claim each says something. `wordings`: of
    each claim float32[k, d]."""

    posts: Tensor
    said: Tensor
    wordings: list[Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=Path, nargs="+", required=True, help="folders of worlds")
    parser.add_argument("--leave-out", nargs="*", default=[], help="worlds that are not learnt from")
    parser.add_argument("--to", type=Path, default=PATH, help="default: the package")
    arguments = parser.parse_args()
    worlds = [world for folder in arguments.worlds for world in read_worlds(folder)]
    encoder = load_encoder(DEFAULT_MODEL)
    seen = [see(world, encoder) for world in worlds if world.name not in arguments.leave_out]
    print(len(seen), "worlds,", sum(len(world.posts) for world in seen), "posts")
    np.save(arguments.to, learn(seen).astype(np.float16))


def see(world: World, encoder: Encoder) -> Seen:
    places = {claim.id: place for place, claim in enumerate(world.claims)}
    own = [
        (text, places[post.claim_id])
        for text, post in zip(world.texts, world.posts, strict=True)
        if post.label in SAID and post.claim_id in places
    ]
    return Seen(
        posts=torch.from_numpy(encoder.encode([text[:LONGEST] for text, _ in own])),
        said=torch.tensor([place for _, place in own]),
        wordings=[torch.from_numpy(encoder.encode([claim.claim, *claim.phrasings])) for claim in world.claims],
    )


def learn(worlds: Sequence[Seen]) -> NDArray[np.float32]:
    """float32[d, d]: posts and wordings are rows that it is multiplied to from the right."""
    random = np.random.default_rng(SEED)
    matrix = torch.eye(worlds[0].posts.shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([matrix], lr=RATE)
    steps = EPOCHS * len(worlds)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for _ in range(EPOCHS):
        for number in random.permutation(len(worlds)).tolist():
            own, other = worlds[number], worlds[int(random.integers(len(worlds)))]
            chosen = torch.from_numpy(random.permutation(len(own.posts))[:MOST])
            spoken = torch.stack(
                [of_claim[int(random.integers(len(of_claim)))] for of_claim in own.wordings + other.wordings]
            )
            cosines = _turned(own.posts[chosen], matrix) @ _turned(spoken, matrix).T
            optimiser.zero_grad()
            functional.cross_entropy(cosines * SCALE, own.said[chosen]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return np.asarray(matrix.detach().numpy(), dtype=np.float32)


def _turned(rows: Tensor, matrix: Tensor) -> Tensor:
    return functional.normalize(rows @ matrix, dim=1)


if __name__ == "__main__":
    main()
