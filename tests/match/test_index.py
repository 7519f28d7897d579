from __future__ import annotations

import numpy as np
import pytest

from monitor.match.encoder import Encoder
from monitor.match.index import Index, wordings
from monitor.model import Claim
from tests.match.readings import nearest, ranked, read

WITHDRAWN = Claim("withdrawn", "Ana Rivera has withdrawn.", "", phrasings=("Rivera dropped out of the race",))
INDICTED = Claim("indicted", "Ana Rivera was indicted in 2024.", "")
BALLOTS = Claim("ballots", "Ballots were dumped in Tannery Flats.", "", phrasings=("votes in the trash",))
CLAIMS = (WITHDRAWN, INDICTED, BALLOTS)


def test_a_claim_is_found_by_any_of_its_wordings(encoder: Encoder) -> None:
    index = Index(CLAIMS, encoder)
    for claim in CLAIMS:
        for wording in wordings(claim):
            (near,) = ranked(index, encoder, [wording], 1)[0]
            assert (near.claim, near.wording) == (claim, wording)
            assert near.cosine > 0.999


def test_claims_come_best_first_and_once_each(encoder: Encoder) -> None:
    found = ranked(Index(CLAIMS, encoder), encoder, ["Rivera dropped out"], 10)[0]
    assert [near.score for near in found] == sorted((near.score for near in found), reverse=True)
    assert sorted(near.claim.id for near in found) == ["ballots", "indicted", "withdrawn"]
    assert len(ranked(Index(CLAIMS, encoder), encoder, ["Rivera dropped out"], 2)[0]) == 2


def test_the_best_window_of_a_post_is_told(encoder: Encoder) -> None:
    windows = ("a long day at the market with Rivera dropped out of the race inside", "Rivera dropped out of the race")
    (near,) = nearest(Index(CLAIMS, encoder), read(windows, windows, encoder.encode(windows)), 1)
    assert near.window == windows[1]


def test_rare_words_count_beside_the_meaning(encoder: Encoder) -> None:
    lexical = {
        near.claim.id: near.lexical for near in ranked(Index(CLAIMS, encoder), encoder, ["tannery, 2024?"], 3)[0]
    }
    assert lexical["withdrawn"] == 0
    assert 0 < lexical["ballots"] < 1
    assert 0 < lexical["indicted"] < 1


def test_a_post_is_as_near_to_each_claim_alone_as_among_others(encoder: Encoder) -> None:
    index = Index(CLAIMS, encoder)
    texts = ("Rivera dropped out", "votes in the trash, in Tannery Flats 2024", "👀", "Ana Rivera has withdrawn.")
    cut = [(text, *text.split(", ")) if ", " in text else (text,) for text in texts]
    readings = [read(windows, windows, encoder.encode(windows)) for windows in cut]
    together = index.compare(readings)
    for number, reading in enumerate(readings):
        alone = index.compare([reading])
        for claim in range(len(CLAIMS)):
            pair = (np.array([number]), np.array([claim]))
            assert together.near(*pair) == alone.near(np.array([0]), pair[1])


def test_claims_found_among_many_are_as_near_as_when_all_are_held_against_the_post(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.match.index.WORDINGS_PER_SEARCH", 1)
    monkeypatch.setattr("monitor.match.index.CLAIMS_BY_WORDS", 1)
    index = Index(CLAIMS, encoder)
    reading = read(("votes in the trash",), ("votes in the trash",), encoder.encode(["votes in the trash"]))
    found = nearest(index, reading, 10)
    assert [near.claim for near in found] == [BALLOTS]
    everything = index.compare([reading])
    assert everything.near(np.array([0]), np.array([CLAIMS.index(BALLOTS)])) == found


def test_in_a_long_list_short_words_pieces_of_words_and_names_of_accounts_count_too(encoder: Encoder) -> None:
    claims = (Claim("agency", "The CIA has it.", ""), Claim("bureau", "The FBI has it.", ""))
    for text, best in (("FBI!", "bureau"), ("ciaofficial", "agency"), ("@TheFBI", "bureau")):
        nearness = Index(claims, encoder).search(read((text,), (text,), encoder.encode([text])))
        listed = Index(claims, encoder).listed(nearness)
        assert nearness.score.max() == 0
        assert listed.claims[int(listed.score.argmax())].id == best
        assert sorted(listed.score[0] > 0) == [False, True]


def test_no_claims_and_no_words_are_no_error(encoder: Encoder) -> None:
    assert len(ranked(Index(CLAIMS, encoder), encoder, ["👀", ""], 3)[0]) == 3
    assert len(ranked(Index((Claim("eyes", "👀", ""),), encoder), encoder, ["Rivera"], 3)[0]) == 1
