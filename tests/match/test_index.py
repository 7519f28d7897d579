from __future__ import annotations

from monitor.match.encoder import Encoder
from monitor.match.index import Index, wordings
from monitor.model import Claim

WITHDRAWN = Claim("withdrawn", "Ana Rivera has withdrawn.", "", phrasings=("Rivera dropped out of the race",))
INDICTED = Claim("indicted", "Ana Rivera was indicted in 2024.", "")
BALLOTS = Claim("ballots", "Ballots were dumped in Tannery Flats.", "", phrasings=("votes in the trash",))
CLAIMS = (WITHDRAWN, INDICTED, BALLOTS)


def test_a_claim_is_found_by_any_of_its_wordings(encoder: Encoder) -> None:
    index = Index(CLAIMS, encoder)
    for claim in CLAIMS:
        for wording in wordings(claim):
            (near,) = index.rank([wording], 1)[0]
            assert (near.claim, near.wording) == (claim, wording)
            assert near.cosine > 0.999


def test_claims_come_best_first_and_once_each(encoder: Encoder) -> None:
    nearest = Index(CLAIMS, encoder).rank(["Rivera dropped out"], 10)[0]
    assert [near.score for near in nearest] == sorted((near.score for near in nearest), reverse=True)
    assert sorted(near.claim.id for near in nearest) == ["ballots", "indicted", "withdrawn"]
    assert len(Index(CLAIMS, encoder).rank(["Rivera dropped out"], 2)[0]) == 2


def test_the_best_window_of_a_post_is_told(encoder: Encoder) -> None:
    windows = ("a long day at the market with Rivera dropped out of the race inside", "Rivera dropped out of the race")
    (near,) = Index(CLAIMS, encoder).search(windows, encoder.encode(windows), 1)
    assert near.window == windows[1]


def test_rare_words_count_beside_the_meaning(encoder: Encoder) -> None:
    lexical = {near.claim.id: near.lexical for near in Index(CLAIMS, encoder).rank(["tannery, 2024?"], 3)[0]}
    assert lexical["withdrawn"] == 0
    assert 0 < lexical["ballots"] < 1
    assert 0 < lexical["indicted"] < 1


def test_the_vectors_of_a_claim_are_its_wordings(encoder: Encoder) -> None:
    index = Index(CLAIMS, encoder)
    for claim in CLAIMS:
        assert (index.vectors(claim) == encoder.encode(wordings(claim))).all()


def test_no_claims_and_no_words_are_no_error(encoder: Encoder) -> None:
    assert Index((), encoder).rank(["Rivera"], 3) == [[]]
    assert len(Index(CLAIMS, encoder).rank(["👀", ""], 3)[0]) == 3
    assert len(Index((Claim("eyes", "👀", ""),), encoder).rank(["Rivera"], 3)[0]) == 1
