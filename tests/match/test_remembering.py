from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.match import cues
from monitor.match.evidence import Names
from monitor.match.reader import SAYS, Question
from monitor.match.remembering import RememberingCues, RememberingEncoder, RememberingReader
from monitor.model import Claim

NAMES = Names(frozenset({"rivera"}), frozenset())
CLAIM = Claim("withdrawn", "She quit.", "She runs.", ("rivera",), phrasings=("she is out",))


class Notebook:
    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.known[key] for key in keys if key in self.known}

    def keep(self, found: Mapping[bytes, bytes]) -> None:
        self.known.update(found)


class CountingEncoder:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 0.1] for text in texts], dtype=np.float32).reshape(len(texts), 2)


class CountingReader:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        self.asked += [question.text for question in questions]
        return (
            np.array([[len(question.text)] * len(SAYS) for question in questions]).reshape(len(questions), len(SAYS))
            / 3
        )


def test_a_text_is_encoded_once_and_the_vector_is_the_same_to_the_bit() -> None:
    encoder, memory = CountingEncoder(), Notebook()
    first = RememberingEncoder(encoder, memory, "m").encode(["a", "bb", "a"])
    again = RememberingEncoder(encoder, memory, "m").encode(["bb", "ccc", "a"])

    assert encoder.asked == ["a", "bb", "ccc"]
    assert first.tolist() == CountingEncoder().encode(["a", "bb", "a"]).tolist()
    assert again.tolist() == CountingEncoder().encode(["bb", "ccc", "a"]).tolist()
    assert again.dtype == np.float32


def test_another_model_shares_no_vector() -> None:
    encoder, memory = CountingEncoder(), Notebook()
    for version in ("one", "two"):
        RememberingEncoder(encoder, memory, version).encode(["a"])

    assert encoder.asked == ["a", "a"]


def test_no_texts_give_no_rows() -> None:
    assert RememberingEncoder(CountingEncoder(), Notebook(), "m").encode([]).shape == (0, 2)
    assert RememberingReader(CountingReader(), Notebook(), "m").read([]).shape == (0, len(SAYS))


def test_a_passage_is_read_once_with_a_claim_as_it_stands() -> None:
    reader, memory = CountingReader(), Notebook()
    changed = Claim("withdrawn", "She quit.", "She runs.", ("rivera",), phrasings=("she gave up",))
    higher = Claim("withdrawn", "She quit.", "She runs.", ("rivera",), phrasings=("she is out",), threshold=0.9)
    for claim in (CLAIM, CLAIM, higher, changed):
        found = RememberingReader(reader, memory, "m").read([Question("post", claim, NAMES)])
        assert found.tolist() == [[4 / 3] * len(SAYS)]

    assert reader.asked == ["post", "post"], "a threshold changes no answer, a phrasing does"


def test_names_and_weights_change_an_answer() -> None:
    reader, memory = CountingReader(), Notebook()
    RememberingReader(reader, memory, "m").read([Question("post", CLAIM, NAMES)])
    RememberingReader(reader, memory, "m").read([Question("post", CLAIM, Names(frozenset(), NAMES.own))])
    RememberingReader(reader, memory, "n").read([Question("post", CLAIM, NAMES)])

    assert len(reader.asked) == 3


def test_cues_are_counted_once_and_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Notebook()
    text = "BREAKING!!!!! Is it true?? No!! My cousin says she would never quit 😂"
    first = RememberingCues(memory).count([text, "", text])
    assert first.tolist() == [list(map(float, cues.count(one))) for one in (text, "", text)]
    assert first.sum() > 0

    monkeypatch.setattr(cues, "count", lambda _: pytest.fail("counted again"))
    assert RememberingCues(memory).count([text, "", text]).tolist() == first.tolist()
