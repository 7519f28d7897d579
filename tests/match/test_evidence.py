from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.match.dossiers import Dossiers
from monitor.match.encoder import Encoder
from monitor.match.evidence import NO_LOOK_ALIKE, Evidence
from monitor.match.index import Index
from monitor.match.reading import Reading
from monitor.model import Candidate, Claim, Mention, Rules
from tests.match.readings import read

RIVERA = Candidate("rivera", "Ana Rivera", ambiguous=("Rivera",))
MOON = Candidate("moon", "Daniel Moon")
WITHDRAWN = Claim(
    "withdrawn", "Ana Rivera withdrew in 2026.", "Ana Rivera is on the ballot.", ("rivera",),
    phrasings=("Rivera dropped out",), not_this=("Rivera withdrew a bill", "Rivera left a meeting"),
)  # fmt: skip
BRIBED = Claim("bribed", "Daniel Moon took bribes.", "He did not.", ("moon",))
BALLOTS = Claim("ballots", "Ballots were dumped.", "")
RULES = Rules((RIVERA, MOON), (WITHDRAWN, BRIBED, BALLOTS), "v1")


class Bench:
    """The rules, indexed, and the evidence on one claim for any text."""

    def __init__(self, encoder: Encoder, rules: Rules = RULES) -> None:
        self._encoder = encoder
        self._claims = rules.claims
        self.index = Index(rules.claims, encoder)
        self.dossiers = Dossiers(rules, encoder)

    def reading(self, *windows: str) -> Reading:
        return read(windows, windows, self._encoder.encode(windows))

    def weigh(self, claim: Claim, *windows: str) -> Evidence:
        nearness = self.index.compare([self.reading(*windows)])
        everything = np.ones((1, len(self._claims)), dtype=np.bool_)
        place = np.array([self._claims.index(claim)])
        ((_, found),) = self.dossiers.weigh(nearness, np.array([0]), place, everything, everything, [Mention()])
        return found


@pytest.fixture
def bench(encoder: Encoder) -> Bench:
    return Bench(encoder)


def test_the_nearest_claim_leads_and_the_others_trail(bench: Bench) -> None:
    first = bench.weigh(WITHDRAWN, "Rivera dropped out")
    assert first.cosine > 0.99
    assert first.margin == first.margin_all > 0
    assert (first.rank, first.lexical_rank) == (0, 0)
    second = bench.weigh(BRIBED, "Rivera dropped out")
    assert second.margin < 0
    assert second.rank >= 1


def test_a_claim_with_many_phrasings_is_covered_as_much_as_by_its_first_ones(encoder: Encoder) -> None:
    first = replace(
        WITHDRAWN, phrasings=tuple(f"she left the {word}" for word in ("race", "contest", "ballot", "run", "field"))
    )
    more = replace(first, phrasings=(*first.phrasings, "her yard signs lie in a dumpster behind the office"))

    def found(claim: Claim) -> Evidence:
        return Bench(encoder, Rules((RIVERA, MOON), (claim, BRIBED, BALLOTS), "v1")).weigh(claim, "she left the race")

    assert found(more).coverage == pytest.approx(found(first).coverage)


def test_of_a_plain_list_nothing_is_encoded_beside_its_wordings(encoder: Encoder) -> None:
    asked: list[str] = []

    class Noting:
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            asked.extend(texts)
            return encoder.encode(texts)

    Dossiers(Rules((), (Claim("a", "It rains.", ""), Claim("b", "It snows.", "")), ""), Noting())
    assert asked == []


def test_a_post_near_a_look_alike_leads_towards_it(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "Nice day. Rivera withdrew a bill", "Rivera withdrew a bill").look_alike_lead > 0
    assert bench.weigh(WITHDRAWN, "Rivera dropped out").look_alike_lead < 0
    assert bench.weigh(BRIBED, "Rivera withdrew a bill").look_alike_lead == NO_LOOK_ALIKE


def test_a_post_near_the_truth_leads_towards_it(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "Ana Rivera is on the ballot").truth_lead > 0
    assert bench.weigh(WITHDRAWN, "Rivera dropped out").truth_lead < 0


def test_a_claim_without_a_truth_is_compared_with_itself(bench: Bench) -> None:
    evidence = bench.weigh(BALLOTS, "ballots were dumped")
    assert evidence.truth_lead == pytest.approx(0, abs=1e-6)


def test_names_say_who_stands_first(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "Moon beat Rivera").named_first == -1
    assert bench.weigh(WITHDRAWN, "Rivera beat Moon").named_first == 1
    assert bench.weigh(WITHDRAWN, "she quit").named_first == 0
    assert bench.weigh(WITHDRAWN, "Moon beat Rivera").others_named == 1
    assert bench.weigh(WITHDRAWN, "she quit").bare_name == 0


def test_names_are_no_words_of_a_claim(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "Ana Rivera here").shared_words == 0
    assert bench.weigh(WITHDRAWN, "she withdrew").shared_words == 1
    assert bench.weigh(WITHDRAWN, "she withdrew").coverage > 0


def test_inflections_share_their_stem_and_hashtags_their_words(bench: Bench) -> None:
    assert bench.weigh(BALLOTS, "a ballot was dumped").shared_stems == 2
    assert bench.weigh(BALLOTS, "#BallotsDumped").shared_words == 2


def test_another_number_counts_against_the_claim(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "withdrew in 2026").shared_numbers == 1
    assert bench.weigh(WITHDRAWN, "withdrew in 2018").shared_numbers == -1
    assert bench.weigh(WITHDRAWN, "withdrew").shared_numbers == 0


def test_the_place_of_the_best_window_is_told(bench: Bench) -> None:
    assert bench.weigh(WITHDRAWN, "Rivera dropped out").window_position == 0
    windows = ("a day at the sea and Rivera dropped out", "a day at the sea", "Rivera dropped out")
    assert bench.weigh(WITHDRAWN, *windows).window_position == pytest.approx(2 / 3)


def test_the_nearest_look_alike_is_found(bench: Bench) -> None:
    look_alike = bench.dossiers.look_alike(bench.reading("Rivera withdrew a housing bill"), WITHDRAWN)
    assert look_alike is not None
    assert look_alike.text == "Rivera withdrew a bill"
    assert bench.dossiers.look_alike(bench.reading("Rivera"), BRIBED) is None


def test_names_are_split_by_whose_they_are(bench: Bench) -> None:
    names = bench.dossiers.names(BRIBED)
    assert names.own == {"daniel", "moon"}
    assert names.others == {"rivera"}
