from __future__ import annotations

import numpy as np

from monitor.match.lexical import Postings, pieces_of, squashed, stems_of

TEXTS: tuple[list[str], ...] = (["rivera", "out"], ["rivera", "rivera", "ballots"], [])


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    ((common, _, nothing),) = Postings(TEXTS).scores([["rivera"]])
    ((_, rare, _),) = Postings(TEXTS).scores([["ballots"]])
    assert rare > common > nothing == 0


def test_a_word_that_is_asked_for_twice_counts_twice_and_an_unknown_one_nothing() -> None:
    once, twice = Postings(TEXTS).scores([["out", "unheard"], ["out", "out"]])
    assert np.array_equal(twice, 2 * once)
    assert once[0] > 0


def test_a_post_has_the_same_scores_alone_and_among_others_in_any_order_of_its_words() -> None:
    postings = Postings(TEXTS)
    together = postings.scores([["rivera", "out", "ballots"], ["out"], []])
    assert np.array_equal(together[:1], postings.scores([["ballots", "rivera", "out"]]))
    assert not together[2].any()


def test_texts_without_words_share_none() -> None:
    assert Postings([[], []]).scores([["rivera"]]).tolist() == [[0.0, 0.0]]


def test_half_the_scale_is_where_it_is_said_to_be() -> None:
    assert squashed(np.array([0.0, 30.0, 90.0]), 30.0).tolist() == [0.0, 0.5, 0.75]


def test_words_are_cut_to_stems_and_into_pieces_with_their_ends() -> None:
    assert stems_of("The CIA endorsed #RiveraOut") == ("cia", "endor", "river", "river")
    assert pieces_of("the CIA endorses") == (" cia", "cia ", " end", "endo", "ndor", "dors", "orse", "rses", "ses ")


def test_a_typo_leaves_most_pieces_of_a_word_as_they_are() -> None:
    right, wrong = set(pieces_of("withdrawn")), set(pieces_of("withdrawm"))
    assert len(right & wrong) > len(right) / 2
