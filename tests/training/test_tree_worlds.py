from __future__ import annotations

import pickle
from pathlib import Path

import msgspec
import numpy as np
import pytest

from monitor.match.judge import FEATURES
from monitor.model import Claim, Rules
from training.breakdown import ELSEWHERE
from training.tree_worlds import (
    FROM_FEED,
    SPOILT,
    Campaign,
    World,
    as_staff_wrote,
    from_elsewhere,
    from_feed,
    read_all,
    read_claims,
    spoilt,
)
from training.worlds import read_posts

OURS = Path(__file__).parents[2] / "training" / "worlds"
ONE, OTHER = OURS / "ay-lake-county-state", OURS / "az-capital-city"
WITH_LOOK_ALIKES = OURS / "bp-copper-state-governor"


def test_posts_from_elsewhere_are_of_other_worlds_spread_nothing_and_belong_to_no_claim() -> None:
    lines = {folder: read_posts(folder) for folder in (ONE, OTHER)}
    spreading = {line.text for line in lines[OTHER] if line.label == "spread"}
    strangers = from_elsewhere(lines, ONE)
    texts = {line.text for line in strangers}
    assert texts <= {line.text for line in lines[OTHER]} - spreading
    assert {line.claim_id for line in strangers} == {None}


def test_two_worlds_get_other_posts_of_a_feed_that_belong_to_no_claim() -> None:
    feed = [msgspec.structs.replace(line, post_id=f"f{number}") for number, line in enumerate(read_posts(OTHER))]
    one, other = ({line.post_id for line in from_feed(feed, folder)} for folder in (ONE, OTHER))
    assert len(one) == len(other) == FROM_FEED
    assert one != other
    assert {(line.label, line.claim_id) for line in from_feed(feed, ONE)} == {(ELSEWHERE, None)}


def test_a_spoilt_post_reads_otherwise_and_says_what_it_said() -> None:
    lines = {line.post_id: line for line in read_posts(ONE)}
    found = spoilt(list(lines.values()))
    assert len(found) == SPOILT
    for line in found:
        assert line.text != lines[line.post_id].text
        assert (line.label, line.claim_id) == (lines[line.post_id].label, lines[line.post_id].claim_id)


def test_the_claims_of_two_worlds_do_not_share_an_id_in_one_list() -> None:
    ids = [claim.id for folder in (ONE, OTHER) for claim in read_claims(folder)]
    assert len(set(ids)) == len(ids) == 32


def test_a_world_says_what_its_claims_are_not() -> None:
    rules = Rules((), (Claim("c01", "", ""), Claim("c06", "", "")), "")
    first, second = as_staff_wrote(rules, WITH_LOOK_ALIKES).claims
    assert 3 <= len(first.not_this) <= 5
    assert second.not_this == ()


@pytest.mark.parametrize(
    ("name", "columns", "what"),
    [("another", len(FEATURES), "of other worlds"), (ONE.name, len(FEATURES) - 1, "inputs changed")],
)
def test_what_was_kept_of_other_worlds_or_other_inputs_is_refused(
    tmp_path: Path, name: str, columns: int, what: str
) -> None:
    world = World(name, [], np.zeros((1, columns)), np.zeros(1, dtype=np.int64), ["c01"])
    (tmp_path / "reader.pkl").write_bytes(pickle.dumps([Campaign(world, world, world)]))
    with pytest.raises(SystemExit, match=what):
        read_all([ONE], [], tmp_path, tmp_path / "reader.safetensors", tmp_path)


def test_what_was_kept_of_the_same_worlds_is_taken(tmp_path: Path) -> None:
    world = World(ONE.name, [], np.zeros((1, len(FEATURES))), np.zeros(1, dtype=np.int64), ["c01"])
    (tmp_path / "reader.pkl").write_bytes(pickle.dumps([Campaign(world, world, world)]))
    (kept,) = read_all([ONE], [], tmp_path, tmp_path / "reader.safetensors", tmp_path)
    assert kept.world.name == ONE.name
