from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.match.compared import AVERAGED, GRID, but_own, compare, exact


def vectors(count: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, 384))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_a_vector_moves_by_less_than_a_step() -> None:
    rows = vectors(20, 1)
    assert np.abs(exact(rows) - rows).max() <= 0.5 / GRID


def test_sums_are_exact_in_any_order() -> None:
    one, other = exact(vectors(2, 2))
    order = np.random.default_rng(5).permutation(384)
    assert one @ other == sum((one * other)[order].tolist())


def test_posts_are_compared_the_same_alone_and_among_others() -> None:
    claims = exact(vectors(7, 3))
    sizes = np.array([1, 4, 2])
    posts = [vectors(count, 10 + count) for count in (1, 5, 3, 13, 1)]
    together = compare(posts, claims, sizes)
    for number, post in enumerate(posts):
        alone = compare([post], claims, sizes)
        assert (alone.cosine[0] == together.cosine[number]).all()
        assert (alone.meaning[0] == together.meaning[number]).all()
        assert (alone.window[0] == together.window[number] - together.begins[number]).all()


def test_the_largest_cosine_over_windows_and_wordings_is_found() -> None:
    claims, sizes = exact(vectors(6, 4)), np.array([2, 4])
    posts = [vectors(3, 20), vectors(2, 21)]
    found = compare(posts, claims, sizes)
    for number, post in enumerate(posts):
        for claim, own in enumerate((claims[:2], claims[2:])):
            cosines = exact(post) @ own.T
            window = int(cosines.max(axis=1).argmax())
            assert found.cosine[number, claim] == cosines.max()
            assert found.window[number, claim] - found.begins[number] == window
            assert found.meaning[number, claim] == (cosines.max() + cosines[window].mean()) / 2
            columns = found.columns(found.window[[number], [claim]], np.array([claim]))
            assert columns[0, : len(own)].tolist() == cosines[window].tolist()
            assert np.isneginf(columns[0, len(own) :]).all()


def test_a_wording_that_is_far_from_the_post_does_not_lower_the_mean_of_a_claim_with_many() -> None:
    near, far, post = vectors(AVERAGED, 6), -vectors(1, 7), [vectors(1, 7)]
    few = compare(post, exact(near), np.array([AVERAGED]))
    many = compare(post, exact(np.concatenate([far, near])), np.array([AVERAGED + 1]))
    assert many.meaning[0, 0] == few.meaning[0, 0]


def test_the_largest_of_the_others_leaves_out_the_claim_itself_and_what_does_not_count() -> None:
    values = np.array([[0.9, 0.5, 0.7], [0.2, 0.4, 0.4]])
    counted = np.array([[True, True, False], [True, True, True]])
    posts, claims = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])
    assert but_own(values, counted, posts, claims).tolist() == [0.5, 0.9, 0.4, 0.4]
    nobody = np.array([[True, False, False]])
    assert but_own(values[:1], nobody, posts[:1], claims[:1]).tolist() == [0.0]
