from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from monitor.match.reader import CLAIM, SAYS, WORDING
from training.worlds import CandidateLine, World, draw_dossier, draw_listed, draw_swap, read_world, read_worlds, spoil

SHORT = {
    "bo-long-letters": 500, "ci-checked-and-denied": 400, "cq-three-rivers-governor": 560,
    "cr-delta-city-council": 300, "cw-other-peoples-news": 380, "cy-paper-trail-county": 490,
    "cz-stamped-and-sealed": 290, "df-affidavit-house": 590, "di-hinted-primary": 590,
    "dj-lakeside-slate": 500, "dl-two-party-state": 430, "dn-hinting-city": 480, "dm-seal-and-signature": 550,
}  # fmt: skip
"""Worlds with fewer posts than the others have, and how many at least."""
OURS = Path(__file__).parents[2] / "training" / "worlds"
CANDIDATES = [
    {"id": "price", "name": "Dana Price", "aliases": ["Gov. Price"], "ambiguous_aliases": ["Price"]},
    {"id": "moon", "name": "Daniel Moon"},
]
CLAIMS = [{"id": "c1", "about": "price", "claim": "Dana Price quit.", "truth": "She runs.", "phrasings": ["Price out"]}]
POSTS = [
    {"post_id": "1", "text": "PRICE is out, Moon says. The price of eggs!", "label": "spread", "claim_id": "c1"},
    {"post_id": "2", "text": "Price is on the ballot", "label": "debunk", "claim_id": "c1"},
    {"post_id": "3", "text": "Moon is out", "label": "lookalike", "near": "c1"},
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "candidates.json").write_text(json.dumps(CANDIDATES))
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS))
    (tmp_path / "posts.jsonl").write_text("\n".join(json.dumps(post) for post in POSTS))
    return read_world(tmp_path)


def test_a_post_says_something_of_its_own_claim_and_nothing_of_another(world: World) -> None:
    (claim,) = world.claims
    assert [SAYS[world.said(post, claim)] for post in world.posts] == ["asserts", "denies", "neither"]


def test_names_change_in_posts_and_dossiers_and_prices_do_not(world: World) -> None:
    swap = draw_swap(world.candidates, np.random.default_rng(1))
    text = swap.text(world.texts[0])
    assert "the price of eggs" in text.lower()
    assert "PRICE" not in text
    assert "Moon" not in text
    names = swap.names(world.names(world.claims[0]))
    assert swap.text("Price").casefold() in names.own
    assert swap.text("Moon").casefold() in names.others


def test_a_candidate_with_a_name_of_two_letters_keeps_it() -> None:
    swap = draw_swap([CandidateLine("wu", "Li Wu")], np.random.default_rng(1))
    assert swap.text("Li Wu quit") == "Li Wu quit"


def test_a_dossier_begins_with_the_claim_whatever_else_is_left_out(world: World) -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        assert draw_dossier(world.claims[0], random, whole=False)[0] == (CLAIM, "Dana Price quit.")
    assert len(draw_dossier(world.claims[0], random, whole=True)) == 3


def test_in_a_list_a_claim_stands_without_its_truth(world: World) -> None:
    random = np.random.default_rng(4)
    seen = {tuple(part for part, _ in draw_listed(world.claims[0], random)) for _ in range(30)}
    assert seen == {(CLAIM,), (CLAIM, WORDING)}


@pytest.mark.parametrize("text", ["", "a", "👀", "Rivera quit"])
def test_any_text_can_be_spoilt(text: str) -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        assert isinstance(spoil(text, ["other talk"], random), str)


def test_a_spoilt_post_may_be_a_reply_or_carry_tags_and_still_says_all_that_it_said() -> None:
    random = np.random.default_rng(4)
    spoilt = [spoil("She quit, it is over", ["other talk"], random) for _ in range(300)]
    replies = [text for text in spoilt if text.startswith("@")]
    tagged = [text for text in spoilt if "#" in text]
    passed_on = [text for text in spoilt if text.startswith("RT @")]
    assert replies
    assert tagged
    assert passed_on
    assert all("She quit, it is over" in text for text in [*replies, *tagged, *passed_on])


def test_our_worlds_are_whole_and_their_labels_point_at_their_claims() -> None:
    worlds = list(read_worlds(OURS))
    assert len(worlds) == 117
    for world in worlds:
        claims = {claim.id for claim in world.claims}
        people = {candidate.id for candidate in world.candidates}
        assert {claim.about for claim in world.claims} <= {*people, None}
        assert len({post.post_id for post in world.posts}) == len(world.posts)
        assert len(world.posts) > SHORT.get(world.name, min(600, 37.5 * len(world.claims)))
        for post in world.posts:
            own = post.claim_id or post.near
            assert own in claims if post.label != "background" else own is None
