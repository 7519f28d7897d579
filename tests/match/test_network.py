from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from monitor.match.network import Kept, Network, packed, stack, unpacked

ROLES, PARTS, CLASSES = 4, 5, 5
POSTS = [[101, 2003, 102], [101, 2054, 2055, 2056, 102]]
DOSSIERS = [[101, 3000, 3001, 102], [101, 3002, 102]]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    return Network(ROLES, PARTS, CLASSES).eval()


def column(rows: list[list[int]]) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


def keep(network: Network, rows: list[list[int]]) -> Kept:
    tokens = column(rows)
    return network.keep(tokens, torch.zeros_like(tokens), torch.zeros_like(tokens))


def scores(network: Network, rows: list[list[int]], kept: Kept, dossier: list[int] | None) -> Tensor:
    tokens = column(rows)
    picked = None if dossier is None else torch.tensor(dossier)
    with torch.inference_mode():
        scored: Tensor = network(tokens, torch.zeros_like(tokens), kept, picked)
        return scored


def test_a_post_reads_the_same_alone_and_beside_a_longer_one(network: Network) -> None:
    kept = keep(network, DOSSIERS)
    together = scores(network, POSTS, kept, [0, 1])
    alone = torch.cat([scores(network, [post], kept, [number]) for number, post in enumerate(POSTS)])
    assert torch.allclose(together, alone, atol=1e-5)


def test_dossiers_kept_one_by_one_are_worth_as_much_as_together(network: Network) -> None:
    stacked = stack([keep(network, [dossier]) for dossier in DOSSIERS])
    expected = scores(network, POSTS, keep(network, DOSSIERS), [0, 1])
    assert torch.allclose(scores(network, POSTS, stacked, [0, 1]), expected, atol=1e-5)


def test_a_dossier_for_each_post_reads_as_one_picked_from_a_table(network: Network) -> None:
    kept = [stack([keep(network, [dossier])], 6) for dossier in DOSSIERS]
    picked = scores(network, POSTS, stack(kept), [1, 0])
    given = scores(network, POSTS, stack([kept[1], kept[0]]), None)
    assert torch.equal(given, picked)


def test_what_a_post_says_depends_on_the_dossier(network: Network) -> None:
    kept = keep(network, DOSSIERS)
    assert not torch.allclose(scores(network, POSTS, kept, [0, 0])[1], scores(network, POSTS, kept, [1, 1])[1])


def test_packed_weights_come_back_within_half_a_step() -> None:
    torch.manual_seed(5)
    weights = {"large.weight": torch.randn(40, 8), "small.weight": torch.randn(5, 8), "bias": torch.randn(40)}
    arrays = packed(weights)
    assert arrays["large.weight"].dtype == np.int8
    assert arrays["small.weight"].dtype == arrays["bias"].dtype == np.float16
    back = unpacked(arrays)
    assert back.keys() == weights.keys()
    step = weights["large.weight"].abs().amax(dim=1, keepdim=True) / 127
    assert ((back["large.weight"] - weights["large.weight"]).abs() <= step / 2 + 1e-6).all()
    assert torch.allclose(back["bias"], weights["bias"], atol=2e-3)
